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
from tui.audio.listing import Listed, find, listed
from tui.audio.playout import Playout
from tui.audio.ports import AudioMissing, AudioUnavailable, Block
from tui.audio.stall import StallWatch
from tui.audio.stamps import adc_ns, dac_ns

__all__ = ["AudioUnavailable", "Listed", "Microphone", "Speaker", "list_devices", "rescan"]

BLOCKS_OF_LATENCY = 2
"""PortAudio's two periods, asked for outright: its defaults and round numbers such as 0.1 s make
callbacks come in bursts."""

CLOSE_LIMIT_S = 0.5
"""Closing waits for the sound server; a frozen one would keep us for ever."""

RESCAN_LIMIT_S = 1.5

STALL_LIMIT_NS = 1_000_000_000
"""A running stream calls back every block; this long without a call, its server is frozen."""

RATES = (48_000, 44_100, 16_000)
"""Tried, in this order, where a device refuses the rate that it calls its own."""

FULL_SCALE = 32768.0

WRONG_RATE, WRONG_FORMAT, BUSY_NOW = -9997, -9994, -9985
"""PortAudio's error codes paInvalidSampleRate, paSampleFormatNotSupported, paDeviceUnavailable."""

NO_PORTAUDIO = (
    "install it with: apt install libportaudio2 libasound2-plugins"
    " (macOS and Windows: pip install --force-reinstall sounddevice)"
)
NO_DEVICE = (
    "plug one in; on a PulseAudio or PipeWire desktop also: apt install libasound2-plugins;"
    " over SSH set PULSE_SERVER to a sound server that can be reached"
)
BUSY = "close what else uses it, or choose another device in the configuration"

_IN_PORTAUDIO = "in PortAudio: "
"""Threads of this name are inside PortAudio and may hang there."""


def rescan() -> None:
    """Makes PortAudio look for devices again: it does so only once by itself.

    Every open Microphone and Speaker dies of it: close them before. Ends within two seconds;
    raises AudioUnavailable where the sound server does not answer, also while it still keeps an
    earlier call of ours.
    """
    sd = _sounddevice()

    def again() -> None:
        sd._terminate()
        sd._initialize()

    deadline = time.monotonic() + RESCAN_LIMIT_S
    scanning = threading.Thread(target=again, name=_IN_PORTAUDIO + "rescan", daemon=True)
    for thread in threading.enumerate():
        if thread.name.startswith(_IN_PORTAUDIO):
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                raise AudioUnavailable("the sound system does not answer", "restart it")
    scanning.start()
    scanning.join(max(0.1, deadline - time.monotonic()))
    if scanning.is_alive():
        raise AudioUnavailable("the sound system does not answer", "restart it")


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415  needs PortAudio, which text-only use has not
    except (OSError, ImportError) as error:
        raise AudioMissing(f"PortAudio is not installed: {error}", NO_PORTAUDIO) from error
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
        self.rate = 0
        self.block_ms = float(block_ms)
        self.calls = 0
        """Callbacks so far."""
        self._closing = False
        self._finished = False
        self._watch = StallWatch(STALL_LIMIT_NS)
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
        closer = threading.Thread(target=self._close, name=_IN_PORTAUDIO + "close", daemon=True)
        closer.start()
        closer.join(CLOSE_LIMIT_S)

    def _close(self) -> None:
        try:
            self._stream.abort()
        finally:
            self._stream.close()

    def _prepare(self) -> None:
        """What the callback needs, before there can be one; `rate` and `channels` are set."""
        raise NotImplementedError

    def _callback(self, is_float: bool) -> Callable[..., None]:
        raise NotImplementedError

    def _fits(self, channels: int, most: int) -> bool:
        """Whether so many channels, of a device that has `most`, are of use."""
        return channels > 0

    def _open(self, sd: Any, info: dict[str, Any]) -> tuple[Any, int]:
        """A stream with as few channels as the device accepts, and how many these are.

        Its own rate and integers first; what it refuses of that is tried otherwise.
        """
        most = int(info[f"max_{self.side}_channels"])
        counts = [n for n in sorted({1, 2, most}) if n <= most and self._fits(n, most)]
        refusal: tuple[str, int] = (f"it has only {most} channels", 0)
        for rate in dict.fromkeys((round(info["default_samplerate"]), *RATES)):
            for dtype in ("int16", "float32"):
                for channels in counts:
                    try:
                        return self._stream_of(sd, info["index"], rate, dtype, channels), channels
                    except sd.PortAudioError as error:
                        refusal = (str(error), _code(error))
                if refusal[1] != WRONG_FORMAT:
                    break
            if refusal[1] not in (WRONG_RATE, WRONG_FORMAT):
                break
        raise self._refused(*refusal)

    def _stream_of(self, sd: Any, index: int, rate: int, dtype: str, channels: int) -> Any:
        stream_class = sd.RawInputStream if self.side == "input" else sd.RawOutputStream
        self.rate, self.channels = rate, channels
        self._prepare()
        return stream_class(
            samplerate=rate,
            blocksize=round(rate * self.block_ms / 1000),
            device=index,
            channels=channels,
            dtype=dtype,
            latency=BLOCKS_OF_LATENCY * self.block_ms / 1000,
            callback=self._callback(dtype == "float32"),
            finished_callback=self._on_finished,
        )

    def _refused(self, refusal: str, code: int) -> AudioUnavailable:
        if code == BUSY_NOW:
            return AudioUnavailable(f"{self.name} is in use or gone", BUSY)
        return AudioUnavailable(f"{self.name} does not open for {self.side}: {refusal}", BUSY)

    def _on_finished(self) -> None:
        self._finished = True


