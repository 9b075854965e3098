"""When the user speaks, by energy alone: marks for the screen and for latencies, not for turns.

Knows samples and their times. Whether a turn is over is the agent's decision, not this one's.

Theory of operation. The signal is judged in blocks of 10 ms by their level. The noise floor is the
lowest smoothed level of the last three seconds (minimum statistics): speech dips to the floor in
every pause, constant noise never does, so noise that begins is taken for speech for three seconds
at most and never after. A block is voiced when it stands out of the floor. Speech starts when
enough of the last blocks are voiced, and ends when none was for the hangover. Both edges are
dated back to where the voice really began and ended, which the detector learns only later.
`modelled_speech.py` judges by a model instead, with the same edges.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

BLOCK_MS = 10

QUIETEST_DBFS = -50.0
"""Nothing below is speech, however quiet the room: a headset gives -40 to -15 for a near voice."""

START_DB = 12.0
"""A block this much above the floor can start speech."""

STAY_DB = 8.0
"""A block this much above the floor keeps it going; less than START_DB, against flutter."""

ONSET_BLOCKS, ONSET_WINDOW = 5, 8
"""So many voiced blocks among the last so many: a click or a key press has two or three."""

HANGOVER_NS = 500_000_000
"""Pauses between words stay inside: a plosive closes for 50-150 ms, a comma takes up to 400."""

FLOOR_PART_MS = 250
FLOOR_PARTS = 12
"""The floor looks back over 12 parts of 250 ms: 3 s, longer than speech goes without a dip."""

FIRST_FLOOR_DBFS = -40.0
"""Before three seconds are known the floor is at most this, so that a stream that begins in the
middle of a word is heard, and one that begins in moderate noise is not."""

SMOOTHING = 0.3
"""Weight of a new block in the level that the floor follows: about 30 ms."""

LOWEST_DBFS = -90.0
"""Levels below are taken for this: the floor of a microphone that was switched off."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Speech started or ended at `at_ns` (monotonic), which is before this could be known."""

    started: bool
    at_ns: int


class Detector(Protocol):
    """Feed it what the microphone captured; it is not fed while muted (see `stop`)."""

    @property
    def speaking(self) -> bool: ...

    def feed(self, pcm: Samples, at_ns: int) -> list[Edge]:
        """`pcm`: shape (n,), any n; `at_ns`: when its first sample was captured."""

    def stop(self) -> list[Edge]:
        """The stream breaks off here (muted, device lost): ends speech that was going on."""


class Edges:
    """Voiced blocks in, edges out: `onset` voiced ones among the last `window` start speech."""

    def __init__(self, onset: int, window: int) -> None:
        self._onset = onset
        self._recent: deque[tuple[bool, int]] = deque(maxlen=window)
        self._voiced_end_ns = 0
        self.speaking = False

    def step(self, voiced: bool, begin_ns: int, end_ns: int) -> list[Edge]:
        self._recent.append((voiced, begin_ns))
        if voiced:
            self._voiced_end_ns = end_ns
        if self.speaking:
            return self.stop() if end_ns - self._voiced_end_ns >= HANGOVER_NS else []
        onset = [at_ns for was_voiced, at_ns in self._recent if was_voiced]
        if len(onset) < self._onset:
            return []
        self.speaking = True
        return [Edge(started=True, at_ns=onset[0])]

    def stop(self) -> list[Edge]:
        self._recent.clear()
        was, self.speaking = self.speaking, False
        return [Edge(started=False, at_ns=self._voiced_end_ns)] if was else []


class _Floor:
    """The lowest smoothed level of the last FLOOR_PARTS parts, in dBFS."""

    def __init__(self) -> None:
        self.dbfs = FIRST_FLOOR_DBFS
        self._parts: deque[float] = deque([FIRST_FLOOR_DBFS] * FLOOR_PARTS, FLOOR_PARTS)
        self._level: float | None = None
        self._lowest = 0.0
        self._blocks = 0

    def follow(self, level: float) -> None:
        last = level if self._level is None else self._level
        self._level = last + SMOOTHING * (level - last)
        self._lowest = min(self._lowest, self._level)
        self._blocks += 1
        if self._blocks * BLOCK_MS >= FLOOR_PART_MS:
            self._parts.append(self._lowest)
            self._blocks = 0
            self._lowest = 0.0
        self.dbfs = min(self._lowest, *self._parts)


class SpeechDetector:
    """By level alone."""

    def __init__(self, rate: int) -> None:
        """`rate`: Hz of the samples to come."""
        self._size = rate * BLOCK_MS // 1000
        self._sample_ns = 1e9 / rate
        self._rest = np.empty(0, np.int16)
        self._floor = _Floor()
        self._edges = Edges(ONSET_BLOCKS, ONSET_WINDOW)

    @property
    def speaking(self) -> bool:
        return self._edges.speaking

    def feed(self, pcm: Samples, at_ns: int) -> list[Edge]:
        at_ns -= round(len(self._rest) * self._sample_ns)
        pcm = np.concatenate([self._rest, pcm])
        blocks = len(pcm) // self._size
        self._rest = pcm[blocks * self._size :]
        levels = _levels(pcm[: blocks * self._size].reshape(blocks, self._size))
        edges: list[Edge] = []
        for number, level in enumerate(levels):
            begin = at_ns + round(number * self._size * self._sample_ns)
            edges += self._edges.step(self._voiced(level), begin, begin + BLOCK_MS * 1_000_000)
        return edges

    def stop(self) -> list[Edge]:
        self._rest = self._rest[:0]
        return self._edges.stop()

    def _voiced(self, level: float) -> bool:
        margin = STAY_DB if self.speaking else START_DB
        voiced = level > max(self._floor.dbfs + margin, QUIETEST_DBFS)
        self._floor.follow(level)
        return voiced


def _levels(blocks: Samples) -> list[float]:
    """Level of each row in dBFS, a constant offset of cheap microphones taken out."""
    power = blocks.astype(np.float32).var(axis=1) / 32768.0**2
    floor = 10 ** (LOWEST_DBFS / 10)
    levels: list[float] = (10 * np.log10(np.maximum(power, floor))).tolist()
    return levels
