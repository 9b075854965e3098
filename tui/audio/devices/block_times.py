"""When each block was at the converter: preallocated, written by a callback, read by the loop.

Knows indices and times. Also turns PortAudio's block times into ours; knows no PortAudio itself.
"""

from array import array

FARTHEST_S = 2.0
"""A converter farther from now than this is a driver's mistake (some leave the field zero)."""

SLACK_S = 0.005
"""A converter this much on the wrong side of now is rounding, not a mistake."""


def adc_ns(now_ns: int, current_s: float, adc_s: float, latency_ns: int) -> int:
    """The monotonic time at which the first sample of a captured block was at the converter.

    `current_s` and `adc_s` are PortAudio's stream times, `now_ns` is our clock at the moment of
    `current_s`. The driver's latency serves where its times are absent or absurd.
    """
    return now_ns - _distance_ns(current_s, adc_s, latency_ns, current_s - adc_s)


def dac_ns(now_ns: int, current_s: float, dac_s: float, latency_ns: int) -> int:
    """The same for a block to be played: when its first sample will be at the converter."""
    return now_ns + _distance_ns(current_s, dac_s, latency_ns, dac_s - current_s)


def _distance_ns(current_s: float, converter_s: float, latency_ns: int, distance_s: float) -> int:
    if current_s > 0 and converter_s > 0 and -SLACK_S <= distance_s <= FARTHEST_S:
        return round(distance_s * 1e9)
    return latency_ns


class BlockTimes:
    """The last `slots` blocks: index of the first sample, number of samples, time in ns."""

    def __init__(self, slots: int) -> None:
        self.count = 0
        """Blocks stamped so far; the newest is number count - 1."""
        self._slots = slots
        self._first = array("q", bytes(8 * slots))
        self._size = array("q", bytes(8 * slots))
        self._at_ns = array("q", bytes(8 * slots))

    def put(self, first: int, size: int, at_ns: int) -> None:
        slot = self.count % self._slots
        self._first[slot] = first
        self._size[slot] = size
        self._at_ns[slot] = at_ns
        self.count += 1

    def get(self, number: int) -> tuple[int, int, int]:
        """(first, size, at_ns) of a block that is still held."""
        slot = number % self._slots
        return self._first[slot], self._size[slot], self._at_ns[slot]

    def find(self, index: int) -> tuple[int, int] | None:
        """(first, at_ns) of the block that holds sample `index`, if it is held."""
        # Half the slots only: the callback may be writing to the oldest ones.
        oldest = max(0, self.count - self._slots // 2)
        for number in range(self.count - 1, oldest - 1, -1):
            first, size, at_ns = self.get(number)
            if index >= first:
                return (first, at_ns) if index < first + size else None
        return None
