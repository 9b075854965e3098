"""Blocks with times become one stream in which sample n stands for one moment.

Knows samples and times; no device, no file.

Theory of operation. A device's blocks follow each other without a seam, its clock is not ours, and
the times it gives jitter. So blocks are laid end to end, and the errors between where a block lies
and where its time says that it belongs tell what to do. The mean of two seconds shows two clocks
that drift: the stream is stretched by a sample or two a block until it is below SLACK_MS. The
middle one of the last few shows a seam after all: beyond JUMP_MS what was lost becomes silence, and
what overlaps is dropped.
"""

from collections import deque
from itertools import islice
from statistics import median

import numpy as np
import numpy.typing as npt

from tui.audio.ports import Block
from tui.audio.resample import Resampler

Samples = npt.NDArray[np.int16]

SLACK_MS = 0.5
JUMP_MS = 8.0
FAR_MS = 60.0
"""An error that one block is enough to believe."""
STRETCH = 1000
"""One sample in so many is added or taken at most: 1 ms in a second."""
FEW, MANY = 9, 100
"""Blocks, of 20 ms as a rule, that the middle error and the mean are taken of."""


class Lane:
    """One channel from `begin_ns` on, at `rate` Hz whatever rate it is fed at."""

    def __init__(self, rate: int, begin_ns: int) -> None:
        self.rate = rate
        self.end = 0
        """All samples below this index are known."""
        self._begin_ns = begin_ns
        self._taken = 0
        self._ready: list[Samples] = []
        self._resampler: Resampler | None = None
        self._next = 0.0
        """Where the next block's first sample lies if it follows without a seam."""
        self._errors: deque[float] = deque(maxlen=MANY)
        self._overlap = 0
        """Samples still to be dropped: their moments are taken."""

    def add(self, block: Block, rate: int) -> None:
        """`block` of samples at `rate` Hz; blocks come in the order of time."""
        due = self.index(block.capture_ns)
        if self._resampler is None or self._resampler.rate_in != rate:
            self._drain()
            self._resampler = Resampler(rate, self.rate, "medium")
            self._start(due)
        jump = self._jump(due - self._next)
        if jump:
            self._drain()
            self._start(round(self._next + jump))
        self._next += len(block.pcm) * self.rate / rate
        self._put(self._stretch(self._resampler.process(block.pcm)))

    def silent_until(self, at_ns: int) -> None:
        """Nothing was heard up to then, beyond what was added."""
        self._pad(self.index(at_ns))

    def take(self, end: int) -> Samples:
        """The samples from where the last call ended up to index `end`; silence where unknown."""
        self._pad(end)
        pcm = np.concatenate([*self._ready, np.empty(0, np.int16)])
        count = max(0, end - self._taken)
        self._ready = [pcm[count:]]
        self._taken += count
        return pcm[:count]

    def index(self, at_ns: int) -> int:
        """The sample that stands for a moment."""
        return (at_ns - self._begin_ns) * self.rate // 1_000_000_000

    def _samples(self, ms: float) -> float:
        return ms * self.rate / 1000

    def _pad(self, end: int) -> None:
        """Silence up to index `end`; what comes next begins where its time says."""
        if end > self.end:
            self._drain()
            self._resampler = None
            self._overlap = 0
            self._put(np.zeros(max(0, end - self.end), np.int16))

    def _start(self, at: int) -> None:
        """The next sample lies at index `at`: silence up to there, or an overlap that is cut."""
        self._next = float(at)
        self._errors.clear()
        self._errors.append(0.0)
        self._overlap = 0
        self._put(np.zeros(max(0, at - self.end), np.int16))
        self._overlap = max(0, self.end - at)

    def _drain(self) -> None:
        if self._resampler is not None:
            self._put(self._resampler.drain())

    def _jump(self, error: float) -> float:
        """By how much the stream is to be moved at once, if at all."""
        self._errors.append(error)
        if abs(error) > self._samples(FAR_MS):
            return error
        if len(self._errors) < FEW:
            return 0.0
        middle = median(islice(reversed(self._errors), FEW))
        return middle if abs(middle) > self._samples(JUMP_MS) else 0.0

    def _stretch(self, pcm: Samples) -> Samples:
        """`pcm` a little longer or shorter, when the stream runs ahead or behind."""
        mean = sum(self._errors) / len(self._errors)
        if abs(mean) <= self._samples(SLACK_MS) or len(self._errors) < MANY // 2 or len(pcm) < 2:
            return pcm
        change = max(1, len(pcm) // STRETCH) * (1 if mean > 0 else -1)
        self._next += change
        self._errors = deque((error - change for error in self._errors), MANY)
        places = np.linspace(0, len(pcm) - 1, len(pcm) + change)
        wave = np.interp(places, np.arange(len(pcm)), pcm)
        result: Samples = np.rint(wave).astype(np.int16)
        return result

    def _put(self, pcm: Samples) -> None:
        cut = min(self._overlap, len(pcm))
        self._overlap -= cut
        self._ready.append(pcm[cut:])
        self.end += len(pcm) - cut
