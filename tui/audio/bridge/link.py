"""One side of a bridge as a connection: opened, pinged, watched, lost.

Knows the bridge's frames, one socket, and the far clock; what the samples are is the ports'. What
comes is read in a thread of its own; what it tells is by this machine's clock.
"""

import contextlib
import select
import socket
import threading
import time
from collections import deque

import msgspec

from tui.audio.bridge.clock import FarClock
from tui.audio.bridge.wire import (
    ONE,
    TIMED,
    BridgeError,
    BridgeFrame,
    BridgeFrames,
    Device,
    Kind,
    PortProblem,
    PortRequest,
    Side,
    encode,
    encode_json,
)
from tui.audio.ports import AudioUnavailable

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

NO_BRIDGE = "run on the machine with the headset: voicescope bridge THIS-HOST"


class BridgePort:
    """One side of a bridge, open from the beginning. Raises AudioUnavailable."""

    side: Side

    def __init__(self, path: str, device: str = "", block_ms: int = 20) -> None:
        self.failed: str | None = None
        self._clock = FarClock()
        self._frames = BridgeFrames()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._closed = False
        self._answer_ns = time.monotonic_ns()
        self._pinged_ns = 0
        self._socket = _connect(path)
        try:
            wish = PortRequest(device=device, block_ms=block_ms)
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

    def _handle(self, frame: BridgeFrame) -> None:
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

    # ── before the thread ────────────────────────────────────────────────────────────────────────

    def _await_opened(self) -> Device:
        for frame in self._until(OPEN_S):
            if frame.kind == Kind.OPENED:
                return msgspec.json.decode(frame.data, type=Device)
            if frame.kind == Kind.FAILED:
                trouble = msgspec.json.decode(frame.data, type=PortProblem)
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

    def _until(self, seconds: float) -> "_Incoming":
        return _Incoming(self._socket, self._frames, seconds)

    # ── in the thread ────────────────────────────────────────────────────────────────────────────

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
        except (OSError, ValueError, BridgeError, msgspec.DecodeError) as error:
            self._fail(f"the bridge ended: {error}")
        finally:
            self._socket.close()

    def _on_frame(self, frame: BridgeFrame) -> None:
        match frame.kind:
            case Kind.PONG:
                self._on_pong(frame)
            case Kind.FAILED:
                self._fail(msgspec.json.decode(frame.data, type=PortProblem).reason)
            case _:
                self._handle(frame)

    def _on_pong(self, frame: BridgeFrame) -> None:
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
    """BridgeFrames of a socket until `seconds` have passed or it ended."""

    def __init__(self, source: socket.socket, frames: BridgeFrames, seconds: float) -> None:
        self._socket = source
        self._frames = frames
        self._deadline = time.monotonic() + seconds
        self._ready: deque[BridgeFrame] = deque()

    def __iter__(self) -> "_Incoming":
        return self

    def __next__(self) -> BridgeFrame:
        while not self._ready:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise StopIteration
            data = self._socket.recv(1 << 16)
            if not data:
                raise StopIteration
            self._ready += self._frames.feed(data)
        return self._ready.popleft()


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
