"""How long a speaker's blocks are: longer where the machine cannot keep up with short ones.

Knows counts and times; no device. A device holds two blocks. On a machine with too much to do the
second is over before the next is asked for, and what is heard then is a hole of 100 ms or more,
worse than a reply that comes, or ends, a little later.
"""

from collections import deque

LONGEST_MS = 80
WINDOW_NS = 10_000_000_000
TOO_OFTEN = 3


class Depth:
    def __init__(self, block_ms: int) -> None:
        self.block_ms = block_ms
        self._dry: deque[int] = deque(maxlen=TOO_OFTEN)

    def ran_dry(self, now_ns: int) -> bool:
        """The device ran dry; True when `block_ms` has become more for it."""
        self._dry.append(now_ns)
        often = len(self._dry) == TOO_OFTEN and now_ns - self._dry[0] <= WINDOW_NS
        if not often or self.block_ms >= LONGEST_MS:
            return False
        self._dry.clear()
        self.block_ms = min(2 * self.block_ms, LONGEST_MS)
        return True
