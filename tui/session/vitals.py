"""How a call stands by what came last: figures for the screen, a text that waits for its answer,
when the conversation is better continued in a new one.

Knows events and times; no socket.
"""

import time
from dataclasses import dataclass, field

from tui.events import (
    AgentBegan,
    AgentHeardEnd,
    AgentHeardStart,
    Event,
    Failure,
    Interrupted,
    OtherReceived,
    Pinged,
    SessionExpires,
    UserTranscribed,
    UserTranscriptGuessed,
    UserTurnTaken,
    VadScored,
)
from tui.notices import CallState

RENEWED_AT = 11 / 12
"""Of its time: five minutes before the hour."""
QUIET_NS = 1_000_000_000
"""Between two turns."""
UNANSWERED_MS = 5_000
"""Most agents answer a text in less. A socket that answers pings is no sign that one will."""
_NO_ANSWER = (
    Pinged
    | VadScored
    | Interrupted
    | AgentBegan
    | AgentHeardStart
    | AgentHeardEnd
    | UserTurnTaken
    | UserTranscribed
    | UserTranscriptGuessed
    | SessionExpires
    | OtherReceived
)
"""What comes from an agent without being an answer to a text."""


class Unanswered:
    def __init__(self) -> None:
        self._since_ns = 0

    def asked(self) -> None:
        self._since_ns = time.monotonic_ns()

    def observe(self, event: Event) -> None:
        if not isinstance(event, _NO_ANSWER):
            self._since_ns = 0

    @property
    def waiting(self) -> bool:
        return self._since_ns > 0

    def ms(self, now_ns: int) -> int:
        """0 while it is not longer than usual."""
        waited_ms = (now_ns - self._since_ns) // 1_000_000 if self._since_ns else 0
        return waited_ms if waited_ms >= UNANSWERED_MS else 0


@dataclass(slots=True)
class Vitals:
    """What a call's frames last said about it, for the screen."""

    live_ns: int = 0
    vad_score: float | None = None
    round_trip_ms: float | None = None
    duration_limit_s: int = 0
    """The agent's, where it says when it ends; 0 where it does not."""
    renew_ns: int = 0
    """From then on it is better continued in a new one, between two turns; 0: never."""
    heard_ns: int = 0
    """The newest frame of the agent's."""
    unanswered: Unanswered = field(default_factory=Unanswered)

    def ends_in(self, left_s: int, now_ns: int) -> None:
        self.duration_limit_s = left_s
        self.renew_ns = now_ns + round(left_s * RENEWED_AT * 1e9)

    def between_turns(self, now_ns: int) -> bool:
        """Nothing has come for a moment, and no text waits."""
        return now_ns - self.heard_ns >= QUIET_NS and not self.unanswered.waiting

    def may_renew(self, now_ns: int) -> bool:
        return 0 < self.renew_ns <= now_ns and self.between_turns(now_ns)


@dataclass(slots=True)
class CallStatus:
    """Where a call stands, for the screen."""

    state: CallState = CallState.IDLE
    detail: str = ""
    failure: Failure = Failure.OTHER
    retry_at_ns: int = 0
    retry_attempt: int = 0
    duration_limit_s: int = 0
