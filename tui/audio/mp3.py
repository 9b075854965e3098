"""MP3 as it streams: pieces of replies, cut anywhere, become samples.

Knows PyAV, imported when first needed: it is a large extra that few calls need, and 0.2 s away.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tui.audio.ports import Reply

Samples = npt.NDArray[np.int16]

ADVICE = 'pip install "voicescope[mp3]"'
IDLE_NS = 300_000_000
"""A reply of which nothing came for so long gives up its last frame, which waits for the next."""


class Mp3Missing(Exception):
    """There is no decoder; the text says what to install."""


class Mp3Decoder:
    """One stream. Frames that are broken are left out, as if they had not come."""

    def __init__(self, rate: int) -> None:
        """`rate`: Hz of what comes out. Raises Mp3Missing."""
        try:
            import av  # noqa: PLC0415  large, and an extra
        except ImportError as error:
            raise Mp3Missing(ADVICE) from error
        self._av: Any = av
        self._codec: Any = av.CodecContext.create("mp3", "r")
        self._resampler: Any = av.AudioResampler(format="s16", layout="mono", rate=rate)

    def feed(self, data: bytes) -> Samples:
        """int16, mono, shape (n,), at the decoder's rate: what is whole by now."""
        return self._decode(self._codec.parse(data))

    def drain(self) -> Samples:
        """What was still held; nothing may follow."""
        rest = self._decode([*self._codec.parse(None), None])
        return np.concatenate([rest, *self._converted(None)])

    def _decode(self, packets: list[Any]) -> Samples:
        parts: list[Samples] = []
        for packet in packets:
            try:
                frames = self._codec.decode(packet)
            except (self._av.error.FFmpegError, EOFError):
                continue
            for frame in frames:
                parts += self._converted(frame)
        return np.concatenate(parts) if parts else np.empty(0, np.int16)

    def _converted(self, frame: Any) -> list[Samples]:
        return [part.to_ndarray().reshape(-1) for part in self._resampler.resample(frame)]


class Mp3Library:
    """Gets PyAV on a thread: where its import is waited for, nothing else goes on."""

    def __init__(self) -> None:
        self._loading: threading.Thread | None = None

    def begin(self) -> None:
        """At the first sign of MP3; returns at once."""
        if self._loading is None and not self.ready:
            self._loading = threading.Thread(target=self._load, name="mp3", daemon=True)
            self._loading.start()

    @property
    def ready(self) -> bool:
        """A decoder can be made without a wait; or there is none, which it then says."""
        if self._loading is None:
            return "av" in sys.modules
        return not self._loading.is_alive()

    @staticmethod
    def _load() -> None:
        with contextlib.suppress(Exception):  # whoever needs a decoder hears of it
            Mp3Decoder(16_000)


LIBRARY = Mp3Library()
"""A process imports it once."""


class Mp3Replies:
    """One decoder for each reply in turn: a reply's stream begins anew."""

    def __init__(self, rate: int, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._rate = rate
        self._clock = clock
        self._reply: Reply | None = None
        self._decoder: Mp3Decoder | None = None
        self._came_ns = 0

    def feed(self, reply: Reply, data: bytes) -> list[tuple[Reply, Samples]]:
        """Samples by reply: maybe the end of the one before, then this one's. Mp3Missing."""
        parts = self._end() if reply != self._reply else []
        self._reply, self._came_ns = reply, self._clock()
        if self._decoder is None:
            self._decoder = Mp3Decoder(self._rate)
        return [*parts, (reply, self._decoder.feed(data))]

    def due(self) -> list[tuple[Reply, Samples]]:
        """To be asked regularly: the end of a reply that seems to be over."""
        if self._decoder is None or self._clock() - self._came_ns < IDLE_NS:
            return []
        return self._end()

    def forget(self) -> None:
        """What is held is not wanted any more."""
        self._decoder = None

    def _end(self) -> list[tuple[Reply, Samples]]:
        decoder, self._decoder = self._decoder, None
        return [(self._reply, decoder.drain())] if decoder and self._reply is not None else []
