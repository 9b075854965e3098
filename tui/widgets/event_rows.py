"""The rows of the event log: which records are one row, in three views of the same journal.

Knows the journal's index and what a codec makes of a record; paints nothing.

Theory of operation. `extend` looks at each record once, in order. A kind is judged by its first
record: what streams (audio both ways, VAD scores) is folded into runs, all else has a row of its
own. A run goes on while only streaming records and other plumbing come between; anything telling
ends all runs, so that rows stay in the order of what happened. Rows are only ever appended: a
row's place is its name until the journal changes. All views are kept at once (4 bytes a row
each), so changing the view costs nothing however long the journal is.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from enum import Enum, StrEnum, auto

from tui import events
from tui.journal.reader import UNREADABLE, JournalReader


class AudioView(StrEnum):
    """What the log does with records that stream."""

    FOLDED = "folded"
    ALL = "all"
    HIDDEN = "hidden"

    def next(self) -> "AudioView":
        views = list(AudioView)
        return views[(views.index(self) + 1) % len(views)]


class Trait(Enum):
    """What a kind of record is to a reader of the log."""

    PLAIN = auto()
    MIC = auto()
    SPEECH = auto()
    SCORE = auto()
    PLUMBING = auto()
    TALK = auto()
    ERROR = auto()


AUDIO = frozenset({Trait.MIC, Trait.SPEECH})
STREAMS = AUDIO | {Trait.SCORE}
QUIET = STREAMS | {Trait.PLUMBING}
EventsOf = Callable[[int], Sequence[events.Event]]
"""What the record of a number meant."""

RUN_NS = 10_000_000_000
"""A run's longest time: a long silence then still shows that time goes by."""
GAP_NS = 1_000_000_000
"""A longer pause in a stream (muted, agent quiet) begins a new run."""


class Run:
    """A row that stands for several records: how many, their bytes, the newest one."""

    __slots__ = ("bytes", "count", "first_ns", "last", "last_ns", "row")

    def __init__(self, row: int, number: int, size: int, time_ns: int) -> None:
        self.row = row
        self.count = 1
        self.bytes = size
        self.first_ns = self.last_ns = time_ns
        self.last = number

    def add(self, number: int, size: int, time_ns: int) -> None:
        self.count += 1
        self.bytes += size
        self.last = number
        self.last_ns = time_ns


class EventRows:
    """`extend` it as the journal grows; rows are then `len(view)` and `number(row)`."""

    def __init__(self, reader: JournalReader, events_of: EventsOf) -> None:
        self._reader = reader
        self._events_of = events_of
        self._traits: dict[str, Trait] = {}
        self._folded = array("I")
        self._hidden = array("I")
        self._runs: dict[int, Run] = {}
        self._open: dict[str, Run] = {}
        self.view = AudioView.FOLDED
        self.records = 0
        """How many records are in the rows."""
        self.changed: set[int] = set()
        """Rows (of the folded view) that grew; whoever paints them clears this."""

    def __len__(self) -> int:
        match self.view:
            case AudioView.FOLDED:
                return len(self._folded)
            case AudioView.ALL:
                return self.records
            case AudioView.HIDDEN:
                return len(self._hidden)

    def number(self, row: int) -> int:
        """The record that a row begins with."""
        match self.view:
            case AudioView.FOLDED:
                return self._folded[row]
            case AudioView.ALL:
                return row
            case AudioView.HIDDEN:
                return self._hidden[row]

    def run(self, row: int) -> Run | None:
        """What is folded into a row; None for a row that is one record."""
        if self.view is not AudioView.FOLDED:
            return None
        run = self._runs.get(row)
        return run if run and run.count > 1 else None

    def row_of(self, number: int) -> int:
        """The row that `number` is in, or the nearest before it; -1 when there is none."""
        match self.view:
            case AudioView.FOLDED:
                return self._folded_row(number)
            case AudioView.ALL:
                return min(number, self.records - 1)
            case AudioView.HIDDEN:
                return bisect_right(self._hidden, number) - 1

    def trait(self, number: int) -> Trait:
        kind = self._reader.kind(number)
        found = self._traits.get(kind)
        return found if found is not None else self._judge(kind, number)

    def trouble(self, number: int) -> str:
        """Why a frame could not be understood; "" when it could."""
        for event in self._events_of(number):
            if isinstance(event, events.ProtocolErred):
                return event.reason
        return ""

    def extend(self, records: int, limit: int = 20_000) -> bool:
        """Take in records up to `records`, `limit` at most; True when there are none left."""
        end = min(records, self.records + limit)
        for number in range(self.records, end):
            self._add(number)
        self.records = max(end, self.records)
        return self.records >= records

    def _add(self, number: int) -> None:
        trait = self.trait(number)
        if trait not in QUIET:
            self._open.clear()
        if trait not in AUDIO:
            self._hidden.append(number)
        if trait not in STREAMS:
            self._folded.append(number)
            return
        reader = self._reader
        kind, size, at = reader.kind(number), reader.size(number), reader.time_ns(number)
        run = self._open.get(kind)
        if run and at - run.last_ns <= GAP_NS and at - run.first_ns <= RUN_NS:
            run.add(number, size, at)
            self.changed.add(run.row)
            return
        run = Run(len(self._folded), number, size, at)
        self._folded.append(number)
        self._runs[run.row] = self._open[kind] = run

    def _folded_row(self, number: int) -> int:
        """A record inside a run belongs to the run's row, a little before its own place."""
        row = bisect_right(self._folded, number) - 1
        kind = self._reader.kind(number) if number < self.records else ""
        for near in range(row, max(row - 64, -1), -1):
            run = self._runs.get(near)
            if run and self._reader.kind(self._folded[near]) == kind:
                return near if number <= run.last else row
        return row

    def _judge(self, kind: str, number: int) -> Trait:
        trait = Trait.ERROR if kind == UNREADABLE else judge(self._events_of(number))
        self._traits[kind] = trait
        return trait


def judge(found: Sequence[events.Event]) -> Trait:  # noqa: PLR0911  one return a trait
    """What a record is to a reader of the log, by what it meant."""
    for event in found:
        match event:
            case events.AudioSent():
                return Trait.MIC
            case events.AudioReceived() | events.AudioDropped():
                return Trait.SPEECH
            case events.VadScored():
                return Trait.SCORE
            case (
                events.Pinged()
                | events.PongSent()
                | events.ActivitySent()
                | events.PlaybackStarted()
                | events.PlaybackFinished()
            ):
                return Trait.PLUMBING
            case (
                events.ProtocolErred()
                | events.ProviderErred()
                | events.LinkFailed()
                | events.AudioFailed()
                | events.AudioGlitched()
            ):
                return Trait.ERROR
            case (
                events.UserTranscribed()
                | events.AgentResponded()
                | events.AgentCorrected()
                | events.TextSent()
            ):
                return Trait.TALK
    return Trait.PLAIN
