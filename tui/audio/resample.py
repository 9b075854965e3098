"""Streaming sample rate conversion of mono int16.

Knows numbers only: no device, no encoding, no clock.
"""

from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
import samplerate

CONVERTERS = {"fast": "sinc_fastest", "medium": "sinc_medium", "best": "sinc_best"}
"""fast holds about 1 ms back, medium 3 and best 9, with an ever cleaner and steeper stop band.
The cheaper converters of libsamplerate let aliases through at full level and are not offered."""

FLUSH_MS = 20
"""Silence fed per step while draining: longer than what any converter here holds."""


class Resampler:
    """One stream, one direction, one thread.

    The output is the same however the input is cut into chunks, and is aligned with it: output
    sample n stands for the time n / rate_out from the first input sample.
    """

    def __init__(self, rate_in: int, rate_out: int, quality: str = "fast") -> None:
        """Rates in Hz; `quality` is a key of CONVERTERS. Raises ValueError for anything else."""
        if rate_in <= 0 or rate_out <= 0:
            raise ValueError(f"sample rates must be positive, not {rate_in} and {rate_out}")
        if quality not in CONVERTERS:
            raise ValueError(f"quality is one of {', '.join(CONVERTERS)}, not {quality!r}")
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._ratio = Fraction(rate_out, rate_in)
        self._taken = 0
        self._given = 0
        self._stream = (
            None if rate_in == rate_out else samplerate.Resampler(CONVERTERS[quality], channels=1)
        )

    def process(self, pcm: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """`pcm`: shape (n,), n >= 0, at rate_in. Gives what is ready at rate_out, maybe nothing."""
        if self._stream is None:
            return pcm
        self._taken += len(pcm)
        return self._convert(pcm)

    def drain(self) -> npt.NDArray[np.int16]:
        """The tail still held back; the stream then starts anew.

        Together with all that `process` gave, the output is as long as the input:
        ceil(samples in * rate_out / rate_in) samples.
        """
        if self._stream is None:
            return np.empty(0, np.int16)
        # libsamplerate's own end_of_input gives nothing out through this binding: silence pushes
        # the tail out instead, and what is made of the silence itself is cut off.
        missing = ceil(self._taken * self._ratio) - self._given
        silence = np.zeros(self.rate_in * FLUSH_MS // 1000 + 1, np.int16)
        parts: list[npt.NDArray[np.int16]] = []
        while missing > 0:
            part = self._convert(silence)[:missing]
            missing -= len(part)
            parts.append(part)
        self.reset()
        return np.concatenate(parts) if parts else np.empty(0, np.int16)

    def reset(self) -> None:
        """Forgets what is held: the next sample is the first of a new stream."""
        self._taken = self._given = 0
        if self._stream is not None:
            self._stream.reset()

    def _convert(self, pcm: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        if self._stream is None or len(pcm) == 0:
            return np.empty(0, np.int16)
        # The binding keeps the int16 scale but answers in float32, which overshoots at full level.
        out = self._stream.process(pcm, float(self._ratio))
        self._given += len(out)
        result: npt.NDArray[np.int16] = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return result
