"""The other end's clock, seen through pings. Knows times only.

The quickest of the last answers is believed most: half of what it took is the least that can be
wrong with the difference of the clocks.
"""

from collections import deque

REMEMBERED = 30


class FarClock:
    """Difference and delay of a far monotonic clock."""

    def __init__(self) -> None:
        self._answers: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        """(round trip, far minus near), ns."""
        self._recent: deque[int] = deque(maxlen=5)

    def answered(self, sent_ns: int, far_ns: int, now_ns: int) -> None:
        """A ping went out and was answered then, by our clock; the far end's said `far_ns`."""
        trip = now_ns - sent_ns
        self._answers.append((trip, far_ns - (sent_ns + now_ns) // 2))
        self._recent.append(trip)

    @property
    def known(self) -> bool:
        return bool(self._answers)

    @property
    def round_trip_ms(self) -> float | None:
        """The middle one of the last few; None before the first."""
        return sorted(self._recent)[len(self._recent) // 2] / 1e6 if self._recent else None

    def near_ns(self, far_ns: int) -> int:
        """A time of the far clock by ours."""
        return far_ns - min(self._answers)[1] if self._answers else far_ns
