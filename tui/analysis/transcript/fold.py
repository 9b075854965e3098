"""The transcript: what was said, typed, called and reported, line by line.

Knows entries and turns; no file, no provider, no screen. Texts are as they came: the screen
cleans them.

Theory of operation. A line is found by who speaks and its id, never by the order of arrival;
a new conversation counts its ids from the start. A guess becomes the final transcript; reasoning
gives way to the reply, pieces of a reply become its whole text; a correction keeps the whole text
and says what of it was heard.
"""

from tui.analysis.cost import cost_notes, cost_text
from tui.analysis.entry import Entry
from tui.analysis.transcript.line import Line, ReplyText, Role
from tui.analysis.transcript.line_list import LineList
from tui.analysis.transcript.system_lines import system_line
from tui.analysis.transcript.tentative import TentativeLines
from tui.analysis.transcript.tool_lines import ToolEvent, ToolLines
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.segments import lengths_ms
from tui.analysis.turns.turn import Turn, TurnSource
from tui.events import (
    AgentCompleted,
    AgentCorrected,
    AgentGuessed,
    AgentReasoned,
    AgentResponded,
    AgentResponseStreamed,
    AgentTyped,
    AudioReceived,
    ContextSent,
    Event,
    FeedbackSent,
    FilesSent,
    FileUploaded,
    Interrupted,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    LinkOpening,
    LinkRetrying,
    Noted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplyId,
    TextSent,
    UserTranscribed,
    UserTranscriptFailed,
    UserTranscriptGuessed,
    UserTurnId,
    UserTurnTaken,
)
from tui.events.course import NO_FURTHER_TRY

THINKING = "thinking …"
NO_WORDS = "(spoken; it is not transcribed)"
OF_ITS_SOUND = (AudioReceived, PlaybackStarted, PlaybackFinished, PlaybackFlushed)


