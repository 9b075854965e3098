"""The loudest sample of the last second. Knows samples and their times."""

from collections import deque
from math import log10

import numpy as np
import numpy.typing as npt

from tui.audio.level import FLOOR_DBFS

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