class Microphone(_Device):
    """A Source: the device whose name contains `device`, or the default one."""

    side = "input"

    def __init__(self, device: str = "", block_ms: int = 20, channel: int = 0) -> None:
        """Opens at the device's own rate. Channel 1 is the first, 0 mixes all.

        Raises AudioUnavailable.
        """
        self._channel = channel
        super().__init__(device, block_ms)

    @property
    def overruns(self) -> int:
        return self._intake.overruns + self._overflows

    def read(self) -> list[Block]:
        return self._intake.read()

    def _fits(self, channels: int, most: int) -> bool:
        # One channel of a device with several would be a mixture, made by the driver.
        several = channels > 1 or most == 1
        return self._channel == 0 or (channels >= self._channel and several)

    def _prepare(self) -> None:
        self._overflows = 0
        self._latency_ns = 0
        self._intake = Intake(self.rate, mixed=1 if self._channel else self.channels)

    def _callback(self, is_float: bool) -> Callable[..., None]:
        return self._on_float_block if is_float else self._on_block

    def _on_block(self, data: Any, _frames: int, when: Any, status: Any) -> None:
        now_ns = time.monotonic_ns()
        at_ns = adc_ns(now_ns, when.currentTime, when.inputBufferAdcTime, self._latency_ns)
        if status.input_overflow:
            self._overflows += 1
        samples = memoryview(data).cast("h")
        if self._channel:
            samples = samples[self._channel - 1 :: self.channels]
        self._intake.put(samples, at_ns, now_ns)
        self.calls += 1

    def _on_float_block(self, data: Any, frames: int, when: Any, status: Any) -> None:
        wave = np.frombuffer(data, np.float32) * FULL_SCALE
        pcm = np.clip(np.rint(wave), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        self._on_block(pcm.data.cast("B"), frames, when, status)


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
        self._block = np.zeros(self.rate * self.channels, np.int16)

    def _callback(self, is_float: bool) -> Callable[..., None]:
        return self._on_float_block if is_float else self._on_block

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

    def _on_float_block(self, data: Any, frames: int, when: Any, status: Any) -> None:
        block = self._block[: frames * self.channels]
        self._on_block(block.data.cast("B"), frames, when, status)
        np.divide(block, FULL_SCALE, out=np.frombuffer(data, np.float32), casting="unsafe")


def list_devices() -> list[Listed]:
    """Microphones, then speakers. Raises AudioUnavailable where there can be none."""
    sd = _sounddevice()
    try:
        return listed(_devices(sd), list(sd.query_hostapis()), sd.default.device)
    except sd.PortAudioError as error:
        raise AudioUnavailable(f"PortAudio does not work here: {error}", NO_DEVICE) from error


def _find(sd: Any, fragment: str, side: str) -> dict[str, Any]:
    """What PortAudio knows of the device; raises AudioUnavailable with the names there are."""
    devices = [d for d in _devices(sd) if d[f"max_{side}_channels"] > 0]
    if not devices:
        raise AudioUnavailable(f"there is no {side} device", NO_DEVICE)
    return find(devices, sd.default.device[side], fragment, side)


def _code(error: Exception) -> int:
    """PortAudio's number of an error; 0 where it gives none."""
    return int(error.args[1]) if len(error.args) > 1 else 0


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
