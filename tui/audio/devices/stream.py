"""A stream of one direction: opened with what the device accepts, watched, and closed in any case.

Knows PortAudio's streams and their ends; the samples are its subclasses' affair.
"""

import threading
import time
from typing import Any

from tui.audio.devices.portaudio import (
    BUSY_NOW,
    IN_PORTAUDIO,
    WRONG_FORMAT,
    WRONG_RATE,
    error_code,
    find_device,
    sounddevice,
)
from tui.audio.devices.pulse import Pulse, PulsePlace, look
from tui.audio.devices.pulse_aim import aimed
from tui.audio.devices.pulse_listing import THROUGH
from tui.audio.ports import AudioUnavailable


class StallWatch:
    """Asked often; tells when the count has stood still for `limit_ns` of being asked, or at zero
    for `first_ns`.

    Time in which nobody asked does not count: then it was this program that stood still (stopped
    by ctrl-z, say), and the device deserves a new chance.
    """

    def __init__(self, limit_ns: int, first_ns: int = 0) -> None:
        self._limit_ns = limit_ns
        self._first_ns = first_ns or limit_ns
        self._count = -1
        self._stood_ns = 0
        self._asked_ns = 0

    def stalled(self, count: int, now_ns: int) -> bool:
        elapsed = now_ns - self._asked_ns
        self._asked_ns = now_ns
        if count != self._count or elapsed > self._limit_ns // 2:
            self._count = count
            self._stood_ns = 0
        else:
            self._stood_ns += elapsed
        return self._stood_ns >= (self._limit_ns if count else self._first_ns)


BLOCKS_OF_LATENCY = 2
"""PortAudio's two periods, asked for outright: its defaults and round numbers such as 0.1 s make
callbacks come in bursts."""

CLOSE_LIMIT_S = 0.5
"""Closing waits for the sound server; a frozen one would keep us for ever."""

STALL_LIMIT_NS = 540_000_000
"""A running stream calls back every block; this long without a call, its server is frozen. With
both cores busy the longest pause in a minute was 60 ms."""

FIRST_LIMIT_NS = 2_500_000_000
"""For the first call: some sources take up to two seconds to begin."""

RATES = (48_000, 44_100, 16_000)
"""Tried, in this order, where a device refuses the rate that it calls its own."""

BUSY = "close what else uses it, or choose another device in the configuration"

NEVER = {
    "input": "opened, but no sound ever came from it",
    "output": "opened, but never took any sound",
}


