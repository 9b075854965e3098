"""Turns: who spoke when, and how long the user waited for the reply.

Knows entries only; no file, no provider, no screen.

Theory of operation. A user turn begins with a typed text, or with the first transcript of an
id. A reply is what the agent says under one id; it answers what the agent tells that it does (a
result counts as the turn whose tool it is of), else the user turn of the same id, if there is one,
else the newest user turn that has no reply, else nobody (the first message). The transcript
may come after the reply that it caused: then the reply's turn gets its user late. The local
detector knows the end of speech some hundred ms after it was, often after the reply has begun;
its own time `at_ns` decides which turn it ends, not the place of its record.
"""

from tui.analysis.cost import CostFold, Spent
from tui.analysis.entry import Entry
from tui.analysis.turns.barge_in import Cuts
from tui.analysis.turns.counter import TurnCounter
from tui.analysis.turns.flow import SoundFlow
from tui.analysis.turns.tool_span import ToolSpan
from tui.analysis.turns.tools import ToolSpans
from tui.analysis.turns.turn import NS_PER_MS, Turn, TurnSource
from tui.events import (
    AgentBegan,
    AgentCorrected,
    AgentHeardStart,
    AgentResponded,
    AgentResponseStreamed,
    AudioDropped,
    AudioReceived,
    ContextUsed,
    ConversationStarted,
    Event,
    FilesSent,
    Interrupted,
    LinkOpening,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplyId,
    ReplySilenced,
    RoundTripMeasured,
    SpeechPlaced,
    SpeechStarted,
    SpeechStopped,
    TextSent,
    ToolAnswered,
    UsageReported,
    UserTranscribed,
    UserTranscriptGuessed,
    UserTurnId,
    UserTurnTaken,
)

PAUSE_NS = 1_000_000_000
"""A piece of speech that comes so late comes after a pause of the agent's own."""


