"""How long what the user typed has got no answer.

Knows events; no socket.
"""

import time

from tui.events import (
    AgentHeardEnd,
    AgentHeardStart,
    Event,
    Interrupted,
    OtherReceived,
    Pinged,
    SessionExpires,
    UserTranscribed,
    UserTranscriptGuessed,
    UserTurnTaken,
    VadScored,
)

UNANSWERED_MS = 5_000
"""Most agents answer a text in less. A socket that answers pings is no sign that one will."""
_NO_ANSWER = (
    Pinged
    | VadScored
    | Interrupted
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

    def ms(self, now_ns: int) -> int:
        """0 while it is not longer than usual."""
        waited_ms = (now_ns - self._since_ns) // 1_000_000 if self._since_ns else 0
        return waited_ms if waited_ms >= UNANSWERED_MS else 0
