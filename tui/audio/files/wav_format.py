"""What the "fmt " chunk of a WAV says of its samples, and those samples as mono int16.

Knows bytes; no file. PCM of 8 to 32 bits, 32/64-bit float, u-law and A-law, any channels.
(RIFF/WAVE as in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" and
WAVEFORMATEXTENSIBLE.)
"""

import struct

import numpy as np
import numpy.typing as npt

from tui.audio.encoding import decoder
from tui.audio.files.phase import Phase

PCM, FLOAT, ALAW, ULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
WIDTHS = {PCM: (1, 2, 3, 4), FLOAT: (4, 8), ALAW: (1,), ULAW: (1,)}
G711 = {ALAW: "alaw", ULAW: "ulaw"}
UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""Of a data chunk: whoever was killed, or wrote to a pipe, left no true size."""
CHUNKS = (b"data", b"fmt ", b"fact", b"LIST", b"id3 ", b"bext", b"cue ", b"smpl", b"JUNK")
RATES = range(1000, 768_001)
MOST_CHANNELS = 64


class WavFormat:
    """`rate` in Hz; `frame` is the bytes of one sample of every channel."""

    def __init__(self, fmt: bytes) -> None:
        """Raises ValueError, saying what is wrong."""
        if len(fmt) < 16:
            raise ValueError("its description is cut short")
        self.channels: int
        self.rate: int
        self.frame: int
        kind, self.channels, self.rate, _, self.frame, bits = struct.unpack_from("<HHIIHH", fmt)
        if kind == EXTENSIBLE and len(fmt) >= 26:
            # The first two bytes of the sub-format's GUID are the plain format code.
            (kind,) = struct.unpack_from("<H", fmt, 24)
        if not 0 < self.channels <= MOST_CHANNELS or self.rate not in RATES:
            raise ValueError(f"{self.channels} channels at {self.rate} Hz make no sense")
        self._kind = kind
        self.phase = Phase()
        self._width = _width(kind, bits, self.frame / self.channels)
        self.frame = self._width * self.channels
        if not self._width:
            raise ValueError(f"its samples (format {kind}, {bits} bits) are not plain PCM or G.711")

    def mono(self, data: bytes, channel: int = 0) -> npt.NDArray[np.int16]:
        """int16, shape (n,): `channel`, 1 the first, 0 all mixed; a part of a frame is dropped."""
        whole = len(data) // self.frame * self.frame
        wave = self._decode(data[:whole]).reshape(-1, self.channels)
        mono = wave[:, channel - 1] if channel else wave.mean(axis=1)
        if not channel:
            self.phase.feed(wave, mono)
        result: npt.NDArray[np.int16] = np.clip(np.rint(mono), -32768, 32767).astype(np.int16)
        return result

    def _decode(self, data: bytes) -> npt.NDArray[np.float32]:
        """Bytes to the int16 scale, channels still interleaved."""
        wave: npt.NDArray[np.float32]
        if self._kind in G711:
            wave = decoder(G711[self._kind])(data).astype(np.float32)
        elif self._kind == FLOAT:
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


def _width(kind: int, bits: int, said: float) -> int:
    """Bytes of a sample; 0 where it is none that we know. Bits tell, for some programs write a
    wrong block alignment; but 24 of them may lie in 32, and some write none."""
    widths = WIDTHS.get(kind, ())
    if said in widths and ((said == 4 and bits in (0, 20, 24)) or not bits):
        return int(said)
    told = (bits + 7) // 8
    return told if told in widths else 0


def is_padded(following: bytes) -> bool:
    """After a chunk of odd size: the five bytes begin with one that pads it, as they should, or
    with the next chunk's name, as some programs have it."""
    name = following[:4]
    return following[1:5] in CHUNKS or not (len(name) == 4 and all(32 <= c < 127 for c in name))
