"""How loud samples are. Knows numbers only."""

from collections import deque
from math import log10

import numpy as np
import numpy.typing as npt

HELD_NS = 1_000_000_000


class Peak:
    def __init__(self) -> None:
        self._loudest: deque[tuple[int, int]] = deque()
        """Samples that nothing louder followed, oldest first, and when they were."""

    def feed(self, pcm: npt.NDArray[np.int16], at_ns: int) -> None:
        """One block, shape (n,), and the time of its first sample."""
        if len(pcm) == 0:
            return
        loudest = max(-int(pcm.min()), int(pcm.max()))
        while self._loudest and self._loudest[-1][1] <= loudest:
            self._loudest.pop()
        self._loudest.append((at_ns, loudest))
        while self._loudest[0][0] < at_ns - HELD_NS:
            self._loudest.popleft()

    def forget(self) -> None:
        self._loudest.clear()

    @property
    def dbfs(self) -> float:
        """0.0 is full scale; FLOOR_DBFS for silence and for nothing at all."""
        loudest = self._loudest[0][1] if self._loudest else 0
        return 20 * log10(loudest / 32768) if loudest else FLOOR_DBFS


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


FLOOR_DBFS = -120.0
"""Digital silence; no 16-bit signal but zero lies below it."""


def dbfs(pcm: npt.NDArray[np.int16]) -> float:
    """RMS of int16, shape (n,), in dB of full scale: 0.0 is a full square wave, a full sine -3.0.

    Zero and empty input give FLOOR_DBFS.
    """
    if len(pcm) == 0:
        return FLOOR_DBFS
    wave = pcm.astype(np.float32)
    power = float(np.dot(wave, wave)) / (len(pcm) * 32768.0**2)
    return max(FLOOR_DBFS, 10 * log10(power)) if power > 0 else FLOOR_DBFS
