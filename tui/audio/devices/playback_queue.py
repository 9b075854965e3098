"""The queue of a speaker, with the accounting that every Sink has.

Knows samples, indices and block times; what takes the samples away is the owner's affair.
"""

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tui.audio.devices.block_times import BlockTimes
from tui.audio.devices.capture_queue import CaptureQueue
from tui.audio.devices.ring import Ring
from tui.audio.ports import Block

CAPACITY_S = 10
"""How far ahead the device can be fed: it goes on that long when the event loop stands still."""

FADE_MS = 8
"""Sound that breaks off ends in this much of a fade, within the device's next block: no click."""

SLOTS = 1024

GIVEN_NS = 10_000_000_000
"""How long what the device was given is kept for `played`."""


class PlaybackQueue:
    """Written by the loop, emptied by `fill`, which alone may run in another thread."""

    def __init__(self, rate: int, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._rate = rate
        self._ring = Ring(rate * CAPACITY_S)
        self._stamps = BlockTimes(SLOTS)
        self._given = CaptureQueue(rate, clock, GIVEN_NS)
        self._fade = rate * FADE_MS // 1000
        self._sounding = False
        self._silence = memoryview(bytes(2 * rate)).cast("h")

    @property
    def written(self) -> int:
        return self._ring.written

    @property
    def consumed(self) -> int:
        return self._ring.position

    @property
    def room(self) -> int:
        return self._ring.room

    def write(self, pcm: npt.NDArray[np.int16]) -> int:
        """See Sink.write."""
        index = self._ring.written
        if not self._ring.write(np.ascontiguousarray(pcm, np.int16).data):
            raise ValueError(f"{len(pcm)} samples do not fit: there is room for {self.room}")
        return index

    def flush(self) -> int:
        """See Sink.flush."""
        return self._ring.drop(self._fade if self._sounding else 0)

    def hold(self, held: bool) -> None:
        """See Sink.hold."""
        if held:
            self._ring.hold(self._fade if self._sounding else 0)
        else:
            self._ring.release(self._fade)

    def heard_at(self, index: int) -> int | None:
        """See Sink.heard_at."""
        found = self._stamps.find(index) or self._soon(index)
        if found is None:
            return None
        first, at_ns = found
        return at_ns + (index - first) * 1_000_000_000 // self._rate

    def _soon(self, index: int) -> tuple[int, int] | None:
        """For what fades out in the next block: it follows the last one without a break."""
        if self._stamps.count == 0:
            return None
        first, size, at_ns = self._stamps.get(self._stamps.count - 1)
        fading = first + size <= index < min(first + size + self._fade, self._ring.position)
        return (first, at_ns) if fading else None

    def played(self) -> list[Block]:
        """See Sink.played."""
        return self._given.read()

    def fill(self, out: memoryview, at_ns: int) -> int:
        """Device side: fills one block (format 'h', any stride, at most a second), all of it.

        `at_ns` is when its first sample leaves the converter. Gives how many samples were queued
        ones; the rest of the block is silence.
        """
        count = self._ring.copy_to(out)
        if count < len(out):
            out[count:] = self._silence[: len(out) - count]
        if count:
            # Before `advance`, so that a flush that counts these samples also finds their time.
            self._stamps.put(self._ring.start, count, at_ns)
        self._ring.advance(count)
        self._sounding = count == len(out)
        self._given.put(out, at_ns)
        return count
