"""WAV files: reading what others wrote, and the header of what we write.

Knows files and chunks; no time. What a sample is, `wav_format` says.
"""

import os
import stat
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tui.audio.files.wav_format import PCM, UNKNOWN_SIZES, WavFormat, is_padded
from tui.audio.ports import AudioUnavailable

HEADER_BYTES = 44
LARGEST = 0xFFFFFFFF


def wav_header(rate: int, samples: int, channels: int = 1) -> bytes:
    """The 44 bytes before so many 16-bit samples of each channel."""
    frame = 2 * channels
    size = min(frame * samples, (LARGEST - HEADER_BYTES) // frame * frame)
    return b"RIFF" + struct.pack(
        "<I4s4sIHHIIHH4sI",
        *(HEADER_BYTES - 8 + size, b"WAVE", b"fmt ", 16, PCM, channels, rate, frame * rate),
        *(frame, 16, b"data", size),
    )


class WavReader:
    """An open WAV file. Reads from disk as it goes, so that its length does not matter."""

    def __init__(self, path: Path, channel: int = 0) -> None:
        """Channel 1 is the first, 0 mixes all.

        Raises AudioUnavailable, saying what is wrong with the file and what to do.
        """
        self.path = path
        self._channel = channel
        self._file = self._open()
        try:
            self._format, self._left = self._find_data()
            self.rate, self.channels = self._format.rate, self._format.channels
            if channel > self.channels:
                raise AudioUnavailable(
                    f"{path} has no channel {channel}", f"set input_channel up to {self.channels}"
                )
        except BaseException:
            self._file.close()
            raise

    def read(self, count: int) -> npt.NDArray[np.int16]:
        """The next `count` samples, mono, shape (n,); fewer only at the end."""
        wanted = min(count * self._format.frame, self._left)
        data = self._file.read(wanted)
        self._left = self._left - len(data) if len(data) == wanted else 0
        return self._format.mono(data, self._channel)

    @property
    def opposite(self) -> bool:
        """Its channels are each other upside down, and are mixed."""
        return self._format.phase.opposite

    def close(self) -> None:
        self._file.close()

    def _open(self) -> BinaryIO:
        try:
            # Asked first: opening a pipe would wait for its other end.
            mode = self.path.stat().st_mode
            if not stat.S_ISREG(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
                raise AudioUnavailable(f"{self.path} is {what}", "name a WAV file")
            return self.path.open("rb")
        except OSError as error:
            raise AudioUnavailable(
                f"{self.path} cannot be read: {error.strerror}", "name a WAV file that exists"
            ) from error

    def _find_data(self) -> tuple[WavFormat, int]:
        """Reads up to the first sample; also how many bytes of samples there are.

        Chunks that we do not know are passed over. RF64 is WAV beyond 4 GB: the true size is in a
        chunk of its own, before all others (EBU Tech 3306).
        """
        riff = self._file.read(12)
        if len(riff) < 12 or riff[:4] not in (b"RIFF", b"RF64") or riff[8:] != b"WAVE":
            raise self._not_wav("it does not begin as one")
        form: WavFormat | None = None
        large = 0
        while len(head := self._file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"data" and form is not None:
                size = large if large and size == LARGEST else size
                there = os.fstat(self._file.fileno()).st_size - self._file.tell()
                left = there if size in UNKNOWN_SIZES else min(size, there)
                if left < form.frame:
                    raise self._not_wav("it holds no samples")
                return form, left
            content = self._file.read(min(size, 64)) if name in (b"fmt ", b"ds64") else b""
            if name == b"fmt ":
                try:
                    form = WavFormat(content)
                except ValueError as error:
                    raise self._not_wav(str(error)) from error
            elif len(content) >= 16:
                (large,) = struct.unpack_from("<Q", content, 8)
            self._file.seek(size - len(content), 1)
            if size % 2:
                following = self._file.read(5)
                self._file.seek(is_padded(following) - len(following), 1)
        raise self._not_wav("it holds no samples" if form else "its format is not described")

    def _not_wav(self, why: str) -> AudioUnavailable:
        return AudioUnavailable(
            f"{self.path} is not a WAV file that can be played: {why}",
            f"convert it with: ffmpeg -i {self.path} -c:a pcm_s16le out.wav",
        )
