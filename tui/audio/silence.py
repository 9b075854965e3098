"""What is sent in place of a microphone that is not there: nothing to hear, at its pace.

Knows an encoding and time; no device. The agent's own detection and timers go by what comes in.
"""

import time
from collections.abc import Callable

import numpy as np

from tui.audio.chunks import Chunk
from tui.audio.encoding import encoder
from tui.audio.level import FLOOR_DBFS

LATE_NS = 200_000_000
"""After a longer standstill the rhythm goes on from then: what was not sent is not made up for."""


class Silence:
    """Begins when it is made; ask often."""

    def __init__(
        self,
        rate: int,
        encoding: str,
        chunk_ms: int,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`rate` in Hz. Raises ValueError for an encoding but pcm, ulaw and alaw."""
        silence = np.zeros(rate * chunk_ms // 1000, np.int16)
        self._chunk = Chunk(encoder(encoding)(silence), FLOOR_DBFS)
        self._chunk_ns = chunk_ms * 1_000_000
        self._clock = clock
        self._due_ns = clock() + self._chunk_ns

    def poll(self) -> list[Chunk]:
        """Every chunk that is due by now."""
        now_ns = self._clock()
        if now_ns - self._due_ns > LATE_NS:
            self._due_ns = now_ns
        chunks: list[Chunk] = []
        while self._due_ns <= now_ns:
            chunks.append(self._chunk)
            self._due_ns += self._chunk_ns
        return chunks
