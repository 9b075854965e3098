"""Whether a lost conversation is tried again, and after how long.

Knows outcomes and numbers; no clock, no socket.

Theory of operation: only a conversation that the network broke is tried again, never one that was
refused, but for a server that has too many callers: it is given the time that it asks for, and
counts as a short connection. A connection that lived for `QUICK_MS` forgives all before it; after
`QUICK_FAILURES` shorter ones in a row a server accepts us only to drop us, and more tries would be
an attack on it. While nothing answers at all, tries go on for about a minute, near enough to each
other that a network that is back is noticed within a second.
"""

import random
from collections.abc import Callable

from tui.errors import LinkError
from tui.events import Closer, LinkClosed

TRANSIENT = frozenset({1001, 1005, 1006, 1011, 1012, 1013, 1014})
"""Close codes of a broken network or a server that restarts (RFC 6455 7.4.1, IANA registry)."""
QUICK_MS = 5_000
QUICK_FAILURES = 3
MAX_TRIES = 45
FIRST_MS, USUAL_CAP_MS, CAP_MS = 250, 1_000, 2_000
BUSY_MS, BUSY_CAP_MS = 1_000, 30_000
"""For a server with too many callers: the first pause where it names none, and the longest that a
person who waits is asked for."""
PATIENT_TRIES = 12
"""So often a second is the longest pause; after that, two."""


class Retry:
    """The tries of one call. `attempt` is the number of the coming one."""

    def __init__(self, jitter: Callable[[float, float], float] = random.uniform) -> None:
        self._jitter = jitter
        self._quick = 0
        self.attempt = 0

    def closed(self, closed: LinkClosed, lived_ms: float) -> int | None:
        """Milliseconds until the next try after a conversation that ended; None: no more."""
        if closed.by is not Closer.ERROR or closed.code not in TRANSIENT:
            return None
        if lived_ms >= QUICK_MS:
            self.attempt = self._quick = 0
        else:
            self._quick += 1
        return None if self._quick >= QUICK_FAILURES else self._next()

    def renewed(self) -> None:
        """A conversation was ended here to be continued: that its server is gone is a loss."""
        self.attempt = max(self.attempt, 1)

    def failed(self, error: LinkError) -> int | None:
        """The same after no connection came about; a first one that fails is not tried again,
        unless the server only asks for patience."""
        if error.wait_ms is not None:
            return self._after_busy(error.wait_ms)
        if not error.transient or not self.attempt or self.attempt >= MAX_TRIES:
            return None
        return self._next()

    def _next(self) -> int:
        cap = USUAL_CAP_MS if self.attempt < PATIENT_TRIES else CAP_MS
        pause = min(FIRST_MS << min(self.attempt, 10), cap)
        self.attempt += 1
        return round(pause * self._jitter(0.75, 1.0))

    def _after_busy(self, wait_ms: int) -> int | None:
        self._quick += 1
        if self._quick >= QUICK_FAILURES:
            return None
        pause = wait_ms or BUSY_MS << (self._quick - 1)
        self.attempt += 1
        # Never earlier than asked, and not all callers at the same moment.
        return round(min(pause * self._jitter(1.0, 1.2), BUSY_CAP_MS))
