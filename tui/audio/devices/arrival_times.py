"""The latest moment at which a block can have been captured: no sample comes before it was taken.

Knows counts and times; no device.

Theory of operation. A block comes when its last sample was taken, or later: the machine was busy.
The one that came soonest, measured against the count of samples, therefore bounds all the others.
Drivers that guess (those of sound servers are 10 ms off for a whole stream) are held to it; a
driver that knows of a long way, such as Bluetooth, says earlier times and is left alone.
"""

LEAK = 200e-6
"""How much slower than ours the device's clock may be."""

JUMP_NS = 18_000_000
ROW = 3
"""So many blocks in a row later than that: samples were lost, and the count begins anew."""


class ArrivalTimes:
    """Of one stream; blocks in their order."""

    def __init__(self, rate: int) -> None:
        self._sample_ns = 1e9 / rate
        self._soonest: float | None = None
        """Of all arrivals, less the time of the samples counted by then."""
        self._late = 0

    def latest_ns(self, first: int, size: int, came_ns: int) -> int:
        """When sample `first`, the first of `size` that came together, was taken at the latest."""
        arrival = came_ns - (first + size) * self._sample_ns
        if self._soonest is None:
            self._soonest = arrival
        self._late = self._late + 1 if arrival > self._soonest + JUMP_NS else 0
        if self._late >= ROW:
            self._soonest = arrival
            self._late = 0
        self._soonest = min(self._soonest + size * self._sample_ns * LEAK, arrival)
        return round(self._soonest + first * self._sample_ns)
