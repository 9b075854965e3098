"""Recorded sound for others: FLAC, Ogg/Vorbis and Ogg/Opus through a library, a second at a time.

Knows samples and files; no journal. Needs soundfile, with its libsndfile, for all but WAV.
"""

import contextlib
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tui.audio.ports import AudioUnavailable
from tui.audio.resample import Resampler

Samples = npt.NDArray[np.int16]

FORMATS = {".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS"), ".opus": ("OGG", "OPUS")}
OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
OPUS_RATE = 48_000
INSTALL = 'pip install "voicescope[audio]"'


class _Disk:
    """A new private file for the library, which takes a failure to write for a bug of its own: it
    is kept here, for who asks."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = open(os.open(path, flags, 0o600), "w+b", buffering=0)
        self.error: OSError | None = None
        self.read = self._file.read
        self.seek = self._file.seek
        self.tell = self._file.tell
        self.close = self._file.close

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        try:
            while view and self.error is None:
                view = view[self._file.write(view) or 0 :]
        except OSError as error:
            self.error = error
        return len(data)

    def check(self) -> None:
        """Raises OSError when something could not be written."""
        if self.error is not None:
            raise self.error


class EncodedTrack:
    """A new private file in the format that its name says. A Track of `recording`."""

    def __init__(
        self, path: Path, rate: int, channels: int, compression: float | None = None
    ) -> None:
        """`compression`: 0 to 1, None for the library's usual. Raises AudioUnavailable without the
        library, OSError when there is such a file."""
        library = _library()
        format_, subtype = FORMATS[path.suffix.lower()]
        opus = subtype == "OPUS" and rate not in OPUS_RATES
        self._resamplers = (
            [Resampler(rate, OPUS_RATE, "medium") for _ in range(channels)] if opus else []
        )
        self._path = path
        self._file = _Disk(path)
        self._sound: Any = None
        try:
            self._sound = library.SoundFile(
                self._file,
                "w",
                OPUS_RATE if opus else rate,
                channels,
                format=format_,
                subtype=subtype,
                compression_level=compression,
            )
        except RuntimeError as error:
            self.abandon()
            raise AudioUnavailable(f"{path.name} cannot be encoded: {error}", INSTALL) from error

    def write(self, at: int, pcm: Samples) -> None:
        """One piece after another: `at` is not needed. Raises OSError."""
        if self._resamplers:
            sides = [r.process(np.ascontiguousarray(pcm[:, n])) for n, r in self._all]
            pcm = np.stack(sides, axis=1)
        self._append(pcm)

    def close(self) -> None:
        """Raises OSError: only now is all of it written."""
        if self._resamplers:
            self._append(np.stack([r.drain() for r in self._resamplers], axis=1))
        try:
            self._sound.close()
        except RuntimeError as error:
            raise OSError(None, str(error)) from error
        self._file.check()
        self._file.close()

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.error = self._file.error or OSError()  # the library still wants to write
        if self._sound is not None:
            with contextlib.suppress(RuntimeError):
                self._sound.close()
        self._file.close()
        self._path.unlink(missing_ok=True)

    @property
    def _all(self) -> list[tuple[int, Resampler]]:
        return list(enumerate(self._resamplers))

    def _append(self, pcm: Samples) -> None:
        try:
            self._sound.write(pcm)
        except RuntimeError as error:
            raise OSError(None, str(error)) from error
        self._file.check()


def encode(
    source: Path, target: Path, progress: Callable[[float], object] = lambda done: None
) -> float:
    """The sound file `source` in the format of `target`'s name; how many seconds that were.
    `progress` takes how much is done, from 0 to 1.

    Raises AudioUnavailable or OSError, and leaves no file then.
    """
    library = _library()
    try:
        with source.open("rb") as file, library.SoundFile(file) as sound:
            track = EncodedTrack(target, sound.samplerate, sound.channels)
            try:
                done = 0
                while len(pcm := sound.read(sound.samplerate, dtype="int16", always_2d=True)):
                    track.write(done, pcm)
                    done += len(pcm)
                    progress(done / max(done, sound.frames))
                track.close()
            except BaseException:
                with contextlib.suppress(OSError):
                    track.abandon()
                raise
            return float(done / sound.samplerate)
    except RuntimeError as error:
        raise AudioUnavailable(
            f"{source} is no sound that can be read: {error}", "give a WAV file"
        ) from error


def _library() -> Any:
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError) as error:
        names = ", ".join(FORMATS)
        raise AudioUnavailable(f"{names} need a library that is not installed", INSTALL) from error
