"""Whether something is heard that moves like a voice and is far too quiet to be taken for one.

Knows levels and how long each lasted; no samples.

Theory of operation. The blocks of ten seconds are parted half way between the room and the loudest
tenth. A voice gives syllables: two louder stretches a second of 70 to 600 ms. Noise parts into
crumbs, keys and clicks are shorter, breath and steps are fewer, a fan or a hum does not move.
"""

from collections import deque

WINDOW_NS = 10_000_000_000
JUDGED_NS = 1_000_000_000
"""From one judgement to the next."""
SHORTEST_NS, LONGEST_NS = 70_000_000, 600_000_000
FEWEST = 12
MOVES_DB = 10.0
"""Between the room and the loudest tenth."""
SOFT_DBFS, LOUD_DBFS = -75.0, -45.0
"""Below the first is what a voice two rooms away gives, above the second is no want of level."""


class Faint:
    def __init__(self) -> None:
        self._blocks: deque[tuple[int, float]] = deque()
        self._held_ns = 0
        self._judged_ns = 0

    def forget(self) -> None:
        self._blocks.clear()
        self._held_ns = self._judged_ns = 0

    def feed(self, elapsed_ns: int, dbfs: float) -> bool | None:
        """A block in which nobody spoke; None between two judgements."""
        self._blocks.append((elapsed_ns, dbfs))
        self._held_ns += elapsed_ns
        self._judged_ns += elapsed_ns
        while self._held_ns - self._blocks[0][0] >= WINDOW_NS:
            self._held_ns -= self._blocks.popleft()[0]
        if self._held_ns < WINDOW_NS or self._judged_ns < JUDGED_NS:
            return None
        self._judged_ns = 0
        levels = sorted(level for _, level in self._blocks)
        room, top = levels[len(levels) // 5], levels[len(levels) * 9 // 10]
        if top - room < MOVES_DB or not SOFT_DBFS < top < LOUD_DBFS:
            return False
        return self._syllables((room + top) / 2) >= FEWEST

    def _syllables(self, edge_dbfs: float) -> int:
        found = length_ns = 0
        for elapsed_ns, level in (*self._blocks, (0, edge_dbfs)):
            if level > edge_dbfs:
                length_ns += elapsed_ns
            else:
                found += SHORTEST_NS <= length_ns <= LONGEST_NS
                length_ns = 0
        return found
