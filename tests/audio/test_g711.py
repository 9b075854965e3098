"""Against CPython's own G.711 while it has one, and against the Recommendation's corner values."""

import sys
import warnings
from types import ModuleType

import numpy as np
import pytest

from tui.audio import g711

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_BYTE = bytes(range(256))


@pytest.fixture
def audioop() -> ModuleType:
    if sys.version_info >= (3, 13):
        pytest.skip("audioop left the standard library in Python 3.13")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return __import__("audioop")


def test_mulaw_is_bit_exact(audioop: ModuleType) -> None:
    assert g711.ulaw_encode(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE.tobytes(), 2)
    assert g711.ulaw_decode(EVERY_BYTE).tobytes() == audioop.ulaw2lin(EVERY_BYTE, 2)


def test_alaw_is_bit_exact(audioop: ModuleType) -> None:
    assert g711.alaw_encode(EVERY_SAMPLE) == audioop.lin2alaw(EVERY_SAMPLE.tobytes(), 2)
    assert g711.alaw_decode(EVERY_BYTE).tobytes() == audioop.alaw2lin(EVERY_BYTE, 2)


@pytest.mark.parametrize(
    ("sample", "ulaw", "alaw"),
    [(0, 0xFF, 0xD5), (-8, 0x7E, 0x55), (32767, 0x80, 0xAA), (-32768, 0x00, 0x2A)],
)
def test_corner_values(sample: int, ulaw: int, alaw: int) -> None:
    pcm = np.array([sample], np.int16)
    assert g711.ulaw_encode(pcm) == bytes([ulaw])
    assert g711.alaw_encode(pcm) == bytes([alaw])


@pytest.mark.parametrize(
    ("decode", "encode"),
    [(g711.ulaw_decode, g711.ulaw_encode), (g711.alaw_decode, g711.alaw_encode)],
)
def test_a_second_pass_loses_nothing(decode, encode) -> None:  # type: ignore[no-untyped-def]
    once = decode(EVERY_BYTE)
    assert np.array_equal(decode(encode(once)), once)


def test_nothing_gives_nothing() -> None:
    assert g711.ulaw_encode(EVERY_SAMPLE[:0]) == b""
    assert len(g711.alaw_decode(b"")) == 0


def test_samples_may_lie_apart() -> None:
    assert g711.ulaw_encode(EVERY_SAMPLE[::2]) == g711.ulaw_encode(EVERY_SAMPLE)[::2]
