"""Blocks with times become one stream in which sample n stands for one moment.

Knows samples and times; no device, no file.

Theory of operation. A device's blocks follow each other without a seam, its clock is not quite
ours, and the times it gives are estimates: those of a microphone behind PulseAudio are up to 30 ms
too early, wander, and are hardly ever late, while the blocks come to the tenth of a millisecond. So
counting is trusted. Blocks are laid end to end; where the first one lies is decided by the latest
times of the first seconds, and later, when two clocks drift apart, those of the last 15 s stretch
the stream by a sample now and then. Only where several blocks in a row are late by nearly a block,
something was lost: that becomes silence. Early is what no loss can make them: for a while that is a
driver's mistake.
"""

from collections import deque
from itertools import islice
from statistics import median

import numpy as np
import numpy.typing as npt

from tui.audio.ports import Block
from tui.audio.resample import Resampler

Samples = npt.NDArray[np.int16]

SETTLE_NS = 4_000_000_000
"""Before a stream is given a place."""
SURE = 95
"""The percentile of times that is believed."""
SLACK_MS = 2.5
"""Errors that are left alone."""
STRETCH = 4000
"""One sample in about so many is added or taken: 1 ms in 4 s."""
JUMP_MS = 18.0
FEW = 9
"""Blocks in a row that tell of a loss."""
FAR_MS = 150.0
"""An error that one block is enough to believe: the stream begins anew."""
MANY = 750
"""Blocks whose errors are remembered: 15 s of a usual device."""
OFTEN = 25
"""Blocks between two looks at the middle of them."""


class Lane:
    """One channel from `begin_ns` on, at `rate` Hz whatever rate it is fed at."""

    def __init__(self, rate: int, begin_ns: int) -> None:
        self.rate = rate
        self.end = 0
        """All samples below this index are known."""
        self._begin_ns = begin_ns
        self._taken = 0
        self._ready: deque[Samples] = deque()
        self._overlap = 0
        """Samples still to be dropped: their moments are taken."""
        self._unplaced: list[Block] = []
        self._resampler: Resampler | None = None
        self._next = 0.0
        """Where the next block's first sample lies if it follows without a seam."""
        self._errors: deque[float] = deque(maxlen=MANY)
        self._count = 0
        self._change = 0
        """-1 or 1 while samples are to be taken or added."""
        self._owed = 0.0

    def add(self, block: Block, rate: int) -> None:
        """`block` of samples at `rate` Hz; blocks come in the order of time."""
        if self._resampler is None or self._resampler.rate_in != rate:
            self.settle()
            self._drain()
            self._resampler = Resampler(rate, self.rate, "medium")
            self._unplaced = [block]
        elif self._unplaced:
            self._unplaced.append(block)
            if block.capture_ns - self._unplaced[0].capture_ns >= SETTLE_NS:
                self.settle()
        else:
            self._follow(block, self._resampler)

    def settle(self) -> None:
        """Give what came so far its place, however little that is."""
        blocks, self._unplaced = self._unplaced, []
        if not blocks or self._resampler is None:
            return
        ratio = self.rate / self._resampler.rate_in
        counted = np.cumsum([0, *(len(block.pcm) * ratio for block in blocks[:-1])])
        errors = np.array([self.index(block.capture_ns) for block in blocks]) - counted
        whole = errors[: _unbroken(errors, self._samples(JUMP_MS))]
        self._start(round(float(np.percentile(whole, SURE))))
        self._lay(blocks[0], self._resampler)
        for block in blocks[1:]:
            self.add(block, self._resampler.rate_in)
        if self._unplaced and len(self._unplaced) < len(blocks):
            self.settle()

    def silent_until(self, at_ns: int) -> None:
        """Nothing was heard up to then, beyond what was added."""
        self._pad(self.index(at_ns))

    def take(self, end: int) -> Samples:
        """int16, shape (n,): from the last call's end to index `end`; silence where unknown."""
        self._pad(end)
        parts = [np.empty(0, np.int16)]
        left = max(0, end - self._taken)
        self._taken += left
        while left:  # only these: hours of silence may lie ready
            first = self._ready.popleft()
            parts.append(first[:left])
            if len(first) > left:
                self._ready.appendleft(first[left:])
            left -= len(parts[-1])
        return np.concatenate(parts)

    def index(self, at_ns: int) -> int:
        """The sample that stands for a moment."""
        return (at_ns - self._begin_ns) * self.rate // 1_000_000_000

    def _follow(self, block: Block, resampler: Resampler) -> None:
        error = self.index(block.capture_ns) - self._next
        if abs(error) > self._samples(FAR_MS):
            self._drain()
            self._unplaced = [block]
            return
        self._errors.append(error)
        self._watch()
        self._lay(block, resampler)

    def _lay(self, block: Block, resampler: Resampler) -> None:
        self._next += len(block.pcm) * self.rate / resampler.rate_in
        self._put(self._stretch(resampler.process(block.pcm)))

    def _watch(self) -> None:
        """What the last errors ask for: a jump, a stretch or nothing."""
        self._count += 1
        if len(self._errors) >= FEW:
            late = median(islice(reversed(self._errors), FEW))
            if late > self._samples(JUMP_MS):
                self._drain()
                self._start(round(self._next + late))
        if self._errors and self._count % OFTEN == 0:
            drift = float(np.percentile(self._errors, SURE))
            self._change = round(np.sign(drift)) if abs(drift) > self._samples(SLACK_MS) else 0

    def _stretch(self, pcm: Samples) -> Samples:
        """`pcm` a little longer or shorter, while the stream runs behind or ahead."""
        self._owed += self._change * len(pcm) / STRETCH
        change = int(self._owed)
        if change == 0 or len(pcm) < 2:
            return pcm
        self._owed -= change
        self._next += change
        self._errors = deque((error - change for error in self._errors), MANY)
        places = np.linspace(0, len(pcm) - 1, len(pcm) + change)
        wave = np.interp(places, np.arange(len(pcm)), pcm)
        result: Samples = np.rint(wave).astype(np.int16)
        return result

    def _samples(self, ms: float) -> float:
        return ms * self.rate / 1000

    def _start(self, at: int) -> None:
        """The next sample lies at index `at`: silence up to there, or an overlap that is cut."""
        self._next = float(at)
        self._errors.clear()
        self._change = self._overlap = 0
        self._put(np.zeros(max(0, at - self.end), np.int16))
        self._overlap = max(0, self.end - at)

    def _pad(self, end: int) -> None:
        """Silence up to index `end`; what comes next begins where its time says."""
        if end <= self.end:
            return
        self.settle()
        self._drain()
        self._resampler = None
        self._overlap = 0
        self._put(np.zeros(max(0, end - self.end), np.int16))

    def _drain(self) -> None:
        if self._resampler is not None:
            self._put(self._resampler.drain())

    def _put(self, pcm: Samples) -> None:
        cut = min(self._overlap, len(pcm))
        self._overlap -= cut
        self._ready.append(pcm[cut:])
        self.end += len(pcm) - cut


def _unbroken(errors: npt.NDArray[np.float64], jump: float) -> int:
    """How many of the first errors there are before something was lost."""
    for end in range(2 * FEW, len(errors) + 1):
        if np.median(errors[end - FEW : end]) - np.median(errors[: end - FEW]) > jump:
            return end - FEW
    return len(errors)
