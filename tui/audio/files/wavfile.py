"""A file in place of a microphone, and one in place of a speaker, both in real time.

Know the WAV format and a clock. Neither has a thread: they catch up with the clock whenever they
are asked anything, and the times that they give are those at which a device would have acted.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tui.audio.devices.playback_queue import PlaybackQueue
from tui.audio.files.wav import HEADER_BYTES, WavReader, wav_header
from tui.audio.ports import AudioUnavailable, Block

LATE_NS = 2_000_000_000
"""Who has not asked the microphone file for this long finds it where it was: the file waited."""


class WavMicrophone:
    """A Source that says what is in a file, once, and is silent from then on."""

    def __init__(
        self,
        path: str | Path,
        block_ms: int = 20,
        channel: int = 0,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Channel 1 is the first, 0 mixes all.

        Raises AudioUnavailable when it is not a WAV file that can be read.
        """
        self._reader = WavReader(Path(path), channel)
        self.name = str(path)
        self.rate = self._reader.rate
        self.channels = self._reader.channels
        self.block_ms = float(block_ms)
        self.latency_ms = 0.0
        self.overruns = 0
        self.failed: str | None = None
        self.finished = False
        """The whole file has been given out; silence follows."""
        self._clock = clock
        self._block_ns = block_ms * 1_000_000
        self._next_ns: int | None = None
        self._samples = 0
        self._begin_ns = 0

    def start(self) -> None:
        self._next_ns = self._begin_ns = self._clock()
        self._samples = 0

    def read(self) -> list[Block]:
        """Every block whose last sample has been spoken by now."""
        if self._next_ns is None:
            return []
        now_ns = self._clock()
        if now_ns - self._next_ns > LATE_NS:
            self.overruns += 1
            self._begin_ns += now_ns - self._next_ns - self._block_ns
            self._next_ns = self._time_of(self._samples)
        blocks: list[Block] = []
        while self._next_ns + self._block_ns <= now_ns:
            blocks.append(Block(self._take(), self._next_ns))
            self._next_ns = self._time_of(self._samples)
        return blocks

    @property
    def opposite(self) -> bool:
        """Its channels are each other upside down: their mix is nothing."""
        return self._reader.opposite

    def close(self) -> None:
        self._next_ns = None
        self._reader.close()

    def _take(self) -> npt.NDArray[np.int16]:
        # Rates such as 22050 make blocks of uneven length: the end is rounded, not the length.
        blocks = round(self._samples * 1000 / self.rate / self.block_ms) + 1
        size = round(blocks * self.block_ms * self.rate / 1000) - self._samples
        self._samples += size
        pcm = np.zeros(size, np.int16)
        if not self.finished:
            try:
                read = self._reader.read(size)
            except OSError as error:
                self.failed = f"{self.name} cannot be read: {error.strerror}"
                read = pcm[:0]
            pcm[: len(read)] = read
            self.finished = len(read) < size
        return pcm

    def _time_of(self, sample: int) -> int:
        return self._begin_ns + sample * 1_000_000_000 // self.rate


class WavSpeaker:
    """A Sink that writes what would be heard: replies at their time, silence between them.

    The file is whole after every block, header included: a kill leaves it readable.
    """

    def __init__(
        self,
        path: str | Path,
        rate: int = 48000,
        block_ms: int = 20,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Creates the file, under another name where there is one that holds something, such as
        from a session before this one. Raises AudioUnavailable when that is not possible."""
        path = _unused(Path(path))
        self.name = str(path)
        self.rate = rate
        self.channels = 1
        self.block_ms = float(block_ms)
        self.latency_ms = 0.0
        self.underruns = 0
        self.failed: str | None = None
        self._clock = clock
        self._queue = PlaybackQueue(rate, clock)
        self._block = memoryview(bytearray(2 * (rate * block_ms // 1000))).cast("h")
        self._begin_ns: int | None = None
        self._passed = 0
        self._file = self._create(path)
        self._save(b"")

    @property
    def written(self) -> int:
        return self._queue.written

    @property
    def consumed(self) -> int:
        self._catch_up()
        return self._queue.consumed

    @property
    def room(self) -> int:
        self._catch_up()
        return self._queue.room

    def start(self) -> None:
        self._begin_ns = self._clock()

    def write(self, pcm: npt.NDArray[np.int16]) -> int:
        self._catch_up()
        return self._queue.write(pcm)

    def flush(self) -> int:
        self._catch_up()
        return self._queue.flush()

    def hold(self, held: bool) -> None:
        self._catch_up()
        self._queue.hold(held)

    def played(self) -> list[Block]:
        self._catch_up()
        return self._queue.played()

    def heard_at(self, index: int) -> int | None:
        self._catch_up()
        return self._queue.heard_at(index)

    def close(self) -> None:
        self._catch_up()
        self._begin_ns = None
        self._file.close()

    def _catch_up(self) -> None:
        """Plays every block whose time has come."""
        if self._begin_ns is None:
            return
        due = (self._clock() - self._begin_ns) * self.rate // 1_000_000_000
        played = bytearray()
        # A block is taken when its first sample is due, as a device would take it.
        while self._passed <= due:
            at_ns = self._begin_ns + self._passed * 1_000_000_000 // self.rate
            self._queue.fill(self._block, at_ns)
            played += self._block
            self._passed += len(self._block)
        if played:
            self._save(played)

    def _save(self, played: bytes | bytearray) -> None:
        if self.failed is not None:
            return
        try:
            self._file.seek(0, 2)
            self._file.write(played)
            self._file.seek(0)
            self._file.write(wav_header(self.rate, self._passed))
        except OSError as error:
            self.failed = f"{self.name} cannot be written: {error.strerror}"

    @staticmethod
    def _create(path: Path) -> BinaryIO:
        try:
            # Unbuffered: what was played is in the kernel's hands, whatever becomes of us. A file
            # is new or empty, and no link to another's: what was checked may have changed since.
            flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            if not path.exists():
                flags |= os.O_CREAT | os.O_EXCL
            file = open(os.open(path, flags, 0o600), "r+b", buffering=0)
            file.write(bytes(HEADER_BYTES))
        except OSError as error:
            raise AudioUnavailable(
                f"{path} cannot be written: {error.strerror}", "name a file in a folder of yours"
            ) from error
        return file


def _unused(path: Path) -> Path:
    """`name.wav`, or `name.2.wav` and so on."""
    count, free = 1, path
    while free.is_file() and free.stat().st_size:
        count += 1
        free = path.with_name(f"{path.stem}.{count}{path.suffix}")
    return free
