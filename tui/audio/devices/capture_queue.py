"""The queue of a microphone: blocks and the times at which they were at the converter. Also what a
speaker was given, for those who want to know.

Knows samples and times, no device. `put` runs in the callback thread, `read` in the loop.
"""

import time
from array import array
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tui.audio.devices.arrival_times import ArrivalTimes
from tui.audio.devices.block_times import BlockTimes
from tui.audio.devices.ring import Ring
from tui.audio.ports import Block

CAPACITY_S = 10

FRESH_NS = 2_000_000_000
"""What is older when it is read is not handed on: after a standstill it would reach the agent as
a burst of the past."""

SLOTS = 2048
"""More blocks than CAPACITY_S holds, down to blocks of 5 ms."""


class CaptureQueue:
    """What was captured and not yet read."""

    def __init__(
        self,
        rate: int,
        clock: Callable[[], int] = time.monotonic_ns,
        fresh_ns: int = FRESH_NS,
        mixed: int = 1,
    ) -> None:
        """`read` gives nothing that is older than `fresh_ns`; `mixed` channels come interleaved."""
        self._mixed = mixed
        self._clock = clock
        self._fresh_ns = fresh_ns
        self._ring = Ring(rate * mixed * CAPACITY_S)
        self._stamps = BlockTimes(SLOTS)
        self._came_ns = array("q", bytes(8 * SLOTS))
        self._arrivals = ArrivalTimes(rate * mixed)
        self._taken = 0
        self._refused = 0
        self._stale = 0

    @property
    def overruns(self) -> int:
        """Blocks lost because nobody read."""
        return self._refused + self._stale

    def put(self, samples: memoryview, at_ns: int, came_ns: int = 0) -> None:
        """Device side: one block (format 'h', any stride); its first sample was taken at at_ns.

        Where the driver may guess, `came_ns` says when the block came.
        """
        index = self._ring.written
        if self._ring.write(samples):
            self._came_ns[self._stamps.count % SLOTS] = came_ns
            self._stamps.put(index, len(samples), at_ns)
        else:
            self._refused += 1

    def read(self) -> list[Block]:
        """Every block since the last call, oldest first; none older than `fresh_ns`."""
        newest = self._stamps.count
        oldest_ns = self._clock() - self._fresh_ns
        blocks: list[Block] = []
        while self._taken < newest:
            first, size, at_ns = self._stamps.get(self._taken)
            if came_ns := self._came_ns[self._taken % SLOTS]:
                at_ns = min(at_ns, self._arrivals.latest_ns(first, size, came_ns))
            pcm = np.empty(size, np.int16)
            self._ring.advance(self._ring.copy_to(pcm.data))
            self._taken += 1
            if at_ns < oldest_ns:
                self._stale += 1
            else:
                blocks.append(Block(self._mono(pcm), at_ns))
        return blocks

    def _mono(self, pcm: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        if self._mixed == 1:
            return pcm
        mean: npt.NDArray[np.int16] = pcm.reshape(-1, self._mixed).mean(axis=1).astype(np.int16)
        return mean
