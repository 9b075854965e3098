"""How loud a stream is at each of its samples. Knows indices and levels only."""

from collections import deque

import numpy as np
import numpy.typing as npt

from tui.audio.level import FLOOR_DBFS, dbfs


class Loudness:
    """Written ahead of what is heard; asked about the sample that is heard now."""

    def __init__(self, size: int) -> None:
        """`size`: samples that one level stands for."""
        self._size = size
        self._levels: deque[tuple[int, float]] = deque()

    def add(self, index: int, pcm: npt.NDArray[np.int16]) -> None:
        """`pcm`, shape (n,), was written; its first sample has that index."""
        for at in range(0, len(pcm), self._size):
            piece = pcm[at : at + self._size]
            self._levels.append((index + at + len(piece), dbfs(piece)))

    def at(self, index: int) -> float:
        """dBFS around that sample; what lies before it is forgotten."""
        while self._levels and self._levels[0][0] <= index:
            self._levels.popleft()
        return self._levels[0][1] if self._levels else FLOOR_DBFS

    def clear(self) -> None:
        self._levels.clear()
