"""From captured samples to what the agent is sent: chunks of equal length at the negotiated rate.

Knows numbers and an encoding; no device, no mute, no protocol.
"""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tui.audio.encoding import encoder
from tui.audio.level import dbfs
from tui.audio.resample import Resampler

KEPT = 6000
"""Chunks whose time is remembered: two minutes of them, at 20 ms."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of sound as it is sent."""

    data: bytes
    dbfs: float
    """Its level, FLOOR_DBFS for silence."""
    end_ns: int = field(default=0, compare=False)
    """When the end of it was at the microphone; 0 where nobody says."""


class SentAudio:
    """When a place in all the audio of a conversation was at the microphone."""

    def __init__(self) -> None:
        self._ms = 0.0
        self._ends: deque[tuple[float, int]] = deque(maxlen=KEPT)

    def add(self, ms: float, end_ns: int) -> None:
        """So much was sent next, of which the end was captured at `end_ns`."""
        self._ms += ms
        self._ends.append((self._ms, end_ns))

    def at_ns(self, ms: float) -> int | None:
        """None for what is not sent yet, and for what is forgotten."""
        if not self._ends or ms > self._ms or ms < self._ends[0][0]:
            return None
        place, end_ns = self._ends[bisect_left(self._ends, (ms,))]
        return end_ns - round((place - ms) * 1e6)


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
        self._rates = rate_in, rate_out
        self._held_s = 0.0
        """How much of what came the resampler keeps back."""

    def cut(
        self, pcm: npt.NDArray[np.int16], *, silent: bool = False, begin_ns: int = 0
    ) -> list[Chunk]:
        """Every chunk that is complete with `pcm`, shape (n,), at rate_in; oldest first.

        `silent`: nothing of it is to be heard, nor of what was taken before and is not cut yet.
        `begin_ns`: when the first sample was captured, 0 where that does not count.
        """
        taken = self._resampler.process(np.zeros_like(pcm) if silent else pcm)
        ready = np.concatenate([self._ready, taken])
        if silent:
            ready[:] = 0
        whole = len(ready) - len(ready) % self._size
        self._ready = ready[whole:]
        pieces = ready[:whole].reshape(-1, self._size)
        rate_in, rate_out = self._rates
        self._held_s += len(pcm) / rate_in - len(taken) / rate_out
        lasts_s = len(pcm) / rate_in - self._held_s - len(ready) / rate_out
        ends_s = (lasts_s + (n + 1) * self._size / rate_out for n in range(len(pieces)))
        ends = (begin_ns and begin_ns + round(s * 1e9) for s in ends_s)
        return [
            Chunk(self._encode(piece), dbfs(piece), end_ns)
            for piece, end_ns in zip(pieces, ends, strict=True)
        ]
