"""Between a device's blocks and ours: one of several channels, floats, all in memory made before.

Knows samples in the shape that a device has them in; no device. Runs in the callback's thread.

numpy gives up the interpreter lock for more than 500 samples at a time, and a callback then waits
a whole switch interval to get it back: what is longer is done in pieces.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

FULL_SCALE = np.float32(32768)
LOWEST, HIGHEST = np.float32(-32768), np.float32(32767)
UNIT = np.float32(1 / 32768)
PIECE = 480

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.int16]


class CaptureFormat:
    """From a microphone: `channel` of several (1 is the first), or all of them for 0."""

    def __init__(self, rate: int, channels: int, channel: int, *, is_float: bool) -> None:
        """For blocks of at most a second."""
        self._step = channels if channel else 1
        self._first = max(0, channel - 1)
        self._is_float = is_float
        self._samples = np.zeros(rate * channels // self._step, np.int16)
        self._view = self._samples.data
        self._floats = np.zeros(PIECE, np.float32)

    def take(self, data: Any) -> memoryview:
        """int16, as they were: interleaved where all channels are taken. Valid until the next."""
        if not self._is_float and self._step == 1:
            return memoryview(data).cast("h")
        block = np.frombuffer(data, np.float32 if self._is_float else np.int16)
        chosen = block[self._first :: self._step]
        for part in _pieces(len(chosen)):
            if self._is_float:
                wave = self._floats[: part.stop - part.start]
                np.multiply(chosen[part], FULL_SCALE, out=wave)
                np.rint(wave, out=wave)
                np.minimum(wave, HIGHEST, out=wave)
                np.maximum(wave, LOWEST, out=wave)
                np.copyto(self._samples[part], wave, casting="unsafe")
            else:
                np.copyto(self._samples[part], chosen[part])
        return self._view[: len(chosen)]


class PlaybackFormat:
    """To a speaker, the same on each of its channels."""

    def __init__(self, rate: int, channels: int, *, is_float: bool) -> None:
        """For blocks of at most a second."""
        self._channels = channels
        self._is_float = is_float
        self._plain = channels == 1 and not is_float
        self._samples = np.zeros(rate, np.int16)
        self._view = self._samples.data
        self._floats = np.zeros(PIECE, np.float32)

    def room(self, data: Any, frames: int) -> memoryview:
        """Where the block's int16 samples go."""
        return memoryview(data).cast("h") if self._plain else self._view[:frames]

    def give(self, data: Any, frames: int) -> None:
        """What is in the room goes to the device."""
        if self._plain:
            return
        block = np.frombuffer(data, np.float32 if self._is_float else np.int16)
        for part in _pieces(frames):
            ours: Samples | Floats = self._samples[part]
            if self._is_float:
                wave = self._floats[: part.stop - part.start]
                np.copyto(wave, ours)
                np.multiply(wave, UNIT, out=wave)
                ours = wave
            for channel in range(self._channels):
                np.copyto(block[channel :: self._channels][part], ours)


def _pieces(count: int) -> Iterator[slice]:
    for at in range(0, count, PIECE):
        yield slice(at, min(at + PIECE, count))