class Stream:
    """`_on_block` of the subclass moves the samples of one block, in PortAudio's own thread.

    A stream ends on its own only when the device is lost; PortAudio raises nothing then, it just
    says that the stream has finished.
    """

    side: str
    """'input' or 'output', as PortAudio calls them."""

    def __init__(self, device: str, block_ms: int) -> None:
        info, aim = find_device(device, self.side)
        self.name = str(info["name"])
        self.rate = 0
        self.block_ms = float(block_ms)
        self.calls = 0
        """Blocks moved so far."""
        self.faults = 0
        """Blocks lost by a mistake of ours."""
        self.fault = ""
        """What the last one was."""
        self._started = False
        self._closing = False
        self._finished = False
        self._watch = StallWatch(STALL_LIMIT_NS, FIRST_LIMIT_NS)
        self._latency_ns = 0
        self._place = PulsePlace(self.side, aim)
        with aimed(self.side, aim.id if aim else ""):
            self._stream, self.channels = self._open(sounddevice(), info)
        if aim is not None or self.name in THROUGH:
            self._place.settle(look(defaults=False))
            self.name = self._place.name or self.name
        self.latency_ms = float(self._stream.latency) * 1000
        self._latency_ns = round(self._stream.latency * 1e9)

    def start(self) -> None:
        """Raises AudioUnavailable when the device can no longer be had."""
        self._started = True
        try:
            self._stream.start()
        except sounddevice().PortAudioError as error:
            raise AudioUnavailable(f"{self.name} does not start: {error}", BUSY) from error

    @property
    def failed(self) -> str | None:
        """Why there is no sound any more. To be asked regularly: a stall shows by comparison."""
        if self._closing or not self._started:
            return None
        device = f"the {self.side} device {self.name}"
        if self._finished:
            return f"{device} went away"
        if not self._watch.stalled(self.calls, time.monotonic_ns()):
            return None
        if self.fault:
            return f"the blocks of {device} cannot be handled: {self.fault}"
        return f"{device} stands still" if self.calls else f"{device} {NEVER[self.side]}"

    @property
    def moves(self) -> bool:
        """A sound server carries it, and may have it go on at another device: see `follow`."""
        return self._place.known and not self._closing

    def follow(self, server: Pulse) -> str:
        """Where the server has it now; gives the name it had before if it was moved, else ""."""
        moved = self._place.follow(server)
        before, self.name = self.name, self._place.name or self.name
        return before if moved else ""

    def close(self) -> None:
        """Silent at once; takes at most CLOSE_LIMIT_S even if the sound server hangs."""
        if self._closing:
            return
        self._closing = True
        closer = threading.Thread(target=self._close, name=IN_PORTAUDIO + "close", daemon=True)
        closer.start()
        closer.join(CLOSE_LIMIT_S)

    def _close(self) -> None:
        try:
            self._stream.abort()
        finally:
            self._stream.close()

    def _prepare(self, is_float: bool) -> None:
        """What the callback needs, before there can be one; `rate` and `channels` are set."""
        raise NotImplementedError

    def _on_block(self, data: Any, frames: int, when: Any, status: Any) -> None:
        raise NotImplementedError

    def _on_fault(self, data: Any) -> None:
        """A block was not moved."""

    def _fits(self, channels: int, most: int) -> bool:
        """Whether so many channels, of a device that has `most`, are of use."""
        return channels > 0

    def _called(self, data: Any, frames: int, when: Any, status: Any) -> None:
        # PortAudio would end the stream for an exception, and print it where nobody looks.
        try:
            self._on_block(data, frames, when, status)
        except Exception as error:
            self.faults += 1
            self.fault = f"{type(error).__name__}: {error}"
            self._on_fault(data)
        else:
            self.calls += 1

    def _open(self, sd: Any, info: dict[str, Any]) -> tuple[Any, int]:
        """A stream with as few channels as the device accepts, and how many these are.

        Its own rate and integers first; what it refuses of that is tried otherwise.
        """
        most = int(info[f"max_{self.side}_channels"])
        counts = [n for n in sorted({1, 2, most}) if n <= most and self._fits(n, most)]
        refusal: tuple[str, int] = ("", 0)
        for rate in dict.fromkeys((round(info["default_samplerate"]), *RATES)):
            for dtype in ("int16", "float32"):
                for channels in counts:
                    try:
                        return self._stream_of(sd, info["index"], rate, dtype, channels), channels
                    except sd.PortAudioError as error:
                        refusal = (str(error), error_code(error))
                if refusal[1] != WRONG_FORMAT:
                    break
            if refusal[1] not in (WRONG_RATE, WRONG_FORMAT):
                break
        raise self._refused(*refusal)

    def _stream_of(self, sd: Any, index: int, rate: int, dtype: str, channels: int) -> Any:
        stream_class = sd.RawInputStream if self.side == "input" else sd.RawOutputStream
        self.rate, self.channels = rate, channels
        self._prepare(dtype == "float32")
        return stream_class(
            samplerate=rate,
            blocksize=round(rate * self.block_ms / 1000),
            device=index,
            channels=channels,
            dtype=dtype,
            latency=BLOCKS_OF_LATENCY * self.block_ms / 1000,
            callback=self._called,
            finished_callback=self._on_finished,
        )

    def _refused(self, refusal: str, code: int) -> AudioUnavailable:
        if code == BUSY_NOW:
            return AudioUnavailable(f"{self.name} is in use or gone", BUSY)
        return AudioUnavailable(f"{self.name} does not open for {self.side}: {refusal}", BUSY)

    def _on_finished(self) -> None:
        self._finished = True
