"""One reply on its way to the speaker: what waits, what was queued, what was heard.

Knows samples and indices; the player moves them.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tui.audio.ports import Reply

AUDIBLE = 104
"""A sample of -50 dBFS: what is below that is silence to a listener."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first sample of a reply leaves the converter at `at_ns` (maybe in a few ms)."""

    reply: Reply
    at_ns: int
    queued_ns: int = field(default=0, compare=False)
    """When it was let go to the sink."""


@dataclass(frozen=True, slots=True)
class Audible:
    """The first sample of a reply that can be heard leaves the converter at `at_ns`."""

    reply: Reply
    at_ns: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A reply ran dry at `at_ns` and went on after `gap_ms` of silence: an underrun."""

    reply: Reply
    at_ns: int
    gap_ms: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The last sample of a reply left the converter at `at_ns`: all `heard_ms` were heard."""

    reply: Reply
    at_ns: int
    heard_ms: float


Progress = Started | Audible | Gap | Finished


@dataclass(frozen=True, slots=True)
class Cut:
    """A reply was flushed: its sound ends at `at_ns`, `dropped_ms` of it are never heard."""

    reply: Reply
    heard_ms: float
    dropped_ms: float
    at_ns: int


Samples = npt.NDArray[np.int16]


class Track:
    """The samples of one reply, in the order in which they came."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.ended = False
        """No more will come."""
        self.started = False
        """Its start was reported."""
        self.came_ns = 0
        """When the last piece came."""
        self.received = 0
        """Samples that came, at the agent's rate."""
        self.waiting = 0
        """Samples among them that the resampler has not seen, at the agent's rate."""
        self.first: int | None = None
        """Index at the sink of its first sample."""
        self.queued_ns = 0
        """When that was given to the sink."""
        self.audible: int | None = None
        """Index at the sink of the first sample that can be heard."""
        self.audible_told = False
        self.end = 0
        """Index at the sink after its last sample so far."""
        self.settled = False
        """The resampler holds nothing of it back."""
        self.gap: tuple[int, int] | None = None
        """It ran dry: (when the silence began in ns, index of the sample that ended it)."""
        self.shaken = False
        """The network made it run dry."""
        self.excused = False
        """It is dry because it was held."""
        self.before = 0
        """Samples heard through another sink before this one, at the agent's rate."""
        self.broken_ns = 0
        """When that other sink fell silent; 0 when there was none or sound has come since."""
        self._pieces: deque[Samples] = deque()
        self._kept: deque[tuple[int, Samples]] = deque()

    def add(self, pcm: Samples, now_ns: int) -> None:
        """int16, shape (n,), at the agent's rate, came at `now_ns`."""
        self._pieces.append(pcm)
        self._kept.append((self.received, pcm))
        self.received += len(pcm)
        self.waiting += len(pcm)
        self.came_ns = now_ns
        self.settled = False

    def take(self, count: int) -> Samples:
        """int16, shape (n,): the next `count` samples at most, at least one if any wait."""
        if not self._pieces:
            return np.empty(0, np.int16)
        piece = self._pieces.popleft()
        if len(piece) > count:
            self._pieces.appendleft(piece[count:])
            piece = piece[:count]
        self.waiting -= len(piece)
        return piece

    def queued(self, index: int, pcm: Samples, now_ns: int) -> None:
        """`pcm`, at the sink's rate, is at the sink now, from `index` on."""
        if self.first is None:
            self.first = index
            self.queued_ns = self.queued_ns or now_ns
        if self.audible is None:
            loud = np.flatnonzero((pcm >= AUDIBLE) | (pcm <= -AUDIBLE))
            self.audible = index + int(loud[0]) if len(loud) else None
        self.end = index + len(pcm)

    def played(self, consumed: int) -> int:
        """Samples of it that the device has taken, when it has consumed all below `consumed`."""
        return 0 if self.first is None else max(0, min(consumed, self.end) - self.first)

    def forget(self, heard: int) -> None:
        """Samples below `heard` (at the agent's rate) will not be wanted by another sink."""
        while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= heard:
            self._kept.popleft()

    def rewind(self, heard: int, silent_ns: int) -> None:
        """Another sink goes on after `heard` samples (at the agent's rate)."""
        self.forget(heard)
        self._pieces = deque(pcm[max(0, heard - at) :] for at, pcm in self._kept)
        self.waiting = sum(len(piece) for piece in self._pieces)
        self.before, self.broken_ns = heard, silent_ns
        self.first, self.end, self.settled, self.gap = None, 0, False, None
        self.audible = None
