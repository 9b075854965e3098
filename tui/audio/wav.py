"""The WAV format: reading what others wrote, and the header of what we write.

Knows bytes and samples; no time. Reads PCM of 8 to 32 bits and 32/64-bit float, any channels.
(RIFF/WAVE as in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" and
WAVEFORMATEXTENSIBLE.)
"""

import stat
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tui.audio.ports import AudioUnavailable

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
HEADER_BYTES = 44
LARGEST = 0xFFFFFFFF
RATES = range(1000, 768_001)
MOST_CHANNELS = 64


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
        self.rate = 0
        self.channels = 0
        self._frame = 0
        self._left = 0
        self._file = self._open()
        try:
            self._find_data()
            if channel > self.channels:
                raise AudioUnavailable(
                    f"{path} has no channel {channel}", f"set input_channel up to {self.channels}"
                )
        except BaseException:
            self._file.close()
            raise

    def read(self, count: int) -> npt.NDArray[np.int16]:
        """The next `count` samples, mono, shape (n,); fewer only at the end."""
        wanted = min(count * self._frame, self._left)
        data = self._file.read(wanted)
        self._left = self._left - len(data) if len(data) == wanted else 0
        whole = len(data) // self._frame * self._frame
        wave = self._decode(data[:whole]).reshape(-1, self.channels)
        mono = wave[:, self._channel - 1] if self._channel else wave.mean(axis=1)
        result: npt.NDArray[np.int16] = np.clip(np.rint(mono), -32768, 32767).astype(np.int16)
        return result

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

    def _find_data(self) -> None:
        """Reads up to the first sample; chunks that we do not know are passed over."""
        riff = self._file.read(12)
        if len(riff) < 12 or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
            raise self._not_wav("it does not begin as one")
        described = False
        while len(head := self._file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"fmt ":
                self._read_format(self._file.read(min(size, 64)))
                self._file.seek(size - min(size, 64) + size % 2, 1)
                described = True
            elif name == b"data" and described:
                # A recorder that was killed or wrote to a pipe left no true size: to the end then.
                self._left = size if size not in (0, LARGEST) else 1 << 62
                return
            else:
                self._file.seek(size + size % 2, 1)
        raise self._not_wav("it holds no samples" if described else "its format is not described")

    def _read_format(self, fmt: bytes) -> None:
        if len(fmt) < 16:
            raise self._not_wav("its description is cut short")
        kind, self.channels, self.rate, _, self._frame, bits = struct.unpack_from("<HHIIHH", fmt)
        if kind == EXTENSIBLE and len(fmt) >= 26:
            # The first two bytes of the sub-format's GUID are the plain format code.
            (kind,) = struct.unpack_from("<H", fmt, 24)
        if not 0 < self.channels <= MOST_CHANNELS or self.rate not in RATES:
            raise self._not_wav(f"{self.channels} channels at {self.rate} Hz make no sense")
        self._width = self._frame // self.channels
        self._float = kind == FLOAT
        widths = {PCM: (1, 2, 3, 4), FLOAT: (4, 8)}.get(kind, ())
        if self._width not in widths or bits > 8 * self._width or self._frame % self.channels:
            raise self._not_wav(f"its samples (format {kind}, {bits} bits) are not plain PCM")

    def _decode(self, data: bytes) -> npt.NDArray[np.float32]:
        """Bytes to the int16 scale, channels still interleaved."""
        wave: npt.NDArray[np.float32]
        if self._float:
            real = np.frombuffer(data, f"<f{self._width}")
            wave = np.nan_to_num(np.clip(real, -1, 1) * 32767).astype(np.float32)
        elif self._width == 1:
            wave = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) * 256
        elif self._width == 2:
            wave = np.frombuffer(data, "<i2").astype(np.float32)
        else:
            # The two upper bytes of 24 and 32 bits: what lies below int16 is not kept.
            upper = np.frombuffer(data, np.uint8).reshape(-1, self._width)[:, -2:]
            wave = np.ascontiguousarray(upper).view("<i2")[:, 0].astype(np.float32)
        return wave

    def _not_wav(self, why: str) -> AudioUnavailable:
        return AudioUnavailable(
            f"{self.path} is not a WAV file that can be played: {why}",
            f"convert it with: ffmpeg -i {self.path} -c:a pcm_s16le out.wav",
        )
