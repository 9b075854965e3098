"""The microphone and speaker of this machine.

Knows what a stream's blocks are to the rest of the program. The callbacks move samples and note
times, nothing else: no lock, no log, no memory that was not there before.
"""

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from tui.audio.devices.block_times import adc_ns, dac_ns
from tui.audio.devices.capture_queue import CaptureQueue
from tui.audio.devices.playback_queue import PlaybackQueue
from tui.audio.devices.sample_format import CaptureFormat, PlaybackFormat
from tui.audio.devices.stream import Stream
from tui.audio.ports import AudioUnavailable, Block


class DeviceMicrophone(Stream):
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
        return self._queue.overruns + self._overflows + self.faults

    def read(self) -> list[Block]:
        return self._queue.read()

    def _open(self, sd: Any, info: dict[str, Any]) -> tuple[Any, int]:
        most = int(info["max_input_channels"])
        if self._channel > most:
            there = f"its channels are 1 to {most}" if most > 1 else "it has one only"
            raise AudioUnavailable(
                f"{self.name} has no channel {self._channel}",
                f"{there}; audio.input_channel = 0 mixes what there is",
            )
        return super()._open(sd, info)

    def _fits(self, channels: int, most: int) -> bool:
        # One channel of a device with several would be a mixture, made by the driver.
        several = channels > 1 or most == 1
        return self._channel == 0 or (channels >= self._channel and several)

    def _prepare(self, is_float: bool) -> None:
        self._overflows = 0
        self._shape = CaptureFormat(self.rate, self.channels, self._channel, is_float=is_float)
        self._queue = CaptureQueue(self.rate, mixed=1 if self._channel else self.channels)

    def _on_block(self, data: Any, _frames: int, when: Any, status: Any) -> None:
        now_ns = time.monotonic_ns()
        at_ns = adc_ns(now_ns, when.currentTime, when.inputBufferAdcTime, self._latency_ns)
        if status.input_overflow:
            self._overflows += 1
        self._queue.put(self._shape.take(data), at_ns, now_ns)


class DeviceSpeaker(Stream):
    """A Sink: the device whose name contains `device`, or the default one."""

    side = "output"

    def __init__(self, device: str = "", block_ms: int = 20) -> None:
        """Opens at the device's own rate. Raises AudioUnavailable."""
        super().__init__(device, block_ms)

    @property
    def underruns(self) -> int:
        return self._underflows + self.faults

    @property
    def written(self) -> int:
        return self._queue.written

    @property
    def consumed(self) -> int:
        return self._queue.consumed

    @property
    def room(self) -> int:
        return self._queue.room

    def write(self, pcm: npt.NDArray[np.int16]) -> int:
        return self._queue.write(pcm)

    def flush(self) -> int:
        return self._queue.flush()

    def hold(self, held: bool) -> None:
        self._queue.hold(held)

    def played(self) -> list[Block]:
        return self._queue.played()

    def heard_at(self, index: int) -> int | None:
        return self._queue.heard_at(index)

    def _prepare(self, is_float: bool) -> None:
        self._underflows = 0
        self._shape = PlaybackFormat(self.rate, self.channels, is_float=is_float)
        self._queue = PlaybackQueue(self.rate)
        self._silence = bytes(self.rate * self.channels * (4 if is_float else 2))

    def _on_block(self, data: Any, frames: int, when: Any, status: Any) -> None:
        now_ns = time.monotonic_ns()
        at_ns = dac_ns(now_ns, when.currentTime, when.outputBufferDacTime, self._latency_ns)
        played = self._queue.fill(self._shape.room(data, frames), at_ns)
        self._shape.give(data, frames)
        # An underflow between replies is nothing that anyone could hear.
        if played and status.output_underflow:
            self._underflows += 1

    def _on_fault(self, data: Any) -> None:
        out = memoryview(data).cast("B")
        out[:] = self._silence[: len(out)]
