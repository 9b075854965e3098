"""The transcript: what was said, typed, called and reported, line by line.

Knows entries and turns; no file, no provider, no screen. Texts are as they came: the screen
cleans them.

Theory of operation. A line is found by who speaks and `event_id`, never by the order of arrival;
a new conversation counts its ids from the start. A guess becomes the final transcript; pieces of
a reply become its whole text; a correction keeps the whole text and says what of it was heard.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui.analysis.entry import Entry
from tui.analysis.turns import NS_PER_MS, Source, Turn, TurnFold
from tui.events import (
    AgentCorrected,
    AgentResponded,
    AgentResponseStreamed,
    Closer,
    Event,
    LinkClosed,
    LinkFailed,
    LinkOpening,
    ProviderErred,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolReported,
    UserTranscribed,
    UserTranscriptGuessed,
)

_CHANGES_KEPT = 512


class Role(StrEnum):
    YOU = "you"
    AGENT = "agent"
    TOOL = "tool"
    SYSTEM = "system"


@dataclass(slots=True, eq=False)
class Line:
    """One line. `time_ns` is the monotonic time of its first record; `turn` as in the records."""

    role: Role
    time_ns: int
    turn: int
    text: str = ""
    event_id: int | None = None
    final: bool = True
    """False while it is a guess, or a reply or tool call under way."""
    source: Source = Source.NOBODY
    """How the user said it; NOBODY for lines that are not the user's."""

    # Of a reply; the figures are the turn's, see `Turn`.
    corrected: str | None = None
    """What of `text` the user can have heard, where the agent said so."""
    interrupted: bool = False
    unheard_ms: float | None = None
    first_byte_ms: float | None = None
    ear_ms: float | None = None
    reply_text_ms: float | None = None
    anchor: str = ""

    # Of a tool call; `text` is the tool's name.
    call_id: str = ""
    parameters: dict[str, Any] | None = None
    """None where the agent did not tell."""
    result: str | None = None
    is_error: bool = False
    duration_ms: float | None = None

    @property
    def shown(self) -> str:
        """The text with the part left out that was never said."""
        return self.text if self.corrected is None else self.corrected


