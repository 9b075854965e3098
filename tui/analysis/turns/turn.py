"""One turn: when its marks were seen, and the figures that follow from them.

Knows times only. A mark that was not seen is None, never guessed, and so is every figure that
would need it.
"""

from dataclasses import dataclass, field, fields
from enum import StrEnum

from tui.analysis.cost import Cost, Spent
from tui.analysis.turns.tool_span import ToolSpan, total_ns
from tui.events import AgentCorrected, ReplyId

NS_PER_MS = 1_000_000


class TurnSource(StrEnum):
    """How the user took the turn; NOBODY is the agent speaking unasked."""

    VOICE = "voice"
    TEXT = "text"
    NOBODY = ""


@dataclass(slots=True, eq=False)
class Cut:
    """How a reply was cut, and what came of it."""

    cause: str
    """As in `PlaybackFlushed`."""
    cut_ns: int
    """When playback was told to end."""
    noticed_ns: int | None = None
    """When the agent's word came that it heard the user; None where it was not the agent's."""
    voice_ms: float | None = None
    """How long the user spoke, by the local detector."""
    words: str | None = None
    """What the agent understood, None while nothing."""
    is_over: bool = False
    """The agent has spoken again, or the call has ended."""
    echoes: bool = False
    """The agent seemed to hear itself then."""
    is_closed: bool = False
    """The microphone was muted, or the call held."""


