"""A pipe in place of a microphone: raw samples that another program writes, spoken in real time.

Knows a file descriptor, a format and a clock. What the pipe does not hold in time is silence; what
it holds too early waits in it, so that a whole file may be written at once.
"""

import os
import select
import struct
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tui.audio.ports import AudioUnavailable, Block

HEAD_S = 0.2
"""How long the first bytes are waited for when the pipe is opened: they may be a WAV header."""

RESERVE_MS = 60
"""So much has to be there before the first word: a program that speaks live writes in bursts."""

LATE_NS = 2_000_000_000
"""Who has not asked for this long finds the pipe where it was: the speaker waited."""


class PipeMicrophone:
    """A Source of mono s16le, read from `fd`; a WAV header in front gives its own rate."""

    def __init__(
        self,
        fd: int,
        rate: int = 16_000,
        block_ms: int = 20,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Raises AudioUnavailable for a WAV stream that is not 16-bit PCM."""
        self.name = "standard input"
        self.channels = 1
        self.block_ms = float(block_ms)
        self.latency_ms = 0.0
        self.overruns = 0
        self.failed: str | None = None
        self.finished = False
        """The pipe is closed and all of it was given out; silence follows."""
        self._fd = fd
        self._clock = clock
        self._data = bytearray()
        self._ended = False
        self._next_ns: int | None = None
        self._flowing = False
        self.rate = rate
        self._read_header()
        self._frame = 2 * self.channels

    def start(self) -> None:
        self._next_ns = self._clock()

    def read(self) -> list[Block]:
        """Every block whose last sample has been spoken by now."""
        if self._next_ns is None:
            return []
        block_ns = round(self.block_ms * 1_000_000)
        now_ns = self._clock()
        if now_ns - self._next_ns > LATE_NS:
            self.overruns += 1
            self._next_ns = now_ns - block_ns
        blocks: list[Block] = []
        while self._next_ns + block_ns <= now_ns:
            blocks.append(Block(self._take(), self._next_ns))
            self._next_ns += block_ns
        return blocks

    def close(self) -> None:
        """The descriptor stays open: a device that is opened again goes on where it was."""
        self._next_ns = None

    def _take(self) -> npt.NDArray[np.int16]:
        size = round(self.rate * self.block_ms / 1000)
        reserve = self.rate * RESERVE_MS // 1000
        self._fill((size if self._flowing else max(size, reserve)) * self._frame)
        there = len(self._data) // self._frame
        self._flowing = there >= (size if self._flowing else reserve) or self._ended
        pcm = np.zeros(size, np.int16)
        if self._flowing:
            count = min(size, there)
            data = bytes(self._data[: count * self._frame])
            del self._data[: count * self._frame]
            frames = np.frombuffer(data, "<i2").reshape(-1, self.channels)
            pcm[:count] = frames[:, 0] if self.channels == 1 else frames.mean(axis=1)
            self.finished = self._ended and len(self._data) < self._frame
        return pcm

    def _fill(self, wanted: int, patience_s: float = 0.0) -> None:
        """Read up to `wanted` bytes, as far as they are there."""
        while len(self._data) < wanted and not self._ended:
            if not select.select([self._fd], [], [], patience_s)[0]:
                return
            try:
                data = os.read(self._fd, wanted - len(self._data))
            except OSError as error:
                self.failed = f"{self.name} cannot be read: {error.strerror}"
                data = b""
            self._data += data
            self._ended = not data

    def _read_header(self) -> None:
        self._fill(12, HEAD_S)
        if self._data[:4] != b"RIFF" or self._data[8:12] != b"WAVE":
            return
        del self._data[:12]
        while True:
            self._fill(8, HEAD_S)
            if len(self._data) < 8:
                raise AudioUnavailable("standard input is a WAV stream without samples", ADVICE)
            name, size = struct.unpack_from("<4sI", self._data)
            del self._data[:8]
            if name == b"data":
                return
            size += size % 2
            self._fill(size, HEAD_S)
            if name == b"fmt " and len(self._data) >= 16:
                kind, self.channels, self.rate, _, _, bits = struct.unpack_from(
                    "<HHIIHH", self._data
                )
                if kind not in (1, 0xFFFE) or bits != 16 or not self.channels:
                    raise AudioUnavailable("standard input is WAV, but not 16-bit PCM", ADVICE)
            del self._data[:size]


ADVICE = "pipe in raw 16-bit little-endian samples, such as ffmpeg -f s16le -ac 1 -ar 16000 -"
