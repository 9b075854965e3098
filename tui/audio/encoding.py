"""The encodings that audio has on the wire. Knows bytes and samples only."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tui.audio import g711

Samples = npt.NDArray[np.int16]


def pcm_encode(pcm: Samples) -> bytes:
    """int16, shape (n,), to 2n bytes: signed 16-bit little-endian."""
    return pcm.astype("<i2", copy=False).tobytes()


def pcm_decode(data: bytes) -> Samples:
    """2n bytes to int16, shape (n,). Raises ValueError when `data` is not whole samples."""
    return np.frombuffer(data, "<i2").astype(np.int16, copy=False)


_ENCODERS: dict[str, Callable[[Samples], bytes]] = {
    "pcm": pcm_encode,
    "ulaw": g711.ulaw_encode,
    "alaw": g711.alaw_encode,
}
_DECODERS: dict[str, Callable[[bytes], Samples]] = {
    "pcm": pcm_decode,
    "ulaw": g711.ulaw_decode,
    "alaw": g711.alaw_decode,
}


def encoder(encoding: str) -> Callable[[Samples], bytes]:
    """int16, shape (n,), to bytes. Raises ValueError for an encoding that is not known here."""
    _check(encoding)
    return _ENCODERS[encoding]


def decoder(encoding: str) -> Callable[[bytes], Samples]:
    """Bytes to int16, shape (n,). Raises ValueError for an encoding that is not known here."""
    _check(encoding)
    return _DECODERS[encoding]


def sample_bytes(encoding: str) -> int:
    """Bytes that one sample takes."""
    return 2 if encoding == "pcm" else 1


class Pieces:
    """A stream of bytes, cut anywhere, to samples: half a sample waits for its other half."""

    def __init__(self, encoding: str) -> None:
        """Raises ValueError for an encoding that is not known here."""
        self._decode = decoder(encoding)
        self._size = sample_bytes(encoding)
        self._odd = b""

    def decode(self, data: bytes) -> Samples:
        """int16, shape (n,): the whole samples so far."""
        data = self._odd + data
        whole = len(data) - len(data) % self._size
        self._odd = data[whole:]
        return self._decode(data[:whole])

    def clear(self) -> None:
        """Another stream begins."""
        self._odd = b""


def _check(encoding: str) -> None:
    if encoding not in _ENCODERS:
        raise ValueError(f"encoding is one of {', '.join(_ENCODERS)}, not {encoding!r}")
