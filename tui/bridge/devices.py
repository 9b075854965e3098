"""The laptop's end of a bridge: opens its devices when a session asks, and moves samples.

Knows frames and ports; not how frames travel. `tick` is called every few ms.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import numpy as np

from tui.audio.bridge.wire import (
    ONE,
    PIECE,
    TIMED,
    WINDOW_MS,
    BridgeFrame,
    Device,
    Kind,
    PortProblem,
    PortRequest,
    Side,
    encode,
    encode_json,
)
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.devices.portaudio import rescan
from tui.audio.ports import AudioUnavailable, Port, Sink, Source

Send = Callable[[bytes], None]

PIECE_MS = 10
"""What PLAYED tells of at once: within it samples left the converter without a gap."""
TELL_NS = 20_000_000
"""How often silence is told of."""


@dataclass(slots=True)
class _Microphone:
    """The microphone, and what of it is on its way."""

    port: Source
    index: int = 0
    waiting: deque[bytes] = field(default_factory=deque)
    flying: deque[int] = field(default_factory=deque)
    """Ends of what was sent and not answered yet."""


@dataclass(slots=True)
class _Speaker:
    """The speaker. `offset`: the session's index of a sample minus the speaker's."""

    port: Sink
    offset: int = 0
    told: int = 0
    """All of the speaker's indices below are told of."""
    told_ns: int = 0


