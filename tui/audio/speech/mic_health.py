"""What is wrong with a microphone's signal: dead, clipping, too quiet.

Knows samples, their times and whether somebody speaks; no device, no words for the user.

Theory of operation. *Dead*: nobody was ever heard to speak, and not one sample differed from its
neighbour for five seconds; a switched off microphone gives exact silence or a constant, and so does
the gate of a live one between two sentences. *Clipping*: samples at full
scale in at least three of the last ten blocks; a single knock is none. *Quiet*: two seconds of
speech, all of it below -45 dBFS RMS. *Faint*: nobody was ever heard to speak, and yet something
moves like a voice: the detector hears less than this user's voice. Each is over when five seconds
have passed without it; dead ends with the first sample that differs. Of a dead microphone nothing
else is said.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui.audio.level import FLOOR_DBFS, dbfs

WINDOW_NS = 10_000_000_000
JUDGED_NS = 1_000_000_000
"""From one judgement to the next."""
SHORTEST_NS, LONGEST_NS = 70_000_000, 600_000_000
FEWEST = 12
MOVES_DB = 10.0
"""Between the room and the loudest tenth."""
SOFT_DBFS, LOUD_DBFS = -75.0, -45.0
"""Below the first is what a voice two rooms away gives, above the second is no want of level."""


class FaintSpeech:
    def __init__(self) -> None:
        self._blocks: deque[tuple[int, float]] = deque()
        self._held_ns = 0
        self._judged_ns = 0

    def forget(self) -> None:
        self._blocks.clear()
        self._held_ns = self._judged_ns = 0

    def feed(self, elapsed_ns: int, dbfs: float) -> bool | None:
        """A block in which nobody spoke, its length and its level; None between two judgements."""
        self._blocks.append((elapsed_ns, dbfs))
        self._held_ns += elapsed_ns
        self._judged_ns += elapsed_ns
        while self._held_ns - self._blocks[0][0] >= WINDOW_NS:
            self._held_ns -= self._blocks.popleft()[0]
        if self._held_ns < WINDOW_NS or self._judged_ns < JUDGED_NS:
            return None
        self._judged_ns = 0
        levels = sorted(level for _, level in self._blocks)
        room, top = levels[len(levels) // 5], levels[len(levels) * 9 // 10]
        if top - room < MOVES_DB or not SOFT_DBFS < top < LOUD_DBFS:
            return False
        return self._syllables((room + top) / 2) >= FEWEST

    def _syllables(self, edge_dbfs: float) -> int:
        found = length_ns = 0
        for elapsed_ns, level in (*self._blocks, (0, edge_dbfs)):
            if level > edge_dbfs:
                length_ns += elapsed_ns
            else:
                found += SHORTEST_NS <= length_ns <= LONGEST_NS
                length_ns = 0
        return found


DEAD_NS = 5_000_000_000
CALM_NS = 5_000_000_000
GAP_NS = 1_000_000_000
"""Blocks that are farther apart are not one stream."""
FULL = 32_700
"""Converters and drivers differ by a few steps in where they clip."""
CLIPPED_BLOCKS, CLIPPED_WINDOW = 3, 10
CLIPPED_SAMPLES = 2
QUIET_DBFS = -45.0
QUIET_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class MicProblem:
    """`what` is dead, clipping, quiet or faint."""

    what: str
    over: bool = False


class MicHealth:
    """Fed with every block as captured."""

    def __init__(self) -> None:
        self._news: list[MicProblem] = []
        self._since: dict[str, int] = {}
        self._faint = FaintSpeech()
        self._clipped: deque[bool] = deque(maxlen=CLIPPED_WINDOW)
        self._spoken: deque[tuple[int, float]] = deque()
        self.forget()

    def forget(self) -> None:
        """Another microphone, or none: what was wrong with this one is over."""
        self._news = [MicProblem(what, over=True) for what in self._since]
        self._since.clear()
        self._steady: int | None = None
        self._steady_ns = 0
        self._clipped.clear()
        self._faint.forget()
        self._heard = False
        """Somebody spoke through this microphone."""
        self._spoken.clear()
        self._spoken_ns = 0
        self._last = FLOOR_DBFS, 0, 0

    def feed(self, pcm: npt.NDArray[np.int16], at_ns: int) -> None:
        """One block, shape (n,), and when its first sample was captured."""
        if len(pcm) == 0:
            return
        low, high = int(pcm.min()), int(pcm.max())
        self._judge_steady(low, high, at_ns)
        full = max(-low, high) >= FULL
        loud = np.count_nonzero(np.abs(pcm.astype(np.int32)) >= FULL) if full else 0
        self._clipped.append(bool(loud >= CLIPPED_SAMPLES))
        if sum(self._clipped) >= CLIPPED_BLOCKS:
            self._is("clipping", at_ns)
        for what, since_ns in list(self._since.items()):
            if what != "dead" and at_ns - since_ns >= CALM_NS:
                self._over(what)
        elapsed = at_ns - self._last[1]
        self._last = dbfs(pcm), at_ns, elapsed

    def spoke(self, speaking: bool, *, alone: bool = True) -> None:
        """Whether the block fed last is speech, as far as is known; `alone`: nothing is played,
        which the microphone would hear from the loudspeaker."""
        level, at_ns, elapsed = self._last
        if not 0 < elapsed < GAP_NS:
            return
        if not speaking:
            if alone and not self._heard and self._faint.feed(elapsed, level):
                self._is("faint", at_ns)
            return
        self._heard = True
        self._over("faint")
        self._spoken_ns += elapsed
        self._spoken.append((elapsed, level))
        while self._spoken_ns - self._spoken[0][0] >= QUIET_NS:
            self._spoken_ns -= self._spoken.popleft()[0]
        if self._spoken_ns >= QUIET_NS:
            # The louder half counts: half of speech is pauses and consonants.
            levels = sorted(level for _, level in self._spoken)
            if levels[len(levels) * 3 // 4] < QUIET_DBFS:
                self._is("quiet", at_ns)

    def news(self) -> list[MicProblem]:
        """What began or was over since the last call."""
        news, self._news = self._news, []
        return news

    def _judge_steady(self, low: int, high: int, at_ns: int) -> None:
        if low != high or low != self._steady:
            self._steady = low if low == high else None
            self._steady_ns = at_ns
            self._over("dead")
        elif not self._heard and at_ns - self._steady_ns >= DEAD_NS:
            for what in list(self._since):
                if what != "dead":
                    self._over(what)
            self._is("dead", at_ns)

    def _is(self, what: str, at_ns: int) -> None:
        if what not in self._since:
            self._news.append(MicProblem(what))
        self._since[what] = at_ns

    def _over(self, what: str) -> None:
        if self._since.pop(what, None) is None:
            return
        self._news.append(MicProblem(what, over=True))
        if what == "quiet":  # it takes two seconds of speech again
            self._spoken.clear()
            self._spoken_ns = 0