class TranscriptFold:
    """All lines of a journal, in the order in which a reader should see them.

    `version` grows with each visible change; `first_changed` tells a widget what to paint again.
    """

    def __init__(self) -> None:
        self.turns = TurnFold()
        self._list = LineList()
        self._number = 0
        """Of the present record."""
        self._said: dict[UserTurnId, Line] = {}
        self._guesses: dict[UserTurnId, Line] = {}
        """Those of `_said` that are not final."""
        self._replies: dict[ReplyId, tuple[Line, ReplyText]] = {}
        self._tools = ToolLines()
        self._files: dict[str, str] = {}
        self._thinking: Line | None = None
        self._target = ""
        self._opened = 0
        """Connections that came about: each is a conversation."""
        self._begun: Line | None = None
        """What tells of the present one, if it is not the first."""
        self._retrying: Line | None = None
        """One line for all attempts at a new one; it becomes the one that tells of that."""
        self._attempt = 0
        self._failed: Line | None = None
        """What the last attempt came to."""
        self._tentative = TentativeLines()

    def add(self, entry: Entry) -> None:
        self._number = entry.number
        self.wait(entry.time_ns)
        changed = self.turns.add(entry)
        for event in entry.events:
            self._add(event, entry)
        for turn in changed:
            self._measure(turn)
            self._note(turn, entry)

    def wait(self, time_ns: int) -> None:
        """Nothing has come up to `time_ns`, or nothing that a transcript tells of."""
        if self._tentative.is_over(time_ns):
            self._drop_tentative()
        self.turns.wait(time_ns)

    @property
    def lines(self) -> list[Line]:
        return self._list.lines

    @property
    def version(self) -> int:
        return self._list.changes.version

    def of_reply(self, reply_id: ReplyId) -> Line | None:
        """The line of a reply of the present conversation."""
        known = self._replies.get(reply_id)
        return known[0] if known else None

    def first_changed(self, since: int) -> int | None:
        """Index of the first line changed after version `since`; None when nothing did."""
        return self._list.changes.first(since)

    def _add(self, event: Event, entry: Entry) -> None:  # noqa: PLR0912  one an event
        match event:
            case UserTranscribed() | UserTranscriptGuessed():
                self._transcribed(event, entry)
            case UserTurnTaken() | UserTranscriptFailed():
                self._taken(event, entry)
            case AgentResponded() | AgentResponseStreamed() | AgentCorrected():
                self._replied(event, entry)
            case AgentReasoned():
                self._reasoned(event, entry)
            case AgentGuessed() | AgentTyped():
                self._foretell(event, entry)
            case Interrupted():
                self._drop_tentative()
            case AgentCompleted(reply_id=key) | FeedbackSent(reply_id=key):
                self._marked(key, event)
            case TextSent(text=text):
                self._typed(entry, text)
            case FileUploaded(file_id=file_id, name=name):
                self._files[file_id] = name
            case FilesSent(file_ids=file_ids, text=text):
                names = ", ".join(self._files.get(file_id, file_id) for file_id in file_ids)
                self._typed(entry, f"{text} [{names}]".strip())
            case LinkOpening(target=target):
                self._begin(target)
            case LinkOpened():
                self._open(entry)
            case LinkRetrying() | LinkFailed():
                self._lose(event, entry)
            case Noted(text=text) if text.startswith(NO_FURTHER_TRY):
                why = text.removeprefix(NO_FURTHER_TRY)
                self._say_of_retrying(f"no further attempt: {why}")
            case ContextSent() if event.hands_over and self._begun:
                self._begun.text += ", told what was said before"
                self._touch(self._begun)
            case _ if isinstance(event, ToolEvent):
                self._tool(event, entry)
            case _:
                self._tell(event, entry)

    def _begin(self, target: str) -> None:
        self._target = target
        self._drop_tentative()
        self._said, self._guesses, self._replies, self._tools = {}, {}, {}, ToolLines()
        self._files, self._thinking = {}, None
        self._list.begin_conversation()
        self._say_of_retrying(f"reconnecting, attempt {self._attempt} …")

    def _open(self, entry: Entry) -> None:
        self._opened += 1
        said = f"conversation {self._opened} with {self._target}"
        if self._retrying and self._attempt > 1:
            said += f", at attempt {self._attempt}"
        self._say_of_retrying(said)
        self._begun = self._retrying
        if self._opened > 1 and self._begun is None:
            self._begun = self._system(entry, said)
        self._retrying = self._failed = None

    def _lose(self, event: LinkRetrying | LinkFailed, entry: Entry) -> None:
        """One line counts the attempts; what each came to is the reason of the next."""
        self._drop_tentative()
        said, failed, retrying = system_line(event), self._failed, isinstance(event, LinkRetrying)
        if failed and (retrying or failed.text == said):
            self._list.remove(failed)
            self._failed = None
        if isinstance(event, LinkFailed):
            self._failed = self._system(entry, said)
            return
        self._attempt = event.attempt
        self._say_of_retrying(said)
        self._retrying = self._retrying or self._system(entry, said)

    def _say_of_retrying(self, text: str) -> None:
        if self._retrying:
            self._retrying.text = text
            self._touch(self._retrying)

    def _tell(self, event: Event, entry: Entry) -> None:
        if isinstance(event, LinkClosed):
            self._drop_tentative()
        if isinstance(event, LinkClosed) and self._thinking:
            self._thinking.text, self._thinking.final = "thought, and said nothing", True
            self._touch(self._thinking)
        if text := system_line(event):
            self._system(entry, text + self._priced(event))

    def _priced(self, event: Event) -> str:
        """What the call has cost by now, behind its end."""
        cost = self.turns.cost.total.cost
        if not isinstance(event, LinkClosed) or event.renewed or cost.free or not cost_text(cost):
            return ""
        notes = "; ".join(cost_notes(cost))
        return f" · cost {cost_text(cost)}" + (f" ({notes})" if notes else "")

    def _typed(self, entry: Entry, text: str) -> None:
        line = self._line(Role.YOU, entry, text)
        line.source = TurnSource.TEXT
        self._insert(line)

    def _transcribed(self, event: UserTranscribed | UserTranscriptGuessed, entry: Entry) -> None:
        line = self._said.get(event.user_turn_id) or self._guess(event.user_turn_id)
        final = isinstance(event, UserTranscribed)
        if line is None:
            line = self._line(Role.YOU, entry, event.text, event.user_turn_id)
            line.source, line.final = TurnSource.VOICE, final
            self._insert(line, before=event.user_turn_id)
        elif final or not line.final:  # a late guess does not undo the final transcript
            line.text, line.final = event.text, final
            self._touch(line)
        if turn := self.turns.of_user(event.user_turn_id):
            line.turn = turn.number
        self._said[event.user_turn_id] = line
        if line.final:
            self._guesses.pop(event.user_turn_id, None)
        else:
            self._guesses[event.user_turn_id] = line

    def _taken(self, event: UserTurnTaken | UserTranscriptFailed, entry: Entry) -> None:
        """A turn has its place when it is over; what was said in it may come late, or never."""
        turn_id = event.user_turn_id
        if isinstance(event, UserTranscriptFailed):
            said = f"(not transcribed: {event.reason})"
        else:
            said = "" if event.transcribed else NO_WORDS
        line = self._said.get(turn_id)
        if line is None:
            line = self._said[turn_id] = self._line(Role.YOU, entry, said, turn_id)
            line.source, line.final = TurnSource.VOICE, bool(said)
            self._insert(line)
        elif said:
            line.text, line.final = line.text or said, True
            self._touch(line)

    def _guess(self, turn_id: UserTurnId) -> Line | None:
        """An open guess of the same turn that came under another id."""
        turn = self.turns.of_user(turn_id)
        for key, line in self._guesses.items():
            if self.turns.of_user(key) is turn:
                del self._said[key], self._guesses[key]
                line.id = turn_id
                return line
        return None

    def _replied(
        self, event: AgentResponded | AgentResponseStreamed | AgentCorrected, entry: Entry
    ) -> None:
        line, reply = self._reply(event.reply_id, entry)
        match event:
            case AgentResponded():
                reply.whole(event)
            case AgentResponseStreamed():
                reply.stream(event)
            case AgentCorrected():
                reply.correct(event)
        line.text, line.final = reply.text, reply.final
        turn = self.turns.of_reply(event.reply_id)
        line.corrected = reply.corrected if turn is None or turn.interrupted else None
        line.estimated = reply.estimated
        self._touch(line)
        self._drop_tentative()

    def _foretell(self, event: AgentGuessed | AgentTyped, entry: Entry) -> None:
        if not self._tentative.hear(event, entry.time_ns):
            self._drop_tentative()
            return
        line = self._tentative.line
        if line is None:
            line = self._line(Role.AGENT, entry, "")
            self._insert(line)
        self._tentative.show(line)
        self._touch(line)

    def _drop_tentative(self) -> None:
        if line := self._tentative.take():
            self._list.remove(line)

    def _reply(self, reply_id: ReplyId, entry: Entry) -> tuple[Line, ReplyText]:
        known = self._replies.get(reply_id)
        if known is not None:
            return known
        line, self._thinking = self._thinking, None
        reply = ReplyText()
        if line is None:
            line = self._tentative.take()
        if line is None:
            line = self._line(Role.AGENT, entry, "", reply_id)
            self._insert(line)
        line.id = reply_id  # what it thought before is of this reply
        self._list.note(line)
        self._replies[reply_id] = line, reply
        self._measure(self.turns.of_reply(reply_id))
        return line, reply

    def _reasoned(self, event: AgentReasoned, entry: Entry) -> None:
        """One line that tells of it, until the words come."""
        reply_id = event.reply_id
        known = None if reply_id is None else self._replies.get(reply_id)
        line = known[0] if known else self._thinking
        if line is None:
            line = self._thinking = self._line(Role.AGENT, entry, THINKING, reply_id)
            line.final = False
            self._insert(line)
        line.thought += event.text
        self._touch(line)

    def _marked(self, reply_id: ReplyId, event: Event) -> None:
        known = self._replies.get(reply_id)
        if known is None:
            return
        line, reply = known
        if isinstance(event, FeedbackSent):
            line.feedback = {"like": "liked", "dislike": "disliked"}.get(event.score or "", "")
        else:
            reply.complete = line.final = True
            line.lacking = event.lacking if isinstance(event, AgentCompleted) else ""
        self._touch(line)

    def _tool(self, event: ToolEvent, entry: Entry) -> None:
        line, is_new = self._tools.apply(event, entry)
        if line is not None and is_new:
            self._insert(line)
        elif line is not None:
            self._touch(line)

    def _measure(self, turn: Turn | None) -> None:
        """Copy the figures of a turn to the line of its reply."""
        known = None
        if turn and turn.reply_id is not None and turn.conversation == self.turns.conversation:
            known = self._replies.get(turn.reply_id)
        if turn is None or known is None:
            return
        line = known[0]
        figures = {
            "turn": turn.number,
            "first_byte_ms": turn.first_byte_ms,
            "ear_ms": turn.ear_ms,
            "audible_ms": turn.audible_ms,
            "segments": lengths_ms(turn) or None,
            "reply_text_ms": turn.reply_text_ms,
            "anchor": turn.anchor,
            "interrupted": turn.interrupted,
            "unheard_ms": turn.unheard_ms,
            "barge_in_ms": turn.barge_in_ms,
            "waited_ms": turn.waited_before_ms,
        }
        new = {name: value for name, value in figures.items() if getattr(line, name) != value}
        for name, value in new.items():
            setattr(line, name, value)
        if new:
            self._touch(line)

    def _note(self, turn: Turn, entry: Entry) -> None:
        """What of a reply's sound its turn tells of is the reply's, too."""
        known = None if turn.reply_id is None else self._replies.get(turn.reply_id)
        sound = any(isinstance(event, OF_ITS_SOUND) for event in entry.events)
        if known and sound and turn.conversation == self.turns.conversation:
            _add_record(known[0], entry.number)

    def _line(
        self, role: Role, entry: Entry, text: str, said_as: ReplyId | UserTurnId | None = None
    ) -> Line:
        return Line(role, entry.time_ns, entry.turn, text, said_as)

    def _system(self, entry: Entry, text: str) -> Line:
        line = self._line(Role.SYSTEM, entry, text)
        self._insert(line)
        return line

    def _insert(self, line: Line, before: ReplyId | None = None) -> None:
        line.records.append(self._number)
        self._list.insert(line, last=self._tentative.line, before=before)

    def _touch(self, line: Line) -> None:
        _add_record(line, self._number)
        self._list.touch(line)


def _add_record(line: Line, number: int) -> None:
    if line.records[-1] != number:
        line.records.append(number)