@dataclass(slots=True, eq=False)
class Turn:
    """A user turn and its reply. Times are monotonic ns; what was not seen is None."""

    number: int
    conversation: int
    source: TurnSource
    reply_id: ReplyId | None = None
    """None while there is no reply."""
    typed_ns: int | None = None
    stopped_ns: int | None = None
    """End of the user's speech, by the local detector."""
    placed_ns: int | None = None
    """The same, by the agent's count of the audio that we sent."""
    endpointing: str = ""
    """The setting that decided when it was over."""
    is_told: bool = False
    """The agent said that it took the turn; else its transcript says so."""
    accepted_ns: int | None = None
    """The agent took the turn to be over: it said so, or its final transcript came."""
    reply_ns: int | None = None
    """The first text of the reply came."""
    first_audio_ns: int | None = None
    """The first audio of the reply came."""
    heard_ns: int | None = None
    """Its first sample was at the converter."""
    queued_ns: int | None = None
    """That sample was let go to the device."""
    audible_ns: int | None = None
    """Its first sample that can be heard was at the converter."""
    free_ns: int | None = None
    """What the agent had said before was heard to its end, where this reply had to wait for it."""
    buffer_ms: int | None = None
    """What the start buffer collected of it."""
    round_trip_ms: float | None = None
    """The newest one when the reply came."""
    due_ns: int = 0
    """When the sound that came of it would run out, were it played as soon as it comes."""
    late_ms: float | None = None
    """The most that a piece of it came after that: what a start buffer has to bridge."""
    interrupted: bool = False
    onset_ns: int | None = None
    """The user began to speak, or typed, over this reply."""
    flushed_ns: int | None = None
    """Playback of this reply was cut."""
    dropped_ms: float | None = None
    """How much of the reply was at hand when it was cut."""
    silenced_ms: float | None = None
    """How much came after the user had silenced the reply."""
    heard_to_end: bool = False
    """All of the reply that came has sounded."""
    all_came: bool = False
    """The agent marked the last piece of its speech."""
    tools: list[ToolSpan] = field(default_factory=list)
    spent: Spent | None = None
    """What it has used; None while that is nothing."""
    cut: Cut | None = None
    corrected: list[AgentCorrected] = field(default_factory=list)

    def split(self) -> "Turn":
        """Give its reply away, to a turn of nobody."""
        earlier, blank = (Turn(self.number, self.conversation, TurnSource.NOBODY) for _ in "12")
        for name in {one.name for one in fields(self)} - _OF_THE_USER:
            setattr(earlier, name, getattr(self, name))
            setattr(self, name, getattr(blank, name))
        return earlier

    @property
    def cost(self) -> Cost | None:
        return None if self.spent is None else self.spent.cost

    @property
    def unheard_ms(self) -> float | None:
        """How much of the reply came and was never played."""
        if self.dropped_ms is None and self.silenced_ms is None:
            return None
        return (self.dropped_ms or 0.0) + (self.silenced_ms or 0.0)

    @property
    def t0_ns(self) -> int | None:
        """The end of the user's turn, from which the user waits."""
        match self.source:
            case TurnSource.TEXT:
                return self.typed_ns
            case TurnSource.VOICE:
                return self.placed_ns or self.stopped_ns
            case TurnSource.NOBODY:
                return None

    @property
    def anchor(self) -> str:
        """Who says when `t0_ns` was; "" when nobody does."""
        if self.t0_ns is None:
            return ""
        if self.source is TurnSource.TEXT:
            return "typed"
        return "server offset" if self.placed_ns else "local detector"

    @property
    def replied_at_ns(self) -> int | None:
        """The first sign of the reply, text or audio."""
        return min((t for t in (self.reply_ns, self.first_audio_ns) if t is not None), default=None)

    @property
    def reply_text_ms(self) -> float | None:
        return _ms(self.t0_ns, self.reply_ns)

    @property
    def first_byte_ms(self) -> float | None:
        """End of the user's turn to the first audio byte."""
        return _ms(self.t0_ns, self.first_audio_ns)

    @property
    def ear_ms(self) -> float | None:
        """End of the user's turn to the first sample at the converter."""
        return _ms(self.t0_ns, self.heard_ns)

    @property
    def audible_ms(self) -> float | None:
        """End of the user's turn to the first sample that can be heard."""
        return _ms(self.t0_ns, self.audible_ns)

    @property
    def endpointing_ms(self) -> float | None:
        """End of the user's speech to the agent's taking the turn, where that came before the
        reply: a transcript may come after it."""
        if self.source is not TurnSource.VOICE or self.accepted_ns is None:
            return None
        if self.replied_at_ns is not None and self.replied_at_ns < self.accepted_ns:
            return None  # it tells nothing of when the turn was taken to be over
        found = _ms(self.t0_ns, self.accepted_ns)
        return found if found is not None and found >= 0 else None

    @property
    def agent_ms(self) -> float | None:
        """The turn accepted to the first byte (of a reply without speech, its text), without the
        time that tools ran or waited for a person."""
        begin = self.typed_ns if self.source is TurnSource.TEXT else self.accepted_ns
        end = self.first_audio_ns or self.reply_ns
        if begin is None or end is None or end < begin:
            return None
        if self.source is TurnSource.VOICE and self.endpointing_ms is None:
            return None
        others = [tool.run_until(end) for tool in self.tools]
        others += [(tool.asked_ns, tool.decided_ns or end) for tool in self.tools if tool.asked_ns]
        return (end - begin - (total_ns(others, (begin, end)) or 0)) / NS_PER_MS

    @property
    def tools_ms(self) -> float | None:
        """How long tools ran, at the same time or one by one; not while they waited for a
        person."""
        return _length_ms(total_ns(tool.run for tool in self.tools))

    @property
    def waited_ms(self) -> float | None:
        """How long tools waited for a person's approval."""
        return _length_ms(total_ns(tool.wait for tool in self.tools))

    @property
    def is_human(self) -> bool:
        """A tool waited for a person: the figures are not the agent's alone."""
        return any(tool.asked_ns is not None for tool in self.tools)

    @property
    def wait_ms(self) -> float | None:
        """How long the user waited: to the ear, else to the first byte, else to the text."""
        known = (self.ear_ms, self.first_byte_ms, self.reply_text_ms)
        return next((figure for figure in known if figure is not None), None)

    @property
    def own_wait_ms(self) -> float | None:
        """`wait_ms` without what the user took to approve tools before the reply."""
        wait = self.wait_ms
        return None if wait is None else wait - (self.waited_before_ms or 0.0)

    @property
    def waited_before_ms(self) -> float | None:
        """How much of `wait_ms` tools waited for a person."""
        end = self.heard_ns or self.first_audio_ns or self.reply_ns
        if self.t0_ns is None or end is None:
            return None
        waits = (tool.wait for tool in self.tools)
        return _length_ms(total_ns(waits, (self.t0_ns, end)) or None)

    @property
    def barge_in_ms(self) -> float | None:
        """The user's onset over this reply to silence at the converter."""
        return _ms(self.onset_ns, self.flushed_ns)


_OF_THE_USER = {
    "number", "conversation", "source", "typed_ns", "stopped_ns", "placed_ns", "endpointing",
    "is_told", "accepted_ns",
}  # fmt: skip


def _length_ms(ns: int | None) -> float | None:
    return None if ns is None else ns / NS_PER_MS


def _ms(begin_ns: int | None, end_ns: int | None) -> float | None:
    if begin_ns is None or end_ns is None:
        return None
    return (end_ns - begin_ns) / NS_PER_MS
