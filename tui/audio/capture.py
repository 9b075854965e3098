"""From a microphone to what the agent is sent: chunks of equal length at the negotiated rate.

Knows a Source and an encoding, no protocol. Muting sends silence at the same pace, so that the
agent's own detection goes on; what was captured while muted never gets into a chunk.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui.audio.encoding import encoder
from tui.audio.level import FLOOR_DBFS, dbfs
from tui.audio.ports import Block, Source
from tui.audio.resample import Resampler


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of sound as it is sent."""

    data: bytes
    capture_ns: int
    """When its first sample was at the converter."""
    dbfs: float
    """Level of what is sent: the floor while muted."""


class Capture:
    """Takes all that `source` gives; call `poll` at least every few chunks.

    `before` sees every block as captured, muted or not, and gives what is used in its place, of
    the same length; `on_block` sees every block of those, at the source's rate, except while muted.
    """

    def __init__(
        self,
        source: Source,
        rate_out: int,
        encoding: str = "pcm",
        chunk_ms: int = 20,
        *,
        quality: str = "medium",
        before: Callable[[Block], Block] = lambda block: block,
        on_block: Callable[[Block], object] = lambda block: None,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Encodings: pcm, ulaw, alaw; anything else raises ValueError."""
        self.level = FLOOR_DBFS
        """dBFS of the last captured block, muted or not."""
        self._source = source
        self._encode = encoder(encoding)
        self._size = rate_out * chunk_ms // 1000
        self._before = before
        self._on_block = on_block
        self._clock = clock
        self._resampler = Resampler(source.rate, rate_out, quality)
        self._ready = np.empty(0, np.int16)
        self._taken = 0
        self._sent = 0
        self._marks: deque[tuple[int, int]] = deque()
        self._muted = False
        self._unmuted_ns = 0

    @property
    def muted(self) -> bool:
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        if self._muted and not muted:
            self._unmuted_ns = self._clock()
        self._muted = muted

    def poll(self) -> list[Chunk]:
        """Every chunk that is complete by now, oldest first."""
        for captured in self._source.read():
            block = self._before(captured)
            self.level = dbfs(block.pcm)
            self._ready = np.concatenate([self._ready, self._accept(block)])
        chunks: list[Chunk] = []
        while len(self._ready) >= self._size:
            chunks.append(self._cut())
        return chunks

    def _accept(self, block: Block) -> npt.NDArray[np.int16]:
        # Blocks come some 40 ms after they were captured: the time of capture decides, so that
        # the last words before unmuting stay unheard.
        private = self._muted or block.capture_ns < self._unmuted_ns
        self._marks.append((self._taken, block.capture_ns))
        self._taken += len(block.pcm)
        if private:
            return self._resampler.process(np.zeros_like(block.pcm))
        self._on_block(block)
        return self._resampler.process(block.pcm)

    def _cut(self) -> Chunk:
        pcm, self._ready = self._ready[: self._size], self._ready[self._size :]
        if self._muted:
            # Also what was captured just before: mute means now.
            pcm = np.zeros_like(pcm)
        chunk = Chunk(self._encode(pcm), self._captured_ns(self._sent), dbfs(pcm))
        self._sent += self._size
        return chunk

    def _captured_ns(self, sample: int) -> int:
        """When output sample `sample` was captured, by the block that holds its input sample."""
        rate_in, rate_out = self._resampler.rate_in, self._resampler.rate_out
        at = sample * rate_in // rate_out
        while len(self._marks) > 1 and self._marks[1][0] <= at:
            self._marks.popleft()
        first, capture_ns = self._marks[0]
        return capture_ns + (sample * rate_in - first * rate_out) * 1_000_000_000 // (
            rate_in * rate_out
        )
