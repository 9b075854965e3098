"""One turn: when its marks were seen, and the figures that follow from them.

Knows times only. A mark that was not seen is None, never guessed, and so is every figure that
would need it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from tui.events import ReplyId

NS_PER_MS = 1_000_000


class TurnSource(StrEnum):
    """How the user took the turn; NOBODY is the agent speaking unasked."""

    VOICE = "voice"
    TEXT = "text"
    NOBODY = ""


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
    accepted_ns: int | None = None
    """The final transcript came."""
    reply_ns: int | None = None
    """The first text of the reply came."""
    first_audio_ns: int | None = None
    """The first audio of the reply came."""
    heard_ns: int | None = None
    """Its first sample was at the converter."""
    interrupted: bool = False
    onset_ns: int | None = None
    """The user began to speak, or typed, over this reply."""
    flushed_ns: int | None = None
    """Playback of this reply was cut."""
    dropped_ms: float | None = None
    """How much of the reply was at hand when it was cut."""
    silenced_ms: float | None = None
    """How much came after the user had silenced the reply."""

    def split(self) -> "Turn":
        """Give its reply away, to a turn of nobody."""
        earlier = replace(
            self, source=TurnSource.NOBODY, typed_ns=None, stopped_ns=None, accepted_ns=None
        )
        self.reply_id = self.reply_ns = self.first_audio_ns = self.heard_ns = None
        self.onset_ns = self.flushed_ns = self.dropped_ms = self.silenced_ms = None
        self.interrupted = False
        return earlier

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
                return self.stopped_ns
            case TurnSource.NOBODY:
                return None

    @property
    def anchor(self) -> str:
        """Who says when `t0_ns` was; "" when nobody does."""
        if self.t0_ns is None:
            return ""
        return "typed" if self.source is TurnSource.TEXT else "local detector"

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
    def barge_in_ms(self) -> float | None:
        """The user's onset over this reply to silence at the converter."""
        return _ms(self.onset_ns, self.flushed_ns)


def _ms(begin_ns: int | None, end_ns: int | None) -> float | None:
    if begin_ns is None or end_ns is None:
        return None
    return (end_ns - begin_ns) / NS_PER_MS
