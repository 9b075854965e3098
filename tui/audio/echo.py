"""Takes the agent's voice out of what the microphone hears, for those without a headset.

Knows samples and times; no device, no session. Both ways are fed with what the speaker really
played: the times at the two converters say which of it can be in a captured block.

Theory of operation of the canceller. WebRTC's AEC3 finds the way from speaker to microphone by
itself, if it is given what was played *before* its echo. Played samples lie in a ring by their
time, LEAD_MS early: a driver's times may be that wrong, and the canceller bears more delay but no
negative one. Both streams are counted, not stamped anew with each block, for a jump of a few
samples would make it learn again; only what is off by RESYNC_MS is moved.
"""

import importlib
from collections import deque
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tui.audio.level import dbfs
from tui.audio.ports import AudioUnavailable, Block
from tui.audio.resample import Resampler

Samples = npt.NDArray[np.int16]

FRAME_MS = 10
LEAD_MS = 40
RESYNC_MS = 30
KEPT_S = 4
"""Of what was played; a captured block that is older is of no use anyway."""

AUDIBLE_DBFS = -55.0
HANG_OVER_NS = 300_000_000
"""A room rings on, and a loudspeaker's times are not exact."""

INSTALL = 'pip install "voicescope[audio]", or set audio.echo = "gate"'


class EchoRemover(Protocol):
    """What is played goes in first, then what was captured."""

    def played(self, block: Block, rate: int) -> None:
        """What the speaker was given, at `rate` Hz; before `remove` of what hears it."""

    def remove(self, block: Block, rate: int) -> Block:
        """`block`, captured at `rate` Hz, without the echo: of the same length and time."""


class EchoGate:
    """Half duplex: the microphone is silent while the agent is heard, and a moment longer."""

    def __init__(self) -> None:
        self._heard: deque[tuple[int, int]] = deque(maxlen=1024)

    def played(self, block: Block, rate: int) -> None:
        if dbfs(block.pcm) > AUDIBLE_DBFS:
            end_ns = block.capture_ns + len(block.pcm) * 1_000_000_000 // rate
            self._heard.append((block.capture_ns, end_ns + HANG_OVER_NS))

    def remove(self, block: Block, rate: int) -> Block:
        end_ns = block.capture_ns + len(block.pcm) * 1_000_000_000 // rate
        while self._heard and self._heard[0][1] < block.capture_ns:
            self._heard.popleft()
        if not any(begin < end_ns for begin, _ in self._heard):
            return block
        return Block(np.zeros_like(block.pcm), block.capture_ns)


class EchoCanceller:
    """Full duplex, by pywebrtc-audio. Raises AudioUnavailable where that is not installed."""

    def __init__(self) -> None:
        try:
            self._webrtc: Any = importlib.import_module("pywebrtc_audio")
        except ImportError as error:
            raise AudioUnavailable("echo cancellation is not installed", INSTALL) from error
        self._rate = 0
        self._far = _Played(0)
        self._aec: Any = None
        self._next = 0
        self._captured = np.empty(0, np.int16)
        self._clean = np.empty(0, np.int16)

    def played(self, block: Block, rate: int) -> None:
        self._far.add(block, rate)

    def remove(self, block: Block, rate: int) -> Block:
        if rate != self._rate:
            self._begin(rate)
        due = self._far.index(block.capture_ns) - len(self._captured)
        if abs(due - self._next) > rate * RESYNC_MS // 1000:
            self._next = due
        self._captured = np.concatenate([self._captured, block.pcm])
        parts = [self._clean]
        while len(self._captured) >= self._size:
            near, self._captured = self._captured[: self._size], self._captured[self._size :]
            far = self._far.samples(self._next + self._lead, self._size)
            parts.append(self._aec.process(np.ascontiguousarray(near), far))
            self._next += self._size
        clean = np.concatenate(parts)
        # Blocks that are no whole frames come out a frame later, once and for all.
        missing = np.zeros(max(0, len(block.pcm) - len(clean)), np.int16)
        clean = np.concatenate([missing, clean])
        self._clean = clean[len(block.pcm) :]
        return Block(clean[: len(block.pcm)], block.capture_ns)

    def _begin(self, rate: int) -> None:
        self._rate = rate
        self._size = rate * FRAME_MS // 1000
        self._lead = rate * LEAD_MS // 1000
        self._far = _Played(rate)
        self._aec = self._webrtc.AudioProcessor(
            sample_rate=rate, echo_cancellation=True, stream_delay_ms=LEAD_MS
        )
        self._captured = np.empty(0, np.int16)
        self._clean = np.empty(0, np.int16)
        self._next = 0


class _Played:
    """What was played in the last seconds, by time, at `rate` Hz; 0 keeps nothing."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._ring = np.zeros(max(1, rate * KEPT_S), np.int16)
        self._end = 0
        self._resampler: Resampler | None = None

    def index(self, at_ns: int) -> int:
        return at_ns * self._rate // 1_000_000_000

    def add(self, block: Block, rate: int) -> None:
        if not self._rate:
            return
        due = self.index(block.capture_ns)
        if self._resampler is None or self._resampler.rate_in != rate:
            self._resampler = Resampler(rate, self._rate, "fast")
            self._end = due
        elif abs(due - self._end) > self._rate * RESYNC_MS // 1000:
            self._resampler.reset()
            self._clear(self._end, due)
            self._end = due
        pcm = self._resampler.process(block.pcm)
        self._ring[np.arange(self._end, self._end + len(pcm)) % len(self._ring)] = pcm
        self._end += len(pcm)

    def samples(self, first: int, count: int) -> Samples:
        """From index `first` on; silence where nothing is known."""
        places = np.arange(first, first + count)
        known = (places < self._end) & (places >= self._end - len(self._ring))
        pcm: Samples = np.where(known, self._ring[places % len(self._ring)], 0).astype(np.int16)
        return pcm

    def _clear(self, first: int, end: int) -> None:
        if 0 < end - first < len(self._ring):
            self._ring[np.arange(first, end) % len(self._ring)] = 0
        elif end > first:
            self._ring[:] = 0
