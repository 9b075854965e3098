"""When the user speaks, by a model that knows what speech is; the edges are those of `speech.py`.

Knows samples, their times and that something scores them; not which model that is. It hears words
that hardly stand out of the noise, and takes keys, fans and doors for none.
"""

from collections import deque
from typing import Protocol

import numpy as np

from tui.audio.level import dbfs
from tui.audio.resample import Resampler
from tui.audio.speech.energy_detector import Edge, Edges, Samples

START_SCORE, STAY_SCORE = 0.5, 0.35
"""What the model must give a frame to start speech, and to keep it going."""

ONSET_FRAMES, FRAMES_WINDOW = 2, 3
"""64 ms of voice: the shortest words have 150."""

SILENT_DBFS = -60.0
STANDS_OUT_DB = 3.0
"""The model costs more than all the rest of listening. A frame that is weaker than the first, or
that stands out less than this from the quietest of the last three seconds, does not wake it."""
REMEMBERED_FRAMES = 94
AWAKE_FRAMES = 16
"""For so long it stays awake: half a second, which is longer than a weak beginning."""


class Scorer(Protocol):
    """A model that follows one stream."""

    def score(self, frame: Samples) -> float:
        """The next frame: int16, shape (size,). Gives the probability of speech, 0..1."""


class Model(Protocol):
    @property
    def rate(self) -> int:
        """Hz of what it hears."""

    @property
    def frame(self) -> int:
        """Samples that it scores at once."""

    def open(self) -> Scorer:
        """Ready for a new stream."""


class ModelDetector:
    """By what a model makes of it."""

    def __init__(self, rate: int, model: Model) -> None:
        """`rate`: Hz of the samples to come."""
        self._rate = rate
        self._model = model
        self._edges = Edges(ONSET_FRAMES, FRAMES_WINDOW)
        self._start_ns: int | None = None
        self._taken = self._frames = 0
        self._rest = np.empty(0, np.int16)
        self._levels: deque[float] = deque(maxlen=REMEMBERED_FRAMES)
        self._awake = 0
        self._begin()

    @property
    def speaking(self) -> bool:
        return self._edges.speaking

    def feed(self, pcm: Samples, at_ns: int) -> list[Edge]:
        self._start_ns = at_ns if self._start_ns is None else self._start_ns
        # When the first of all samples would have been captured, by the newest time there is.
        zero_ns = at_ns - self._taken * 1_000_000_000 // self._rate
        self._taken += len(pcm)
        self._rest = np.concatenate([self._rest, self._resampler.process(pcm)])
        edges: list[Edge] = []
        while len(self._rest) >= self._model.frame:
            frame, self._rest = self._rest[: self._model.frame], self._rest[self._model.frame :]
            edges += self._edges.step(self._voiced(frame), *self._times(zero_ns))
        return edges

    def stop(self) -> list[Edge]:
        edges = self._edges.stop()
        self._begin()
        return edges

    def _voiced(self, frame: Samples) -> bool:
        level = dbfs(frame)
        self._levels.append(level)
        if level > max(min(self._levels) + STANDS_OUT_DB, SILENT_DBFS):
            self._awake = max(self._awake, AWAKE_FRAMES)
        self._awake = max(self._awake - 1, 0)
        if level < SILENT_DBFS or not (self._awake or self.speaking):
            return False
        return self._scorer.score(frame) >= (STAY_SCORE if self.speaking else START_SCORE)

    def _times(self, zero_ns: int) -> tuple[int, int]:
        """Of the frame that was scored, half a frame earlier, but nothing before the stream.

        The model makes up its mind by what led to a frame: measured with voices of known begin
        and end its scores rise some 20 ms late and fall some 55 ms late, in noise.
        """
        begin, end = (
            zero_ns + half_frames * self._model.frame * 500_000_000 // self._model.rate
            for half_frames in (2 * self._frames - 1, 2 * self._frames + 1)
        )
        self._frames += 1
        return max(begin, self._start_ns or 0), end

    def _begin(self) -> None:
        """A new stream: the model forgets what it heard."""
        self._scorer = self._model.open()
        self._resampler = Resampler(self._rate, self._model.rate, "fast")
        self._rest = np.empty(0, np.int16)
        self._taken = self._frames = 0
        self._start_ns = None
        self._levels.clear()
        self._awake = REMEMBERED_FRAMES  # nothing is known yet of what is quiet here
