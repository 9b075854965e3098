"""What is wrong with a microphone's signal: dead, clipping, too quiet. Also how loud it peaks.

Knows samples, their times and whether somebody speaks; no device, no words for the user.

Theory of operation. *Dead*: not one sample differed from its neighbour for five seconds; a switched
off microphone gives exact silence or a constant, a live one never does. *Clipping*: samples at full
scale in at least three of the last ten blocks; a single knock is none. *Quiet*: two seconds of
speech, all of it below -45 dBFS RMS. Each is over when five seconds have passed without it; dead
ends with the first sample that differs.
"""

from collections import deque
from dataclasses import dataclass
from math import log10

import numpy as np
import numpy.typing as npt

from tui.audio.level import FLOOR_DBFS, dbfs

DEAD_NS = 5_000_000_000
CALM_NS = 5_000_000_000
PEAK_NS = 1_000_000_000
FULL = 32_700
"""Converters and drivers differ by a few steps in where they clip."""
CLIPPED_BLOCKS, CLIPPED_WINDOW = 3, 10
CLIPPED_SAMPLES = 2
QUIET_DBFS = -45.0
QUIET_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """`what` is dead, clipping or quiet."""

    what: str
    over: bool = False


class MicTroubles:
    """Fed with every block as captured."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Another microphone, or none: what was wrong with this one is over."""
        self._news = [Trouble(what, over=True) for what in getattr(self, "_since", {})]
        self._since: dict[str, int] = {}
        self._steady: int | None = None
        self._steady_ns = 0
        self._clipped: deque[bool] = deque(maxlen=CLIPPED_WINDOW)
        self._peaks: deque[tuple[int, int]] = deque()
        self._spoken: deque[tuple[int, float]] = deque()
        self._spoken_ns = 0
        self._last = FLOOR_DBFS, 0, 0

    def feed(self, pcm: npt.NDArray[np.int16], at_ns: int) -> None:
        """One block, shape (n,), and when its first sample was captured."""
        if len(pcm) == 0:
            return
        low, high = int(pcm.min()), int(pcm.max())
        peak = max(-low, high)
        while self._peaks and (self._peaks[-1][1] <= peak or self._peaks[0][0] < at_ns - PEAK_NS):
            self._peaks.pop() if self._peaks[-1][1] <= peak else self._peaks.popleft()
        self._peaks.append((at_ns, peak))
        self._judge_steady(low, high, at_ns)
        loud = np.count_nonzero(np.abs(pcm.astype(np.int32)) >= FULL) if peak >= FULL else 0
        self._clipped.append(bool(loud >= CLIPPED_SAMPLES))
        self._set("clipping", sum(self._clipped) >= CLIPPED_BLOCKS, at_ns)
        elapsed = at_ns - self._last[1]
        self._last = dbfs(pcm), at_ns, elapsed

    def spoke(self, speaking: bool) -> None:
        """Whether the block fed last is speech, as far as is known."""
        level, at_ns, elapsed = self._last
        if not speaking or not 0 < elapsed < PEAK_NS:
            return
        self._spoken_ns += elapsed
        self._spoken.append((elapsed, level))
        while self._spoken_ns - self._spoken[0][0] >= QUIET_NS:
            self._spoken_ns -= self._spoken.popleft()[0]
        if self._spoken_ns >= QUIET_NS:
            # The louder half counts: half of speech is pauses and consonants.
            levels = sorted(level for _, level in self._spoken)
            self._set("quiet", levels[len(levels) * 3 // 4] < QUIET_DBFS, at_ns)

    def news(self) -> list[Trouble]:
        """What began or was over since the last call."""
        news, self._news = self._news, []
        return news

    @property
    def peak_dbfs(self) -> float:
        peak = self._peaks[0][1] if self._peaks else 0
        return 20 * log10(peak / 32768) if peak else FLOOR_DBFS

    def _judge_steady(self, low: int, high: int, at_ns: int) -> None:
        if low != high or low != self._steady:
            self._steady = low if low == high else None
            self._steady_ns = at_ns
            if "dead" in self._since:
                del self._since["dead"]
                self._news.append(Trouble("dead", over=True))
        elif at_ns - self._steady_ns >= DEAD_NS:
            self._set("dead", True, at_ns)

    def _set(self, what: str, wrong: bool, at_ns: int) -> None:
        if wrong:
            if what not in self._since:
                self._news.append(Trouble(what))
            self._since[what] = at_ns
        elif what in self._since and at_ns - self._since[what] >= CALM_NS:
            del self._since[what]
            self._news.append(Trouble(what, over=True))
