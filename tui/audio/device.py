"""The microphone and speaker of this machine, through PortAudio.

The only module that knows sounddevice, imported when a device is first asked for. The callbacks
copy samples and note times, nothing else. PortAudio and ALSA print from C on file descriptor 2:
a process that opens devices should have pointed it at a log file before.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tui.audio.intake import Intake
from tui.audio.playout import Playout
from tui.audio.ports import AudioUnavailable, Block
from tui.audio.stall import StallWatch
from tui.audio.stamps import adc_ns, dac_ns

__all__ = ["AudioUnavailable", "Microphone", "Speaker", "rescan"]

BLOCKS_OF_LATENCY = 2
"""PortAudio's two periods, asked for outright: its defaults and round numbers such as 0.1 s make
callbacks come in bursts."""

CLOSE_LIMIT_S = 0.5
"""Closing waits for the sound server; a frozen one would keep us for ever."""

STALL_LIMIT_NS = 1_000_000_000
"""A running stream calls back every block; this long without a call, its server is frozen."""

NO_PORTAUDIO = (
    "install it with: apt install libportaudio2 libasound2-plugins"
    " (macOS and Windows: pip install --force-reinstall sounddevice)"
)
NO_DEVICE = (
    "plug one in; on a PulseAudio or PipeWire desktop also: apt install libasound2-plugins;"
    " over SSH set PULSE_SERVER to a sound server that can be reached"
)
BUSY = "close what else uses it, or choose another device in the configuration"


def rescan() -> None:
    """Makes PortAudio look for devices again: it does so only once by itself.

    Every open Microphone and Speaker dies of it: close them before.
    """
    sd = _sounddevice()
    sd._terminate()
    sd._initialize()


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415  needs PortAudio, which text-only use has not
    except (OSError, ImportError) as error:
        raise AudioUnavailable(f"PortAudio is not installed: {error}", NO_PORTAUDIO) from error
    return sounddevice


class _Device:
    """One open stream of one direction.

    `_on_block` of the subclass is its callback. A stream ends on its own only when the device is
    lost; PortAudio raises nothing then, it just says that the stream has finished.
    """

    side: str
    """'input' or 'output', as PortAudio calls them."""

    def __init__(self, device: str, block_ms: int) -> None:
        sd = _sounddevice()
        info = _find(sd, device, self.side)
        self.name = str(info["name"])
        self.rate = round(info["default_samplerate"])
        self.block_ms = float(block_ms)
        self.calls = 0
        """Callbacks so far."""
        self._closing = False
        self._finished = False
        self._watch = StallWatch(STALL_LIMIT_NS)
        self._prepare()
        self._stream, self.channels = self._open(sd, info)
        self.latency_ms = float(self._stream.latency) * 1000
        self._latency_ns = round(self._stream.latency * 1e9)

    def start(self) -> None:
        """Raises AudioUnavailable when the device can no longer be had."""
        try:
            self._stream.start()
        except _sounddevice().PortAudioError as error:
            raise AudioUnavailable(f"{self.name} does not start: {error}", BUSY) from error

    @property
    def failed(self) -> str | None:
        """Why there is no sound any more. To be asked regularly: a stall shows by comparison."""
        if self._closing:
            return None
        if self._finished:
            return f"the {self.side} device {self.name} went away"
        if self.calls and self._watch.stalled(self.calls, time.monotonic_ns()):
            return f"the {self.side} device {self.name} stands still"
        return None

    def close(self) -> None:
        """Silent at once; takes at most CLOSE_LIMIT_S even if the sound server hangs."""
        if self._closing:
            return
        self._closing = True
        closer = threading.Thread(target=self._close, name=f"close {self.side}", daemon=True)
        closer.start()
        closer.join(CLOSE_LIMIT_S)

    def _close(self) -> None:
        try:
            self._stream.abort()
        finally:
            self._stream.close()

    def _prepare(self) -> None:
        """What the callback needs, before there can be one."""
        raise NotImplementedError

    def _callback(self) -> Callable[..., None]:
        raise NotImplementedError

    def _open(self, sd: Any, info: dict[str, Any]) -> tuple[Any, int]:
        """A stream with as few channels as the device accepts, and how many these are."""
        stream_class = sd.RawInputStream if self.side == "input" else sd.RawOutputStream
        most = int(info[f"max_{self.side}_channels"])
        refusal = "no channels"
        for channels in sorted({n for n in (1, 2, most) if n <= most}):
            self.channels = channels
            try:
                return stream_class(
                    samplerate=self.rate,
                    blocksize=round(self.rate * self.block_ms / 1000),
                    device=info["index"],
                    channels=channels,
                    dtype="int16",
                    latency=BLOCKS_OF_LATENCY * self.block_ms / 1000,
                    callback=self._callback(),
                    finished_callback=self._on_finished,
                ), channels
            except sd.PortAudioError as error:
                refusal = str(error)
        raise AudioUnavailable(f"{self.name} does not open for {self.side}: {refusal}", BUSY)

    def _on_finished(self) -> None:
        self._finished = True


class Microphone(_Device):
    """A Source: the device whose name contains `device`, or the default one."""

    side = "input"

    def __init__(self, device: str = "", block_ms: int = 20) -> None:
        """Opens at the device's own rate. Raises AudioUnavailable."""
        super().__init__(device, block_ms)

    @property
    def overruns(self) -> int:
        return self._intake.overruns + self._overflows

    def read(self) -> list[Block]:
        return self._intake.read()

    def _prepare(self) -> None:
        self._overflows = 0
        self._latency_ns = 0
        self._intake = Intake(self.rate)

    def _callback(self) -> Callable[..., None]:
        return self._on_block

    def _on_block(self, data: Any, _frames: int, when: Any, status: Any) -> None:
        now_ns = time.monotonic_ns()
        at_ns = adc_ns(now_ns, when.currentTime, when.inputBufferAdcTime, self._latency_ns)
        if status.input_overflow:
            self._overflows += 1
        self._intake.put(memoryview(data).cast("h")[:: self.channels], at_ns)
        self.calls += 1


