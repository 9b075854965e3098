"""The sound of a call for a page: Ogg/Opus in two channels, and the shape of each.

Knows `tui.export.sound` and files; nothing of the page.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tui.audio.files.recording import RecordedSide
from tui.audio.ports import AudioUnavailable
from tui.errors import Progress
from tui.export.sound import begins_ns, sound_of
from tui.journal.reader import JournalError, JournalReader

Samples = npt.NDArray[np.int16]

RATE = 24_000
"""As much as a voice has, in half the time of 48 kHz."""
COMPRESSION = 0.9
"""Of libsndfile, 0 to 1: some 60 kbit/s for both sides."""
PEAKS = 20
"""Columns a second."""


class Sound(NamedTuple):
    opus: bytes
    begin_ns: int
    """Monotonic time of its first sample."""
    seconds: float
    peaks: tuple[list[int], list[int]]
    """Of you and of the agent, 0 to 100, `PEAKS` a second."""


class _Peaks:
    """A track that looks at what goes by."""

    def __init__(self, track: RecordedSide) -> None:
        self._track = track
        self._loudest = np.zeros((0, 2), np.int16)

    def write(self, at: int, pcm: Samples) -> None:
        self._track.write(at, pcm)
        places = (at + np.arange(len(pcm))) * PEAKS // RATE
        missing = int(places[-1]) + 1 - len(self._loudest) if len(pcm) else 0
        if missing > 0:
            self._loudest = np.concatenate([self._loudest, np.zeros((missing, 2), np.int16)])
        edges = np.flatnonzero(np.diff(places, prepend=-1))
        if len(edges):
            loud = np.maximum.reduceat(np.abs(np.maximum(pcm, -32_767)), edges, axis=0)
            into = places[edges]
            self._loudest[into] = np.maximum(self._loudest[into], loud)

    def close(self) -> None:
        self._track.close()

    def shape(self) -> tuple[list[int], list[int]]:
        percent = np.rint(self._loudest / 327.67).astype(int)
        return percent[:, 0].tolist(), percent[:, 1].tolist()


def sound_for(reader: JournalReader, progress: Progress) -> Sound | str:
    """The sound, or why there is none."""
    watched: list[_Peaks] = []

    def watch(track: RecordedSide) -> RecordedSide:
        watched.append(_Peaks(track))
        return watched[0]

    with tempfile.TemporaryDirectory(prefix="voicescope-") as folder:
        target = Path(folder) / "call.opus"
        try:
            seconds = sound_of(
                reader, target, progress, rate=RATE, compression=COMPRESSION, through=watch
            )
        except AudioUnavailable as error:
            return f"{error.reason}; {error.advice}"
        except JournalError as error:
            return str(error)
        return Sound(target.read_bytes(), begins_ns(reader), seconds, watched[0].shape())
