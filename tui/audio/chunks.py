"""From captured samples to what the agent is sent: chunks of equal length at the negotiated rate.

Knows numbers and an encoding; no device, no mute, no protocol.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui.audio.encoding import encoder
from tui.audio.level import dbfs
from tui.audio.resample import Resampler


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of sound as it is sent."""

    data: bytes
    dbfs: float
    """Its level, FLOOR_DBFS for silence."""


class Chunker:
    """One stream, one thread."""

    def __init__(
        self,
        rate_in: int,
        rate_out: int,
        encoding: str = "pcm",
        chunk_ms: int = 20,
        quality: str = "medium",
    ) -> None:
        """Rates in Hz. Raises ValueError for an encoding but pcm, ulaw and alaw, a rate that is
        not positive, and a quality that the resampler does not have."""
        self._encode = encoder(encoding)
        self._size = rate_out * chunk_ms // 1000
        self._resampler = Resampler(rate_in, rate_out, quality)
        self._ready = np.empty(0, np.int16)

    def cut(self, pcm: npt.NDArray[np.int16], *, silent: bool = False) -> list[Chunk]:
        """Every chunk that is complete with `pcm`, shape (n,), at rate_in; oldest first.

        `silent`: nothing of it is to be heard, nor of what was taken before and is not cut yet.
        """
        taken = self._resampler.process(np.zeros_like(pcm) if silent else pcm)
        ready = np.concatenate([self._ready, taken])
        if silent:
            ready[:] = 0
        whole = len(ready) - len(ready) % self._size
        self._ready = ready[whole:]
        pieces = ready[:whole].reshape(-1, self._size)
        return [Chunk(self._encode(piece), dbfs(piece)) for piece in pieces]
