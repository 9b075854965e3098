"""When each block was at the converter: preallocated, written by a callback, read by the loop.

Knows indices and times. Also turns PortAudio's block times into ours; knows no PortAudio itself.
"""

from array import array

FARTHEST_S = 2.0
"""A converter farther from now than this is a driver's mistake (some leave the field zero)."""

SLACK_S = 0.005
"""A converter this much on the wrong side of now is rounding, not a mistake."""


def converter_ns(now_ns: int, current_s: float, converter_s: float, latency_ns: int) -> int:
    """The monotonic time at which a block's first sample is at the converter.

    `current_s` and `converter_s` are PortAudio's stream times, `now_ns` our clock at the same
    moment as `current_s`. `latency_ns` is what the driver promised, negative for capture; it also
    serves when the driver's times are absent or absurd.
    """
    offset_s = converter_s - current_s
    ahead = offset_s if latency_ns >= 0 else -offset_s
    if current_s > 0 and converter_s > 0 and -SLACK_S <= ahead <= FARTHEST_S:
        return now_ns + round(offset_s * 1e9)
    return now_ns + latency_ns


class Stamps:
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