class _Reply:
    """Puts the text of one reply together from streamed pieces and whole parts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._stream = ""
        self._streaming = True

    @property
    def text(self) -> str:
        return " ".join(part for part in (*self._parts, self._stream) if part)

    @property
    def final(self) -> bool:
        return bool(self._parts) and not self._stream

    def stream(self, event: AgentResponseStreamed) -> None:
        if event.part == "start":
            self._stream, self._streaming = "", True
        if self._streaming:  # else the whole text has already come
            self._stream += event.text

    def whole(self, text: str) -> None:
        self._stream, self._streaming = "", False
        if self._parts[-1:] != [text]:
            self._parts.append(text)


class TranscriptFold:
    """All lines of a journal, in the order in which a reader should see them.

    `version` grows with each visible change; `first_changed` tells a widget what to paint again.
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.turns = TurnFold()
        self.version = 0
        self._changes: deque[tuple[int, int]] = deque(maxlen=_CHANGES_KEPT)
        self._first_of_conversation = 0
        self._said: dict[int, Line] = {}
        self._replies: dict[int, tuple[Line, _Reply]] = {}
        self._tools: dict[str, Line] = {}

    def add(self, entry: Entry) -> None:
        changed = self.turns.add(entry)
        for event in entry.events:
            self._add(event, entry)
        for turn in changed:
            self._measure(turn)

    def first_changed(self, since: int) -> int | None:
        """Index of the first line changed after version `since`; None when nothing did."""
        if since >= self.version:
            return None
        if self._changes[0][0] > since + 1:
            return 0  # too long ago to know
        return min(index for version, index in self._changes if version > since)

    def _add(self, event: Event, entry: Entry) -> None:
        match event:
            case UserTranscribed() | UserTranscriptGuessed():
                self._transcribed(event, entry)
            case AgentResponded() | AgentResponseStreamed() | AgentCorrected():
                self._replied(event, entry)
            case ToolCalled() | ToolAnswered() | ToolReported():
                self._tool(event, entry)
            case TextSent(text=text):
                line = self._line(Role.YOU, entry, text)
                line.source = Source.TEXT
                self._insert(line)
            case LinkOpening(target=target):
                self._said, self._replies, self._tools = {}, {}, {}
                self._first_of_conversation = len(self.lines)
                if self.turns.conversation > 1:
                    self._system(entry, f"conversation {self.turns.conversation} with {target}")
            case LinkClosed() | LinkFailed():
                self._system(entry, ending(event))
            case ProviderErred():
                self._system(entry, _error(event))
            case _:
                pass

    def _transcribed(self, event: UserTranscribed | UserTranscriptGuessed, entry: Entry) -> None:
        line = self._said.get(event.event_id) or self._guess(event.event_id)
        final = isinstance(event, UserTranscribed)
        if line is None:
            line = self._line(Role.YOU, entry, event.text, event.event_id)
            line.source, line.final = Source.VOICE, final
            self._insert(line, before=event.event_id)
        elif final or not line.final:  # a late guess does not undo the final transcript
            line.text, line.final = event.text, final
            self._touch(line)
        self._said[event.event_id] = line

    def _guess(self, event_id: int) -> Line | None:
        """An open guess of the same turn that came under another id."""
        turn = self.turns.of_user(event_id)
        for key, line in self._said.items():
            if not line.final and self.turns.of_user(key) is turn:
                del self._said[key]
                line.event_id = event_id
                return line
        return None

    def _replied(
        self, event: AgentResponded | AgentResponseStreamed | AgentCorrected, entry: Entry
    ) -> None:
        known = self._replies.get(event.event_id)
        if known is None:
            line, reply = self._line(Role.AGENT, entry, "", event.event_id), _Reply()
            self._replies[event.event_id] = line, reply
            self._insert(line)
            self._measure(self.turns.of_reply(event.event_id))
        else:
            line, reply = known
        match event:
            case AgentResponded(text=text):
                reply.whole(text)
            case AgentResponseStreamed():
                reply.stream(event)
            case AgentCorrected(original=original, corrected=corrected):
                if not reply.final:
                    reply.whole(original)
                line.corrected = corrected
        line.text, line.final = reply.text, reply.final
        self._touch(line)

    def _tool(self, event: ToolCalled | ToolAnswered | ToolReported, entry: Entry) -> None:
        line = self._tools.get(event.call_id)
        if isinstance(event, ToolCalled):
            line = self._line(Role.TOOL, entry, event.name, event.event_id)
            line.parameters, line.call_id, line.final = event.parameters, event.call_id, False
            self._tools[event.call_id] = line
            self._insert(line)
            return
        if line is None:
            if isinstance(event, ToolAnswered):
                return  # an answer to nothing is a row of the event log
            line = self._line(Role.TOOL, entry, event.name, event.event_id)
            line.call_id = event.call_id
            self._tools[event.call_id] = line
            self._insert(line)
        elif not line.final:
            line.duration_ms = (entry.time_ns - line.time_ns) / NS_PER_MS
        line.final = True
        line.is_error = line.is_error or event.is_error
        if isinstance(event, ToolAnswered):
            line.result = event.result
        self._touch(line)

    def _measure(self, turn: Turn | None) -> None:
        """Copy the figures of a turn to the line of its reply."""
        known = None
        if turn and turn.event_id is not None and turn.conversation == self.turns.conversation:
            known = self._replies.get(turn.event_id)
        if turn is None or known is None:
            return
        line = known[0]
        figures = {
            "turn": turn.number,
            "first_byte_ms": turn.first_byte_ms,
            "ear_ms": turn.ear_ms,
            "reply_text_ms": turn.reply_text_ms,
            "anchor": turn.anchor,
            "interrupted": turn.interrupted,
            "unheard_ms": turn.unheard_ms,
        }
        new = {name: value for name, value in figures.items() if getattr(line, name) != value}
        for name, value in new.items():
            setattr(line, name, value)
        if new:
            self._touch(line)

    def _line(self, role: Role, entry: Entry, text: str, event_id: int | None = None) -> Line:
        return Line(role, entry.time_ns, entry.turn, text, event_id)

    def _system(self, entry: Entry, text: str) -> None:
        self._insert(self._line(Role.SYSTEM, entry, text))

    def _insert(self, line: Line, before: int | None = None) -> None:
        """Append `line`, or put it before what the agent did under the id `before`."""
        index = len(self.lines)
        if before is not None:
            for i in range(self._first_of_conversation, len(self.lines)):
                other = self.lines[i]
                if other.event_id == before and other.role in (Role.AGENT, Role.TOOL):
                    index = i
                    break
        self.lines.insert(index, line)
        self._changed(index)

    def _touch(self, line: Line) -> None:
        self._changed(self._index(line))

    def _changed(self, index: int) -> None:
        self.version += 1
        self._changes.append((self.version, index))

    def _index(self, line: Line) -> int:
        """Lines that change are near the end."""
        return next(i for i in range(len(self.lines) - 1, -1, -1) if self.lines[i] is line)


def ending(event: LinkClosed | LinkFailed) -> str:
    """How a conversation ended, or why none came about, in words."""
    if isinstance(event, LinkFailed):
        return f"{event.reason}; {event.advice}" if event.advice else event.reason
    detail = f": {event.reason}" if event.reason else ""
    match event.by:
        case Closer.USER:
            return "you hung up"
        case Closer.AGENT:
            return f"the agent ended the call{detail}"
        case Closer.ERROR if event.code == 1006:  # RFC 6455 7.1.5: no close frame came
            return f"the connection broke: code 1006{detail and f', {event.reason}'}"
        case Closer.ERROR:
            return f"the agent closed the call: code {event.code}{detail and f', {event.reason}'}"


def _error(event: ProviderErred) -> str:
    marks = [str(mark) for mark in (event.code, event.error_type) if mark is not None]
    return f"the agent reports an error: {event.message}" + (f" ({' '.join(marks)})" * bool(marks))