class TurnFold:
    """All turns of a journal, in the order in which they began."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.conversation = 0
        self.flow = SoundFlow()
        self.version = 0
        """Grows with each change."""
        self.cost = CostFold()
        self._tools = ToolSpans()
        self._of_tool: dict[ToolSpan, Turn] = {}
        self._counter = TurnCounter()
        self._number = 0
        self._latest: Turn | None = None
        self._latest_spoken: Turn | None = None
        self._by_user: dict[UserTurnId, Turn] = {}
        self._by_reply: dict[ReplyId, Turn] = {}
        self._by_input: dict[str, Turn] = {}
        """Turns, by the ids of what was sent in them: texts, and results of tools."""
        self._named: dict[ReplyId, Turn] = {}
        """Turns that the agent told to be answered by a reply, of which nothing may come."""
        self._names_texts = False
        """A reply of which nothing is told is to what was spoken."""
        self._heard_again = False
        """The agent hears the user, and that turn is not taken yet."""
        self._stopped_ns: int | None = None
        self._onset_ns: int | None = None
        self._cut: Turn | None = None
        """The reply cut last, while its onset is not known."""
        self._silenced: dict[ReplyId, str] = {}
        """Replies that the user stopped, and how."""
        self._awaited: Turn | None = None
        """A typed turn that may still be found to have interrupted what seemed its reply."""
        self._endpointing = ""
        self._placed: dict[UserTurnId, int] = {}
        """Ends of turns that are not taken yet."""
        self._sounding: ReplyId | None = None
        """The reply that is being heard."""
        self._silent_ns: int | None = None
        """When the one before had been heard."""
        self._cuts = Cuts()

    def add(self, entry: Entry) -> list[Turn]:
        """The turns that `entry` changed or began."""
        newest = self.turns[-1] if self.turns else None
        self._number = self._counter.observe(entry.events)
        changed = [turn for event in entry.events for turn in self._add(event, entry.time_ns)]
        for event in entry.events:
            self.flow.add(event, entry.time_ns)
            changed += self._silence(event, entry.audio_ms)
            changed += self._arrive(event, entry)
            changed += self._tool(event, entry.time_ns)
            changed += self._spend(event, entry.time_ns, newest)
            changed += self._cuts.add(event, entry.time_ns, self._by_reply)
        self.version += bool(changed)
        return changed

    def wait(self, time_ns: int) -> None:
        """Nothing has come up to `time_ns`: a minute costs all the same, in the newest turn."""
        self.cost.pass_time(time_ns, self._spent(self.turns[-1] if self.turns else None))

    def _spend(self, event: Event, time_ns: int, newest: Turn | None) -> list[Turn]:
        """Time is of the newest turn, usage of that which it names, else of the newest."""
        turn = None
        if isinstance(event, UsageReported | ContextUsed):
            reply = None if event.reply_id is None else self.of_reply(event.reply_id)
            user_id = getattr(event, "user_turn_id", None)
            turn = reply or (None if user_id is None else self.of_user(user_id))
            turn = turn or (self.turns[-1] if self.turns else None)
        self.cost.add(event, time_ns, self._spent(newest), self._spent(turn))
        return [] if turn is None else [turn]

    def _spent(self, turn: Turn | None) -> Spent | None:
        if turn is not None and turn.spent is None:
            turn.spent = Spent(self.cost.prices)
        return None if turn is None else turn.spent

    def of_reply(self, reply_id: ReplyId) -> Turn | None:
        """The turn of a reply of the present conversation."""
        return self._by_reply.get(reply_id)

    def of_user(self, turn_id: UserTurnId) -> Turn | None:
        """The turn of a transcript of the present conversation."""
        return self._by_user.get(turn_id)

    def _add(self, event: Event, time_ns: int) -> list[Turn]:  # noqa: PLR0911  one a kind
        match event:
            case LinkOpening():
                self._begin_conversation()
                return []
            case TextSent(id=input_id):
                return [self._typed(time_ns, input_id)]
            case FilesSent():
                return [self._typed(time_ns)]
            case UserTranscriptGuessed(user_turn_id=key):
                return [self._spoken(key)]
            case UserTranscribed(user_turn_id=key) | UserTurnTaken(user_turn_id=key):
                turn = self._spoken(key)
                if turn.accepted_ns is None:
                    turn.accepted_ns, turn.is_told = time_ns, isinstance(event, UserTurnTaken)
                    turn.endpointing = getattr(event, "endpointing", "") or self._endpointing
                return [turn]
            case SpeechStarted(at_ns=at_ns):
                return self._speech_started(at_ns)
            case AgentHeardStart():
                self._awaited, self._heard_again = None, True
                return []
            case SpeechStopped(at_ns=at_ns):
                return self._speech_stopped(at_ns)
            case Interrupted(reply_id=key):
                return self._interrupted(key)
            case _:
                return self._reply_event(event, time_ns)

    def _silence(self, event: Event, audio_ms: float | None) -> list[Turn]:
        """Speech that comes after the user silenced its reply is not heard."""
        match event:
            case ReplySilenced(reply_id=key, cause=cause):
                self._silenced[key] = cause
            case Interrupted():  # what follows answers what was typed, also under the same number
                self._silenced = {k: why for k, why in self._silenced.items() if why != "text"}
            case AudioReceived(reply_id=key) if key in self._silenced:
                turn = self._replied(key)
                turn.interrupted = True
                if audio_ms is not None:
                    turn.silenced_ms = (turn.silenced_ms or 0.0) + audio_ms
                return [turn]
            case _:
                pass
        return []

    def _arrive(self, event: Event, entry: Entry) -> list[Turn]:
        """How far a piece of speech is behind the sound before it."""
        if not isinstance(event, AudioReceived) or entry.audio_ms is None:
            return []
        turn = self._replied(event.reply_id)
        late_ns = entry.time_ns - turn.due_ns
        if turn.late_ms is None or late_ns > PAUSE_NS:
            turn.due_ns, late_ns = entry.time_ns, 0
        turn.due_ns += round(entry.audio_ms * NS_PER_MS)
        if late_ns / NS_PER_MS <= (-1 if turn.late_ms is None else turn.late_ms):
            return []
        turn.late_ms = late_ns / NS_PER_MS
        return [turn]

    def _place(self, turn_id: UserTurnId, at_ns: int) -> list[Turn]:
        turn = self._by_user.get(turn_id)
        if turn is None:
            self._placed[turn_id] = at_ns
            return []
        if turn.replied_at_ns is None or at_ns < turn.replied_at_ns:
            turn.placed_ns = at_ns
        return [turn]

    def _started(self, event: PlaybackStarted) -> Turn:
        turn = self._replied(event.reply_id)
        if turn.heard_ns is None:
            turn.heard_ns, turn.queued_ns = event.at_ns, event.queued_ns
            turn.buffer_ms = event.buffer_ms
            turn.free_ns = self._silent_ns if self._sounding is None else event.at_ns
        self._sounding = event.reply_id
        return turn

    def _ended(self, reply_id: ReplyId, at_ns: int) -> None:
        """What follows could not be heard before."""
        if self._sounding == reply_id:
            self._sounding, self._silent_ns = None, at_ns
        else:
            later = self._by_reply.get(self._sounding) if self._sounding is not None else None
            if later is not None and later.free_ns is not None:
                later.free_ns = min(later.free_ns, at_ns)

    def _reply_event(self, event: Event, time_ns: int) -> list[Turn]:
        match event:
            case AgentBegan(reply_id=key, answers=answers):
                self._names_texts = True
                return self._attribute(key, answers)
            case AgentResponded(reply_id=key, answers=answers):
                changed = self._attribute(key, answers)
                turn = self._replied(key)
                turn.reply_ns = turn.reply_ns or time_ns
                return [*changed, turn]
            case AgentResponseStreamed(reply_id=key):
                turn = self._replied(key)
                turn.reply_ns = turn.reply_ns or time_ns
            case AudioReceived(reply_id=key):
                turn = self._replied(key)
                turn.heard_to_end, turn.all_came = False, turn.all_came or event.is_final
                if turn.first_audio_ns is not None:
                    return []
                turn.first_audio_ns = time_ns
            case PlaybackFinished(reply_id=key, at_ns=at_ns):
                turn = self._replied(key)
                turn.heard_to_end = True
                self._ended(key, at_ns)
            case PlaybackStarted():
                turn = self._started(event)
            case PlaybackFlushed(reply_id=key, at_ns=at_ns):
                turn = self._flushed(event, time_ns)
                self._ended(key, at_ns)
            case AgentCorrected(reply_id=key):
                turn = self._replied(key)
                turn.corrected.append(event)
                turn.interrupted = turn.interrupted or _is_cut(event, turn)
            case AudioDropped(reply_id=key):
                turn = self._replied(key)
                turn.interrupted = True
            case _:
                return self._mark(event)
        return [turn]

    def _mark(self, event: Event) -> list[Turn]:
        """What is known beside a turn's course."""
        match event:
            case ConversationStarted(endpointing=setting):
                self._endpointing = setting
            case SpeechPlaced(edge="end", user_turn_id=key, at_ns=at_ns):
                return self._place(key, at_ns)
            case RoundTripMeasured(reply_id=key, round_trip_ms=ms):
                turn = self._replied(key)
                turn.round_trip_ms = turn.round_trip_ms or ms
                return [turn]
            case PlaybackAudible(reply_id=key, at_ns=at_ns):
                turn = self._replied(key)
                turn.audible_ns = turn.audible_ns or at_ns
                return [turn]
            case _:
                pass
        return []

    def _begin_conversation(self) -> None:
        self.conversation += 1
        self._by_user.clear()
        self._by_reply.clear()
        self._by_input.clear()
        self._named.clear()
        self._silenced.clear()
        self._tools = ToolSpans()
        self._of_tool.clear()
        self._latest = self._latest_spoken = self._cut = self._awaited = None
        self._stopped_ns = self._onset_ns = None
        self._heard_again = self._names_texts = False
        self._placed.clear()
        self._sounding = self._silent_ns = None
        self._cuts = Cuts()

    def _begin(self, source: TurnSource) -> Turn:
        turn = Turn(self._number, self.conversation, source)
        if source is not TurnSource.TEXT:  # else the turn that was spoken is still to come
            turn.stopped_ns, self._stopped_ns = self._stopped_ns, None
        self._latest = turn
        self.turns.append(turn)
        return turn

    def _typed(self, time_ns: int, input_id: str = "") -> Turn:
        turn = self._begin(TurnSource.TEXT)
        if input_id:
            self._by_input[input_id] = turn
        turn.typed_ns = self._onset_ns = time_ns
        self._awaited = turn
        return turn

    def _spoken(self, turn_id: UserTurnId) -> Turn:
        turn = self._by_user.get(turn_id)
        if turn is None:
            reply, spoken = self._by_reply.get(turn_id), self._latest_spoken
            if reply is not None and reply.source is TurnSource.NOBODY:
                turn, turn.source, turn.number = reply, TurnSource.VOICE, self._number
            elif spoken is not None and spoken.number == self._number:
                turn = spoken  # the counter did not see a new turn in it
            else:
                turn = self._begin(TurnSource.VOICE)
            self._by_user[turn_id] = self._latest_spoken = turn
            turn.placed_ns = self._placed.pop(turn_id, None) or turn.placed_ns
            self._heard_again = False
        return turn

    def _replied(self, reply_id: ReplyId) -> Turn:
        turn = self._by_reply.get(reply_id)
        if turn is None:
            turn = self._named.get(reply_id) or self._by_user.get(reply_id) or self._waiting()
            if turn is not None and turn.reply_id is not None and reply_id in self._named:
                turn = Turn(turn.number, self.conversation, TurnSource.NOBODY)  # says more in it
                self.turns.append(turn)
            elif turn is None or turn.reply_id is not None:
                turn = self._begin(TurnSource.NOBODY)
            turn.reply_id = reply_id
            self._by_reply[reply_id] = turn
        return turn

    def _waiting(self) -> Turn | None:
        """That which a reply answers of which nothing is told."""
        spoken = self._latest_spoken
        return spoken if self._names_texts and spoken and spoken.reply_id is None else self._latest

    def _speech_started(self, at_ns: int) -> list[Turn]:
        self._onset_ns = at_ns
        self._awaited = None
        cut = self._cut
        if cut is None or cut.flushed_ns is None or at_ns > cut.flushed_ns:
            return []
        self._cut = None
        if at_ns < (cut.heard_ns or 0):
            return []
        cut.onset_ns = at_ns  # the agent heard the user before the local detector was sure
        return [cut]

    def _speech_stopped(self, at_ns: int) -> list[Turn]:
        turn = self._latest
        if turn is not None and turn.source is TurnSource.TEXT:  # typed while the user spoke
            turn = self._latest_spoken
        if turn is None or self._is_past(turn, at_ns):
            self._stopped_ns = at_ns
            return []
        turn.stopped_ns = max(turn.stopped_ns or 0, at_ns)
        return [turn]

    def _is_past(self, turn: Turn, at_ns: int) -> bool:
        """What the user said up to then is of a turn after `turn`."""
        if turn.replied_at_ns is not None and at_ns > turn.replied_at_ns:
            return True
        is_newer = self._heard_again or turn is not self._latest
        return is_newer and turn.accepted_ns is not None and at_ns > turn.accepted_ns

    def _flushed(self, event: PlaybackFlushed, time_ns: int) -> Turn:
        turn = self._replied(event.reply_id)
        if event.dropped_ms <= 0 and turn.heard_to_end:
            return turn  # there was nothing to cut
        turn.flushed_ns = event.at_ns
        turn.dropped_ms = event.dropped_ms
        turn.interrupted = turn.interrupted or event.dropped_ms > 0
        if event.cause == "user":  # a key, not a voice
            return turn
        if event.cause == "text":  # told in the same instant, before the text is on the wire
            turn.onset_ns = min(time_ns, event.at_ns)
            return turn
        onset = self._onset_ns
        if onset is not None and (turn.heard_ns or 0) <= onset <= event.at_ns:
            turn.onset_ns = onset
        else:
            self._cut = turn
        return turn

    def _tool(self, event: Event, time_ns: int) -> list[Turn]:
        """A call is of the turn that its reply is told to answer, else of the newest while that
        waits for a reply, else of its reply's."""
        span, is_new = self._tools.add(event, time_ns)
        if span is None:
            return []
        reply: ReplyId | None = getattr(event, "reply_id", None)
        turn = self._of_tool.get(span)
        if is_new:
            named = None if reply is None else self._named.get(reply)
            turn = named or self._waiting()
            if named is None and turn and turn.reply_id is not None and reply is not None:
                turn = self._by_user.get(reply) or self._replied(reply)
            if turn is not None:
                turn.tools.append(span)
                self._of_tool[span] = turn
        if turn is not None and isinstance(event, ToolAnswered) and event.id:
            self._by_input[event.id] = turn
        return [] if turn is None else [turn]

    def _interrupted(self, cut: ReplyId | None) -> list[Turn]:
        """The first interruption after a typed text is its own: what came up to `cut`, the newest
        reply that it voids, is no reply to it."""
        turn, self._awaited = self._awaited, None
        order = list(self._by_reply)
        if turn is None or turn.reply_id is None or cut not in order:
            return []
        if order.index(turn.reply_id) > order.index(cut):
            return []
        return [self._split(turn), turn]

    def _attribute(self, reply_id: ReplyId, answers: tuple[str, ...] | None) -> list[Turn]:
        """The agent itself tells what its reply answers; () is a greeting."""
        if answers == ():
            turn = self._by_reply.get(reply_id) or self._latest
            is_typed = turn is not None and turn.source is TurnSource.TEXT
            if turn is not None and is_typed and turn.reply_id in (None, reply_id):
                turn.reply_id = reply_id
                return [self._split(turn), turn]
        asked = [self._by_input[one] for one in answers or () if one in self._by_input]
        if asked and reply_id not in self._by_reply:
            self._named[reply_id] = next((t for t in asked if t.reply_id is None), asked[0])
        return []

    def _split(self, turn: Turn) -> Turn:
        """What seemed its reply is none: it becomes a turn of its own, before it."""
        earlier = turn.split()
        if earlier.reply_id is not None:
            self._by_reply[earlier.reply_id] = earlier
        self.turns.insert(self.turns.index(turn), earlier)
        return earlier


def _is_cut(event: AgentCorrected, turn: Turn) -> bool:
    """A reply that was heard to its end was not cut, whatever the agent guesses."""
    if event.corrected.split() == event.original.split():
        return False
    return not (turn.heard_to_end and turn.all_came)
