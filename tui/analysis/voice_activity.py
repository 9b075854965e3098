"""Who spoke when, in cells of equal length: both detectors, the agent, a closed microphone.

Knows entries (facts) and the journal's index (scores and levels, which are no entries because they
stream); no widget. A cell is computed from the file when it is looked at, so any moment of a
journal has its history, and a flood costs no more than the cells that are shown.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from copy import copy
from typing import NamedTuple

from tui.analysis.entry import Entry
from tui.analysis.records.categories import Categories, Category, EventsOf
from tui.events import (
    AgentHeardEnd,
    AgentHeardStart,
    CallHeld,
    Event,
    Interrupted,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    LinkOpening,
    MicMuted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    SpeechStarted,
    SpeechStopped,
    VadScored,
)
from tui.journal.reader import JournalReader

BASE_NS = 250_000_000
"""The length of a cell is a multiple of this."""
HOLD = 4
"""Base cells for which a score stands until the next one: providers differ in how often."""
DECODED = 8
"""Scores of a base cell that are read, the newest: of thousands a second no more are."""
LOOKED_AT = 4000
"""Records of a base cell, the newest: with damaged times a whole journal may seem to be one."""
KEPT = 1024
"""Base cells that are remembered."""


class Cell(NamedTuple):
    """What was so at any moment of the cell; `score` and `level` (dBFS) are the highest."""

    score: float | None = None
    level: float | None = None
    heard: bool = False
    """The agent said that it hears the user; a score is finer where there is one."""
    user: bool = False
    """The same by the local detector."""
    agent: bool = False
    """Its speech is being heard."""
    closed: bool = False
    """The microphone is muted or the call is held: nothing of it is sent."""
    cut: bool = False
    """The agent was interrupted."""


class Spans:
    """Times, ns, in which something was so."""

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        """One fewer while it is so."""

    def __bool__(self) -> bool:
        return bool(self._begins)

    @property
    def open(self) -> bool:
        return len(self._begins) > len(self._ends)

    def begin(self, at_ns: int) -> None:
        if not self.open:
            self._begins.append(max(at_ns, self._ends[-1] if self._ends else at_ns))

    def end(self, at_ns: int) -> None:
        if self.open:
            self._ends.append(max(at_ns, self._begins[-1]))

    def touches(self, begin_ns: int, end_ns: int) -> bool:
        """It was so somewhere in `begin_ns..end_ns`."""
        newest = bisect_left(self._begins, end_ns) - 1
        return newest >= 0 and (newest >= len(self._ends) or self._ends[newest] > begin_ns)


class VoiceActivity:
    """`add` entries in order; `cells` is then the history before a moment."""

    def __init__(self, reader: JournalReader, events_of: EventsOf) -> None:
        self._streams = _Streams(reader, events_of)
        self._linked, self._heard, self._user, self._agent = Spans(), Spans(), Spans(), Spans()
        self._muted, self._held = Spans(), Spans()
        self._cuts: list[int] = []
        self._is_cut = False
        """The newest reply: what is said of it a second time is no second interruption."""
        self._unsent: dict[int, float] = {}
        self._base_ns, self._hold = BASE_NS, HOLD

    @property
    def scored(self) -> bool:
        """A score of the provider's has been seen."""
        return self._streams.scored

    @property
    def edged(self) -> bool:
        """The provider tells when it begins to hear, and when it ends."""
        return bool(self._heard)

    def add(self, entry: Entry) -> None:
        for event in entry.events:
            self._add(event, entry.time_ns)

    def _add(self, event: Event, time_ns: int) -> None:
        match event:
            case LinkOpened():
                self._linked.begin(time_ns)
            case LinkOpening() | LinkClosed() | LinkFailed():
                for spans in (self._linked, self._heard, self._user, self._agent):
                    spans.end(time_ns)
            case AgentHeardStart():
                self._heard.begin(time_ns)
            case AgentHeardEnd():
                self._heard.end(time_ns)
            case SpeechStarted(at_ns=at_ns):
                self._user.begin(at_ns)
            case SpeechStopped(at_ns=at_ns):
                self._user.end(at_ns)
            case MicMuted(muted=on) | CallHeld(held=on):
                spans = self._muted if isinstance(event, MicMuted) else self._held
                (spans.begin if on else spans.end)(time_ns)
            case _:
                self._add_playback(event, time_ns)

    def _add_playback(self, event: Event, time_ns: int) -> None:
        match event:
            case PlaybackStarted(at_ns=at_ns):
                self._agent.begin(at_ns)
                self._is_cut = False
            case PlaybackFinished(at_ns=at_ns):
                self._agent.end(at_ns)
            case PlaybackFlushed(at_ns=at_ns, cause=cause):
                self._agent.end(at_ns)
                if cause != "call ended":
                    self._cut(at_ns)
            case Interrupted() if not self._agent.open:  # else the flush tells where it was cut
                self._cut(time_ns)

    def _cut(self, at_ns: int) -> None:
        if not self._is_cut:
            self._cuts.append(at_ns)
        self._is_cut = True

    def hear(self, at_ns: int, dbfs: float) -> None:
        """A level that no record tells: of a closed microphone, while it happens."""
        base = at_ns // self._base_ns
        self._unsent[base] = max(dbfs, self._unsent.get(base, dbfs))
        if len(self._unsent) > KEPT:
            del self._unsent[next(iter(self._unsent))]

    def zoomed(self, base_ns: int) -> "VoiceActivity":
        """The same history, as it is now, in finer cells."""
        found = copy(self)
        found._base_ns, found._hold = base_ns, HOLD * BASE_NS // base_ns
        found._streams, found._unsent = self._streams.zoomed(base_ns), {}
        return found

    def cells(self, end_ns: int, count: int, length_ns: int, records: int) -> list[Cell]:
        """`count` cells up to `end_ns`, a multiple of the length; no record from `records` on."""
        first = end_ns // self._base_ns - count * (length_ns // self._base_ns)
        each = length_ns // self._base_ns
        scores = self._held_scores(first, end_ns // self._base_ns, records)
        return [
            self._cell(base, each, scores[base - first : base - first + each], records)
            for base in range(first, end_ns // self._base_ns, each)
        ]

    def _cell(self, base: int, each: int, scores: Iterable[float | None], records: int) -> Cell:
        begin, end = base * self._base_ns, (base + each) * self._base_ns
        if not self._linked.touches(begin, end):
            return Cell()
        closed = self._muted.touches(begin, end) or self._held.touches(begin, end)
        levels: Iterator[float | None]
        if closed:
            levels = (self._unsent.get(base + n) for n in range(each))
        else:
            levels = (self._streams.of(base + n, records)[1] for n in range(each))
        return Cell(
            max((score for score in scores if score is not None), default=None),
            max((level for level in levels if level is not None), default=None),
            self._heard.touches(begin, end),
            self._user.touches(begin, end),
            self._agent.touches(begin, end),
            closed,
            bisect_left(self._cuts, end) > bisect_left(self._cuts, begin),
        )

    def _held_scores(self, first: int, end: int, records: int) -> list[float | None]:
        found: list[float | None] = []
        held, left = None, 0
        for base in range(first - self._hold, end):
            score = self._streams.of(base, records)[0]
            held, left = (score, self._hold) if score is not None else (held, left - 1)
            found.append(held if left > 0 else None)
        return found[self._hold :]


class _Streams:
    """Scores of the provider and levels of the microphone, read where they are looked at."""

    def __init__(self, reader: JournalReader, events_of: EventsOf, base_ns: int = BASE_NS) -> None:
        self._base_ns = base_ns
        self._reader = reader
        self._events_of = events_of
        self._categories = Categories(reader, events_of)
        self._known: dict[int, tuple[float | None, int | None]] = {}
        self.scored = False

    def zoomed(self, base_ns: int) -> "_Streams":
        found = _Streams(self._reader, self._events_of, base_ns)
        found.scored = self.scored
        return found

    def of(self, base: int, records: int) -> tuple[float | None, int | None]:
        """The highest score and level of a base cell, among the first `records`."""
        known = self._known.get(base)
        if known is not None:
            return known
        begin, end = (
            bisect_left(range(records), at * self._base_ns, key=self._reader.time_ns)
            for at in (base, base + 1)
        )
        found = self._read(begin, end)
        if end < records:  # whole: what comes next is later
            self._known[base] = found
            if len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return found

    def _read(self, begin: int, end: int) -> tuple[float | None, int | None]:
        scores: list[int] = []
        level: int | None = None
        for number in range(max(begin, end - LOOKED_AT), end):
            match self._categories.of(number):
                case Category.SCORE:
                    scores.append(number)
                case Category.MIC:
                    found = self._reader.level(number)
                    level = found if level is None or found is None else max(level, found)
                case _:
                    pass
        events = (event for number in scores[-DECODED:] for event in self._events_of(number))
        values = [event.score for event in events if isinstance(event, VadScored)]
        self.scored = self.scored or bool(values)
        return max(values, default=None), level
