"""G.711 mu-law and A-law by table (ITU-T Recommendation G.711).

Knows samples and bytes only. A table is built on first use (64 kB, half a millisecond), so that
a call in PCM never pays for it.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

_SAMPLES = np.arange(65536, dtype=np.uint16)
"""Every 16-bit pattern: as int16 it runs 0..32767, -32768..-1, which is how a table is indexed."""


def ulaw_encode(pcm: npt.NDArray[np.int16]) -> bytes:
    """`pcm`: int16, shape (n,). Gives n bytes, one a sample."""
    return _encode(_ulaw_encoder(), pcm)


def ulaw_decode(data: bytes) -> npt.NDArray[np.int16]:
    """n bytes to int16, shape (n,); every byte is valid."""
    return _decode(_ulaw_decoder(), data)


def alaw_encode(pcm: npt.NDArray[np.int16]) -> bytes:
    """`pcm`: int16, shape (n,). Gives n bytes, one a sample."""
    return _encode(_alaw_encoder(), pcm)


def alaw_decode(data: bytes) -> npt.NDArray[np.int16]:
    """n bytes to int16, shape (n,); every byte is valid."""
    return _decode(_alaw_decoder(), data)


def _encode(table: npt.NDArray[np.uint8], pcm: npt.NDArray[np.int16]) -> bytes:
    return table.take(np.ascontiguousarray(pcm, np.int16).view(np.uint16)).tobytes()


def _decode(table: npt.NDArray[np.int16], data: bytes) -> npt.NDArray[np.int16]:
    return table.take(np.frombuffer(data, np.uint8))


def _exponent(magnitude: npt.NDArray[np.int32], lowest: int) -> npt.NDArray[np.int32]:
    """The segment (chord) of a magnitude: how far its top bit lies above bit `lowest`."""
    steps = [magnitude >= 1 << (lowest + n) for n in range(1, 8)]
    segment: npt.NDArray[np.int32] = np.sum(steps, axis=0, dtype=np.int32)
    return segment


@cache
def _ulaw_encoder() -> npt.NDArray[np.uint8]:
    # Mu-law works on 14 bits: segments of width 2^n begin once 33 has been added (G.711 table 2).
    value = _SAMPLES.view(np.int16).astype(np.int32) >> 2
    negative = value < 0
    magnitude = np.minimum(np.where(negative, -value, value), 8158) + 33
    segment = _exponent(magnitude, 5)
    code = segment << 4 | (magnitude >> (segment + 1) & 0x0F)
    return (code ^ np.where(negative, 0x7F, 0xFF)).astype(np.uint8)


@cache
def _ulaw_decoder() -> npt.NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


@cache
def _alaw_encoder() -> npt.NDArray[np.uint8]:
    # A-law works on 13 bits, negative values in one's complement; even bits are inverted on the
    # line (0x55), and the sign bit is set for positive values (G.711 table 1).
    value = _SAMPLES.view(np.int16).astype(np.int32) >> 3
    negative = value < 0
    magnitude = np.where(negative, ~value, value)
    segment = _exponent(magnitude, 4)
    code = segment << 4 | (magnitude >> np.maximum(segment, 1) & 0x0F)
    return (code ^ np.where(negative, 0x55, 0xD5)).astype(np.uint8)


@cache
def _alaw_decoder() -> npt.NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = code >> 4 & 7
    step = (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, step + 0x108 << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
