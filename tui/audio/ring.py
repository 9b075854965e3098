"""A ring of int16 samples between one audio callback thread and one event loop.

Knows samples and indices, no time and no device. One thread writes, one reads; either may be the
callback, so neither side locks, logs, allocates buffers or raises.

Theory of operation. `written`, `_read` and `played` only ever grow, and each is stored by one
side only, after the samples it speaks of are in place. To drop what is queued, the writer cannot
move the reader; it leaves a mark, `_skip`, and the reader starts at the mark the next time. How
much was dropped must be exact although the reader may be copying at that moment: the reader is
`_busy` from before it looks at the mark until `played` is stored. So the writer stores the mark,
waits until the reader is not busy (microseconds), and then `played` is final for all samples below
the mark: a reader that comes later sees the mark.

Copies are memoryview slices, not numpy: numpy gives up the interpreter lock for a large copy, and
a callback then waits a whole switch interval to get it back.
"""

import time

PATIENCE_NS = 50_000_000
"""Longest wait for a reader that is copying; only a stopped thread would ever need it."""


class Ring:
    """Holds up to `capacity` samples. The n-th sample ever written has index n, from 0."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.written = 0
        self.played = 0
        """Samples really handed over by the reader, dropped ones not counted."""
        self.start = 0
        """Index of the first sample of the reader's last copy."""
        self._samples = memoryview(bytearray(2 * capacity)).cast("h")
        self._read = 0
        self._skip = 0
        self._dropped = 0
        self._busy = False

    # ── writer ──

    @property
    def room(self) -> int:
        return self.capacity - (self.written - self._read)

    @property
    def position(self) -> int:
        """For the writer: all indices below have been handed over or dropped."""
        return self.played + self._dropped

    def write(self, samples: memoryview) -> bool:
        """All of `samples` (format 'h', any stride), or nothing and False when room is short."""
        count = len(samples)
        if count > self.room:
            return False
        at = self.written % self.capacity
        first = min(count, self.capacity - at)
        self._samples[at : at + first] = samples[:first]
        if first < count:
            self._samples[: count - first] = samples[first:]
        self.written += count
        return True

    def drop(self) -> int:
        """Everything not yet handed over is never handed over. Gives how many samples that is."""
        self._skip = self.written
        deadline = time.monotonic_ns() + PATIENCE_NS
        while self._busy and time.monotonic_ns() < deadline:
            time.sleep(0)
        dropped = self.written - self.position
        self._dropped += dropped
        return dropped

    # ── reader ──

    def copy_to(self, target: memoryview) -> int:
        """Copies what is there, at most len(target) samples; they stay until `advance`."""
        self._busy = True
        self.start = max(self._read, self._skip)
        count = min(len(target), self.written - self.start)
        at = self.start % self.capacity
        first = min(count, self.capacity - at)
        target[:first] = self._samples[at : at + first]
        if first < count:
            target[first:count] = self._samples[: count - first]
        return count

    def advance(self, count: int) -> None:
        """Hands over the first `count` samples of the last copy and ends it."""
        self._read = self.start + count
        self.played += count
        self._busy = False
