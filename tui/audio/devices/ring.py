"""A ring of int16 samples between one audio callback thread and one event loop.

Knows samples and indices, no time and no device. One thread writes, one reads; either may be the
callback, so neither side locks, logs, allocates buffers or raises.

Theory of operation. `written` and `_read` only ever grow, and each is stored by one side only,
after the samples it speaks of are in place. To end what is queued, the writer cannot move the
reader; it leaves a mark (first, stop, resume): a reader that stands between first and stop goes up
to stop and then on from resume. The samples up to stop have been faded in place, so that the end is
no click. A reader that passed by while the mark was being made stands behind stop and takes no
notice; the writer sees that and makes another. The reader is `_busy` from before it looks at the
mark until `_read` is stored: once the writer has seen it idle after storing the mark, where the
reader ends is final. A hold is the same with a limit instead of a mark: nothing goes on behind it.

Copies are memoryview slices, not numpy: numpy gives up the interpreter lock for a large copy, and
a callback then waits a whole switch interval to get it back.
"""

import time

import numpy as np
import numpy.typing as npt

PATIENCE_NS = 50_000_000
"""Longest wait for a reader that is copying; only a stopped thread would ever need it."""


class Ring:
    """Holds up to `capacity` samples. The n-th sample ever written has index n, from 0."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.written = 0
        self.start = 0
        """Index of the first sample of the reader's last copy."""
        self._samples = memoryview(bytearray(2 * capacity)).cast("h")
        self._read = 0
        self._settled = 0
        self._mark: tuple[int, int, int] | None = None
        self._limit: int | None = None
        self._busy = False

    # ── writer ───────────────────────────────────────────────────────────────────────────────────

    @property
    def room(self) -> int:
        return self.capacity - (self.written - self._read)

    @property
    def position(self) -> int:
        """For the writer: all indices below have been handed over, are bound to be, or dropped."""
        return max(self._read, self._settled)

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

    def drop(self, fade: int = 0) -> int:
        """The reader gets `fade` samples more, fading out, and nothing of the rest; a hold is over.

        Gives how many samples are never handed over.
        """
        resume, deadline = self.written, time.monotonic_ns() + PATIENCE_NS
        while True:
            self._wait_idle(deadline)
            first = self._read
            stop = self._stop_ahead(first)
            if stop is None:
                stop = self._fade_out(first, fade)
            self._mark = (first, stop, resume)
            self._wait_idle(deadline)
            if not stop < self._read < resume or time.monotonic_ns() >= deadline:
                break
        self._limit = None
        dropped = resume - max(stop, self._settled)
        self._settled = resume
        return dropped

    def hold(self, fade: int = 0) -> None:
        """The reader gets `fade` samples more, fading out, and the rest after `release`."""
        deadline = time.monotonic_ns() + PATIENCE_NS
        while self._limit is None or self._read > self._limit:
            self._wait_idle(deadline)
            first, mark = self._read, self._mark
            dropping = mark is not None and mark[0] <= first <= mark[1]
            self._limit = mark[2] if mark and dropping else self._fade_out(first, fade)
            self._wait_idle(deadline)
            if time.monotonic_ns() >= deadline:
                return

    def release(self, fade: int = 0) -> None:
        """The reader goes on where it was held, with `fade` samples fading in."""
        if self._limit is not None:
            self._scale(self._limit, _gains(min(fade, self.written - self._limit))[::-1])
            self._limit = None

    def _stop_ahead(self, first: int) -> int | None:
        """Where the reader, now at `first`, ends in any case, maybe at the end of a fade."""
        if self._mark is not None and self._mark[0] <= first <= self._mark[1]:
            return self._mark[1]
        if self._limit is not None and first <= self._limit:
            return self._limit
        return None

    def _fade_out(self, first: int, fade: int) -> int:
        """Gives the index after the fade."""
        count = min(fade, self.written - first)
        self._scale(first, _gains(count))
        return first + count

    def _wait_idle(self, deadline: int) -> None:
        while self._busy and time.monotonic_ns() < deadline:
            time.sleep(0)

    def _scale(self, first: int, gains: npt.NDArray[np.float64]) -> None:
        samples = np.frombuffer(self._samples, np.int16)
        places = np.arange(first, first + len(gains)) % self.capacity
        samples[places] = np.rint(samples[places] * gains).astype(np.int16)

    # ── reader ───────────────────────────────────────────────────────────────────────────────────

    def copy_to(self, target: memoryview) -> int:
        """Copies what is there, at most len(target) samples; they stay until `advance`."""
        self._busy = True
        self.start, end = self._read, self.written
        mark, limit = self._mark, self._limit
        if mark is not None and mark[0] <= self.start <= mark[1]:
            if self.start < mark[1]:
                end = mark[1]
            else:
                self.start = mark[2]
        if limit is not None and self.start <= limit:
            end = min(end, limit)
        count = min(len(target), end - self.start)
        at = self.start % self.capacity
        first = min(count, self.capacity - at)
        target[:first] = self._samples[at : at + first]
        if first < count:
            target[first:count] = self._samples[: count - first]
        return count

    def advance(self, count: int) -> None:
        """Hands over the first `count` samples of the last copy and ends it."""
        self._read = self.start + count
        self._busy = False


def _gains(count: int) -> npt.NDArray[np.float64]:
    """A raised cosine from just below one to just above nothing."""
    return 0.5 + 0.5 * np.cos(np.pi * np.arange(1, count + 1) / (count + 1))
