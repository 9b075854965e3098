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

from tui.audio.files.wav_format import UNKNOWN_SIZES, WavFormat, is_padded
from tui.audio.ports import AudioUnavailable, Block

HEAD_S = 0.5
"""How long the first bytes are waited for when the pipe is opened: they may be a WAV header."""

LONGEST_HEAD = 1 << 20
"""Bytes of a header with all that others put into it: pictures, titles."""

ENDLESS = 1 << 62

RESERVE_MS = 60
"""So much has to be there before the first word: a program that speaks live writes in bursts."""

LATE_NS = 2_000_000_000
"""Who has not asked for this long finds the pipe where it was: the speaker waited."""


class PipeMicrophone:
    """A Source of mono s16le, read from `fd`; a WAV header in front gives its own format."""

    def __init__(
        self,
        fd: int,
        rate: int = 16_000,
        block_ms: int = 20,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Raises AudioUnavailable for a WAV stream that cannot be played."""
        self.name = "standard input"
        self.rate = rate
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
        self._samples = 0
        self._format: WavFormat | None = None
        self._left = ENDLESS
        """Bytes of sound that are still to be given out: what follows them is none."""
        self._read_header()

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

    @property
    def opposite(self) -> bool:
        """Its channels are each other upside down: their mix is nothing."""
        return self._format is not None and self._format.phase.opposite

    def close(self) -> None:
        """The descriptor stays open: a device that is opened again goes on where it was."""
        self._next_ns = None

    def _take(self) -> npt.NDArray[np.int16]:
        # Rates such as 11025 make blocks of uneven length: the end is rounded, not the length.
        blocks = round(self._samples * 1000 / self.rate / self.block_ms) + 1
        size = round(blocks * self.block_ms * self.rate / 1000) - self._samples
        self._samples += size
        reserve = self.rate * RESERVE_MS // 1000
        frame = self._format.frame if self._format else 2
        wanted = (size if self._flowing else max(size, reserve)) * frame
        self._fill(min(wanted, self._left))
        there = min(len(self._data), self._left) // frame
        over = self._ended or len(self._data) >= self._left
        self._flowing = there >= (size if self._flowing else reserve) or over
        pcm = np.zeros(size, np.int16)
        if self._flowing:
            count = min(size, there)
            pcm[:count] = self._decode(bytes(self._data[: count * frame]))
            del self._data[: count * frame]
            self._left -= count * frame
            self.finished = over and there - count == 0
        return pcm

    def _decode(self, data: bytes) -> npt.NDArray[np.int16]:
        if self._format is not None:
            return self._format.mono(data)
        return np.frombuffer(data, "<i2").astype(np.int16, copy=False)

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
        if bytes(self._data[:4]) not in (b"RIFF", b"RF64") or self._data[8:12] != b"WAVE":
            return
        passed = 12
        while True:
            del self._data[:passed]
            self._fill(8, HEAD_S)
            if len(self._data) < 8:
                raise _not_wav("it holds no samples")
            name, size = struct.unpack_from("<4sI", self._data)
            if name == b"data" and self._format is not None:
                del self._data[:8]
                self._left = ENDLESS if size in UNKNOWN_SIZES else size
                self.rate, self.channels = self._format.rate, self._format.channels
                return
            passed = 8 + size
            if passed > LONGEST_HEAD:
                raise _not_wav(f"{size} bytes come before its samples")
            self._fill(passed + 5, HEAD_S)
            if size % 2:
                passed += is_padded(bytes(self._data[passed : passed + 5]))
            if name == b"fmt ":
                try:
                    self._format = WavFormat(bytes(self._data[8 : 8 + size]))
                except ValueError as error:
                    raise _not_wav(str(error)) from error


def _not_wav(why: str) -> AudioUnavailable:
    return AudioUnavailable(
        f"standard input is a WAV stream that cannot be played: {why}",
        "pipe in raw 16-bit little-endian samples, such as ffmpeg -f s16le -ac 1 -ar 16000 -",
    )
