"""The sound devices of another machine as ports of this one, through a bridge's Unix socket.

Knows samples and what becomes of them at the far end; neither the socket nor the devices.

Theory of operation of the speaker. Samples wait here and are sent AHEAD_MS and two round trips
before their time, so that a flush has little to overtake. A flush waits for the far end's word of
what its converter was given, FLUSH_LIMIT_S at most, which is one round trip of a bridge that works.
"""

import threading
import time
from collections import deque

import numpy as np
import numpy.typing as npt

from tui.audio.bridge.link import BridgePort
from tui.audio.bridge.wire import (
    ONE,
    PIECE,
    TIMED,
    BridgeFrame,
    Device,
    Kind,
    Side,
    encode,
)
from tui.audio.ports import Block

AHEAD_MS = 160
CAPACITY_S = 10
QUEUED = 2048
"""Blocks and pieces that are kept for who asks."""
FRESH_NS = 2_000_000_000
FLUSH_LIMIT_S = 0.3
PIECE_MS = 20


class BridgeMicrophone(BridgePort):
    """A Source at the other end of a bridge."""

    side = Side.INPUT
    _blocks: deque[Block]

    @property
    def overruns(self) -> int:
        return self._lost

    def read(self) -> list[Block]:
        with self._lock:
            blocks, self._blocks = self._blocks, deque(maxlen=QUEUED)
        oldest_ns = time.monotonic_ns() - FRESH_NS
        near = [Block(block.pcm, self._clock.near_ns(block.capture_ns)) for block in blocks]
        fresh = [block for block in near if block.capture_ns >= oldest_ns]
        self._lost += len(near) - len(fresh)
        return fresh

    def _prepare(self, opened: Device) -> None:
        super()._prepare(opened)
        self._lost = 0
        self._next = 0
        self._blocks = deque(maxlen=QUEUED)

    def _handle(self, frame: BridgeFrame) -> None:
        if frame.kind != Kind.MIC:
            return
        index, at_ns = TIMED.unpack_from(frame.data)
        pcm = np.frombuffer(frame.data, "<i2", offset=TIMED.size).astype(np.int16)
        with self._lock:
            self._lost += index > self._next
            self._next = index + len(pcm)
            self._blocks.append(Block(pcm, at_ns))
        self._send(encode(Kind.TAKEN, self.side, ONE.pack(self._next)))


class BridgeSpeaker(BridgePort):
    """A Sink at the other end of a bridge."""

    side = Side.OUTPUT
    written: int
    consumed: int
    underruns: int
    _pieces: deque[tuple[int, int, int]]
    _given: deque[Block]
    _answered: threading.Condition
    _flushing: int
    _stop: int | None

    @property
    def room(self) -> int:
        return len(self._ring) - (self.written - self.consumed)

    def write(self, pcm: npt.NDArray[np.int16]) -> int:
        with self._lock:
            index = self.written
            if len(pcm) > self.room:
                raise ValueError(f"{len(pcm)} samples do not fit: there is room for {self.room}")
            self._ring[np.arange(index, index + len(pcm)) % len(self._ring)] = pcm
            self.written += len(pcm)
        self._tick()
        return index

    def flush(self) -> int:
        with self._answered:
            self._flushing += 1
            self._stop = None
            self._sent = self.written
            self._send(encode(Kind.FLUSH, self.side, ONE.pack(self._flushing)))
            deadline = time.monotonic() + FLUSH_LIMIT_S
            while self._stop is None and not self.failed:
                if not self._answered.wait(max(0.0, deadline - time.monotonic())):
                    break
            # Without an answer only what was told before is known to have been heard.
            stop = self.consumed if self._stop is None else self._stop
            dropped = self.written - max(stop, self.consumed)
            self.consumed = self.written
            return dropped

    def hold(self, held: bool) -> None:
        self._send(encode(Kind.HOLD, self.side, ONE.pack(held)))

    def played(self) -> list[Block]:
        with self._lock:
            blocks, self._given = self._given, deque(maxlen=QUEUED)
        return [Block(block.pcm, self._clock.near_ns(block.capture_ns)) for block in blocks]

    def heard_at(self, index: int) -> int | None:
        with self._lock:
            for first, size, at_ns in reversed(self._pieces):
                if index >= first:
                    if index >= first + size:
                        return None
                    far_ns = at_ns + (index - first) * 1_000_000_000 // self.rate
                    return self._clock.near_ns(far_ns)
        return None

    def _prepare(self, opened: Device) -> None:
        super()._prepare(opened)
        self.written = self.consumed = self.underruns = 0
        self._sent = 0
        self._ring = np.zeros(self.rate * CAPACITY_S, np.int16)
        self._pieces = deque(maxlen=QUEUED)
        self._given = deque(maxlen=QUEUED)
        self._told_ns = 0
        self._answered = threading.Condition(self._lock)
        self._flushing = 0
        self._stop = None

    def _tick(self) -> None:
        """Send what is due before long."""
        with self._lock:
            ahead_ms = AHEAD_MS + 2 * (self._clock.round_trip_ms or 0.0)
            end = min(self.written, self.consumed + round(self.rate * ahead_ms / 1000))
            while self._sent < end:
                index = self._sent
                self._sent = min(end, index + self.rate * PIECE_MS // 1000)
                pcm = self._samples(index, self._sent)
                data = ONE.pack(index) + pcm.astype("<i2").tobytes()
                self._send(encode(Kind.OUT, self.side, data))

    def _handle(self, frame: BridgeFrame) -> None:
        if frame.kind == Kind.PLAYED:
            with self._lock:
                self._on_played(*PIECE.unpack(frame.data))
        elif frame.kind == Kind.FLUSHED:
            number, stop = TIMED.unpack(frame.data)
            with self._answered:
                if number == self._flushing:
                    self._stop = stop
                    self._answered.notify_all()

    def _on_played(self, first: int, size: int, at_ns: int, until_ns: int, underruns: int) -> None:
        self.underruns = underruns
        if size:
            self._silent(at_ns)
            self._pieces.append((first, size, at_ns))
            self._given.append(Block(self._samples(first, first + size), at_ns))
            self._told_ns = at_ns + size * 1_000_000_000 // self.rate
            self.consumed = max(self.consumed, first + size)
        self._silent(until_ns)

    def _silent(self, until_ns: int) -> None:
        """Nothing was played since what was told last."""
        missing = (until_ns - self._told_ns) * self.rate // 1_000_000_000 if self._told_ns else 0
        if missing > self.rate // 1000:
            most = min(missing, self.rate)
            self._given.append(Block(np.zeros(most, np.int16), self._told_ns))
            self._told_ns = until_ns
        self._told_ns = self._told_ns or until_ns

    def _samples(self, first: int, end: int) -> npt.NDArray[np.int16]:
        """Of the ring, which holds them until they are consumed."""
        pcm: npt.NDArray[np.int16] = self._ring[np.arange(first, end) % len(self._ring)]
        return pcm
