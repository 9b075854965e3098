"""The sound devices of another machine as ports of this one, through a bridge's Unix socket.

Knows the bridge's frames and one socket for each side; neither ssh nor the devices. Each port has a
thread that reads; what it tells is by this machine's clock.

Theory of operation of the speaker. Samples wait here and are sent AHEAD_MS and two round trips
before their time, so that a flush has little to overtake. A flush waits for the far end's word of
what its converter was given, FLUSH_LIMIT_S at most, which is one round trip of a bridge that works.
"""

import contextlib
import select
import socket
import threading
import time
from collections import deque

import msgspec
import numpy as np
import numpy.typing as npt

from tui.audio.bridge_clock import FarClock
from tui.audio.bridge_wire import (
    ONE,
    PIECE,
    TIMED,
    BadFrame,
    Device,
    Frame,
    Frames,
    Kind,
    Side,
    Trouble,
    Wish,
    encode,
    encode_json,
)
from tui.audio.ports import AudioUnavailable, Block

CONNECT_S = 2.0
SEND_S = 0.3
"""A socket that takes nothing for so long has nobody behind it."""
OPEN_S = 6.0
"""For the far end's sound server, and the way there and back."""
SILENT_S = 3.0
"""A bridge that answers no ping for so long is broken."""
PING_S = 0.25
FIRST_PINGS = 5
TICK_S = 0.01
AHEAD_MS = 160
CAPACITY_S = 10
QUEUED = 2048
"""Blocks and pieces that are kept for who asks."""
FRESH_NS = 2_000_000_000
FLUSH_LIMIT_S = 0.3
PIECE_MS = 20

NO_BRIDGE = "run on the machine with the headset: voicescope bridge THIS-HOST"


class _BridgePort:
    """One side of a bridge, open from the beginning. Raises AudioUnavailable."""

    side: Side

    def __init__(self, path: str, device: str = "", block_ms: int = 20) -> None:
        self.failed: str | None = None
        self._clock = FarClock()
        self._frames = Frames()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._closed = False
        self._answer_ns = time.monotonic_ns()
        self._pinged_ns = 0
        self._socket = _connect(path)
        try:
            wish = Wish(device=device, block_ms=block_ms)
            self._send(encode_json(Kind.OPEN, self.side, wish))
            opened = self._await_opened()
            self._prepare(opened)
            self._await_clock()
        except BaseException:
            self._socket.close()
            raise
        self.name = f"{opened.name} (bridge)"
        self.channels = opened.channels
        self.block_ms = opened.block_ms
        self.latency_ms = opened.latency_ms
        threading.Thread(target=self._run, name=f"bridge {self.side}", daemon=True).start()

    rate: int

    @property
    def round_trip_ms(self) -> float | None:
        """To the machine with the devices and back."""
        return self._clock.round_trip_ms

    def start(self) -> None:
        """It runs since it is open."""

    def close(self) -> None:
        if self._closed:
            return
        self._send(encode(Kind.CLOSE, self.side))
        self._closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _prepare(self, opened: Device) -> None:
        self.rate = opened.rate

    def _handle(self, frame: Frame) -> None:
        """A frame that is about samples; called in the thread."""
        raise NotImplementedError

    def _tick(self) -> None:
        """Called in the thread every few ms."""

    def _send(self, data: bytes) -> None:
        if self._closed or self.failed:
            return
        try:
            with self._sending:
                self._socket.sendall(data)
        except OSError as error:
            self._fail(f"the bridge ended: {error.strerror or error}")

    def _fail(self, reason: str) -> None:
        if not self._closed:
            self.failed = self.failed or reason

    # ── before the thread ──

    def _await_opened(self) -> Device:
        for frame in self._until(OPEN_S):
            if frame.kind == Kind.OPENED:
                return msgspec.json.decode(frame.data, type=Device)
            if frame.kind == Kind.FAILED:
                trouble = msgspec.json.decode(frame.data, type=Trouble)
                raise AudioUnavailable(trouble.reason, trouble.advice)
        raise AudioUnavailable("the bridge does not answer", NO_BRIDGE)

    def _await_clock(self) -> None:
        for _ in range(FIRST_PINGS):
            self._ping()
            for frame in self._until(1.0):
                if frame.kind == Kind.PONG:
                    self._on_pong(frame)
                    break
                self._handle(frame)
        if not self._clock.known:
            raise AudioUnavailable("the bridge does not answer", NO_BRIDGE)

    def _until(self, seconds: float) -> "list[Frame] | _Incoming":
        return _Incoming(self._socket, self._frames, seconds)

    # ── in the thread ──

    def _run(self) -> None:
        try:
            while not self._closed and not self.failed:
                if select.select([self._socket], [], [], TICK_S)[0]:
                    data = self._socket.recv(1 << 16)
                    if not data:
                        self._fail("the bridge ended")
                    for frame in self._frames.feed(data):
                        self._on_frame(frame)
                self._watch()
                self._tick()
        except (OSError, ValueError, BadFrame, msgspec.DecodeError) as error:
            self._fail(f"the bridge ended: {error}")
        finally:
            self._socket.close()

    def _on_frame(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.PONG:
                self._on_pong(frame)
            case Kind.FAILED:
                self._fail(msgspec.json.decode(frame.data, type=Trouble).reason)
            case _:
                self._handle(frame)

    def _on_pong(self, frame: Frame) -> None:
        sent_ns, far_ns = TIMED.unpack(frame.data)
        self._answer_ns = time.monotonic_ns()
        self._clock.answered(sent_ns, far_ns, self._answer_ns)

    def _watch(self) -> None:
        now_ns = time.monotonic_ns()
        if now_ns - self._pinged_ns >= PING_S * 1e9:
            if now_ns - self._pinged_ns > SILENT_S * 1e9:
                self._answer_ns = now_ns  # it was us who stood still
            self._ping()
        if now_ns - self._answer_ns > SILENT_S * 1e9:
            self._fail("the bridge stands still")

    def _ping(self) -> None:
        self._pinged_ns = time.monotonic_ns()
        self._send(encode(Kind.PING, self.side, ONE.pack(self._pinged_ns)))


class _Incoming:
    """Frames of a socket until `seconds` have passed or it ended."""

    def __init__(self, source: socket.socket, frames: Frames, seconds: float) -> None:
        self._socket = source
        self._frames = frames
        self._deadline = time.monotonic() + seconds
        self._ready: deque[Frame] = deque()

    def __iter__(self) -> "_Incoming":
        return self

    def __next__(self) -> Frame:
        while not self._ready:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise StopIteration
            data = self._socket.recv(1 << 16)
            if not data:
                raise StopIteration
            self._ready += self._frames.feed(data)
        return self._ready.popleft()


class BridgeMicrophone(_BridgePort):
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

    def _handle(self, frame: Frame) -> None:
        if frame.kind != Kind.MIC:
            return
        index, at_ns = TIMED.unpack_from(frame.data)
        pcm = np.frombuffer(frame.data, "<i2", offset=TIMED.size).astype(np.int16)
        with self._lock:
            self._lost += index > self._next
            self._next = index + len(pcm)
            self._blocks.append(Block(pcm, at_ns))
        self._send(encode(Kind.TAKEN, self.side, ONE.pack(self._next)))


class BridgeSpeaker(_BridgePort):
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

    def _handle(self, frame: Frame) -> None:
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


def _connect(path: str) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(CONNECT_S)
    try:
        link.connect(path)
    except OSError as error:
        link.close()
        raise AudioUnavailable(
            f"there is no bridge: {error.strerror or error}", NO_BRIDGE
        ) from error
    link.settimeout(SEND_S)
    return link