class FarDevices:
    """`send` takes encoded frames; `input_device` and `output_device` are this machine's choice."""

    def __init__(self, send: Send, input_device: str = "", output_device: str = "") -> None:
        self._send = send
        self._names = {Side.INPUT: input_device, Side.OUTPUT: output_device}
        self._ear: _Microphone | None = None
        self._mouth: _Speaker | None = None
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._missed = False

    @property
    def in_use(self) -> tuple[str, ...]:
        """Names of the devices that are open."""
        return tuple(side.port.name for side in (self._ear, self._mouth) if side is not None)

    def handle(self, frame: BridgeFrame) -> None:
        """Obey; never blocks."""
        match frame.kind:
            case Kind.OPEN | Kind.CLOSE:
                task = asyncio.create_task(self._open_or_close(frame))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case Kind.PING:
                (sent_ns,) = ONE.unpack(frame.data)
                pong = TIMED.pack(sent_ns, time.monotonic_ns())
                self._send(encode(Kind.PONG, frame.side, pong))
            case Kind.TAKEN if self._ear is not None:
                (taken,) = ONE.unpack(frame.data)
                while self._ear.flying and self._ear.flying[0] <= taken:
                    self._ear.flying.popleft()
            case Kind.OUT if self._mouth is not None:
                self._play(self._mouth, frame.data)
            case Kind.FLUSH if self._mouth is not None:
                self._flush(self._mouth, *ONE.unpack(frame.data))
            case Kind.HOLD if self._mouth is not None:
                self._mouth.port.hold(bool(ONE.unpack(frame.data)[0]))
            case _:
                pass  # for a device that is closed by now

    def tick(self) -> None:
        """Move what is due."""
        if self._ear is not None:
            self._listen(self._ear)
        if self._mouth is not None:
            self._tell(self._mouth)
        for side, holder in ((Side.INPUT, self._ear), (Side.OUTPUT, self._mouth)):
            if holder is not None and holder.port.failed is not None:
                self._missed = True
                trouble = PortProblem(holder.port.failed, "connect it again")
                self._send(encode_json(Kind.FAILED, side, trouble))
                self.handle(BridgeFrame(Kind.CLOSE, side, b""))
                self._forget(side)

    async def close(self) -> None:
        for side in (Side.INPUT, Side.OUTPUT):
            port = self._forget(side)
            if port is not None:
                await asyncio.to_thread(port.close)

    async def _open_or_close(self, frame: BridgeFrame) -> None:
        side = Side(frame.side)
        async with self._opening:
            before = self._forget(side)
            if before is not None:
                await asyncio.to_thread(before.close)
            if frame.kind == Kind.OPEN:
                await self._open(side, msgspec.json.decode(frame.data, type=PortRequest))

    async def _open(self, side: Side, wish: PortRequest) -> None:
        if self._missed and self._ear is None and self._mouth is None:
            with contextlib.suppress(AudioUnavailable):
                await asyncio.to_thread(rescan)
            self._missed = False
        device = wish.device or self._names[side]
        try:
            port = await asyncio.to_thread(_opened, side, device, wish.block_ms)
        except AudioUnavailable as error:
            self._missed = True
            trouble = PortProblem(f"at the other end of the bridge {error.reason}", error.advice)
            self._send(encode_json(Kind.FAILED, side, trouble))
            return
        if side is Side.INPUT:
            self._ear = _Microphone(port)  # type: ignore[arg-type]
        else:
            self._mouth = _Speaker(port)  # type: ignore[arg-type]
        told = Device(port.name, port.rate, port.channels, port.block_ms, port.latency_ms)
        self._send(encode_json(Kind.OPENED, side, told))

    def _forget(self, side: Side) -> Port | None:
        holder: _Microphone | _Speaker | None
        if side is Side.INPUT:
            holder, self._ear = self._ear, None
        else:
            holder, self._mouth = self._mouth, None
        return holder.port if holder is not None else None

    # ── samples ──────────────────────────────────────────────────────────────────────────────────

    def _listen(self, ear: _Microphone) -> None:
        """Send what was captured; what the network is too slow for is dropped, oldest first, and so
        is what a sound server kept while this process stood still."""
        window = round(WINDOW_MS / ear.port.block_ms)
        oldest_ns = time.monotonic_ns() - WINDOW_MS * 1_000_000
        for block in ear.port.read():
            head = TIMED.pack(ear.index, block.capture_ns)
            ear.index += len(block.pcm)
            if block.capture_ns >= oldest_ns:
                ear.waiting.append(head + block.pcm.astype("<i2").tobytes())
        while len(ear.waiting) > window:
            ear.waiting.popleft()
        while ear.waiting and len(ear.flying) < window:
            data = ear.waiting.popleft()
            (index,) = ONE.unpack_from(data)
            ear.flying.append(index + (len(data) - TIMED.size) // 2)
            self._send(encode(Kind.MIC, Side.INPUT, data))

    def _play(self, speaker: _Speaker, data: bytes) -> None:
        (index,) = ONE.unpack_from(data)
        pcm = np.frombuffer(data, "<i2", offset=ONE.size).astype(np.int16)
        if len(pcm) > speaker.port.room:
            return  # more than ten seconds ahead: no session of ours
        self._tell(speaker)
        speaker.offset = index - speaker.port.write(pcm)

    def _flush(self, speaker: _Speaker, number: int) -> None:
        self._tell(speaker)
        dropped = speaker.port.flush()
        stop = speaker.port.written - dropped
        self._tell(speaker, stop)
        speaker.told = speaker.port.written
        answer = TIMED.pack(number, stop + speaker.offset)
        self._send(encode(Kind.FLUSHED, Side.OUTPUT, answer))

    def _tell(self, speaker: _Speaker, end: int | None = None) -> None:
        """What left the speaker since the last time, in pieces; or that nothing did."""
        port = speaker.port
        end = port.consumed if end is None else end
        size = port.rate * PIECE_MS // 1000
        while speaker.told < end:
            count = min(size, end - speaker.told)
            at_ns = port.heard_at(speaker.told)
            if at_ns is not None:
                self._piece(speaker, count, at_ns)
            speaker.told += count
        now_ns = time.monotonic_ns()
        if now_ns - speaker.told_ns > TELL_NS:
            self._piece(speaker, 0, now_ns)

    def _piece(self, speaker: _Speaker, count: int, at_ns: int) -> None:
        end_ns = at_ns + count * 1_000_000_000 // speaker.port.rate
        speaker.told_ns = max(speaker.told_ns, end_ns)
        first = speaker.told + speaker.offset
        piece = PIECE.pack(first, count, at_ns, end_ns, speaker.port.underruns)
        self._send(encode(Kind.PLAYED, Side.OUTPUT, piece))


def _opened(side: Side, device: str, block_ms: int) -> Port:
    """Blocks, as a sound server may. Raises AudioUnavailable."""
    port = (DeviceMicrophone if side is Side.INPUT else DeviceSpeaker)(device, block_ms)
    port.start()
    return port