class Speaker(_Device):
    """A Sink: the device whose name contains `device`, or the default one."""

    side = "output"

    def __init__(self, device: str = "", block_ms: int = 20) -> None:
        """Opens at the device's own rate. Raises AudioUnavailable."""
        super().__init__(device, block_ms)

    @property
    def underruns(self) -> int:
        return self._underflows

    @property
    def written(self) -> int:
        return self._playout.written

    @property
    def consumed(self) -> int:
        return self._playout.consumed

    @property
    def room(self) -> int:
        return self._playout.room

    def write(self, pcm: npt.NDArray[np.int16]) -> int:
        return self._playout.write(pcm)

    def flush(self) -> int:
        return self._playout.flush()

    def hold(self, held: bool) -> None:
        self._playout.hold(held)

    def played(self) -> list[Block]:
        return self._playout.played()

    def heard_at(self, index: int) -> int | None:
        return self._playout.heard_at(index)

    def _prepare(self) -> None:
        self._underflows = 0
        self._latency_ns = 0
        self._playout = Playout(self.rate)

    def _callback(self) -> Callable[..., None]:
        return self._on_block

    def _on_block(self, data: Any, _frames: int, when: Any, status: Any) -> None:
        now_ns = time.monotonic_ns()
        at_ns = dac_ns(now_ns, when.currentTime, when.outputBufferDacTime, self._latency_ns)
        out = memoryview(data).cast("h")
        played = self._playout.fill(out[:: self.channels], at_ns)
        for channel in range(1, self.channels):
            out[channel :: self.channels] = out[:: self.channels]
        # An underflow between replies is nothing that anyone could hear.
        if played and status.output_underflow:
            self._underflows += 1
        self.calls += 1


def _find(sd: Any, fragment: str, side: str) -> dict[str, Any]:
    """What PortAudio knows of the device; raises AudioUnavailable with the names there are."""
    channels = f"max_{side}_channels"
    devices = [d for d in _devices(sd) if d[channels] > 0]
    if not devices:
        raise AudioUnavailable(f"there is no {side} device", NO_DEVICE)
    if fragment:
        named = [d for d in devices if fragment.casefold() in d["name"].casefold()]
        # The whole name goes before a fragment of another one's.
        named.sort(key=lambda d: d["name"].casefold() != fragment.casefold())
        if named:
            return named[0]
        names = ", ".join(dict.fromkeys(d["name"] for d in devices))
        raise AudioUnavailable(f"no {side} device is called {fragment!r}", f"there are: {names}")
    default = sd.default.device[side]
    return next((d for d in devices if d["index"] == default), devices[0])


def _devices(sd: Any) -> list[dict[str, Any]]:
    try:
        found = list(sd.query_devices())
        if not found:
            # No stream can be open on an empty list, so looking again harms nobody; a sound
            # server that started after us is found this way.
            rescan()
            found = list(sd.query_devices())
    except sd.PortAudioError as error:
        raise AudioUnavailable(f"PortAudio does not work here: {error}", NO_DEVICE) from error
    return found
