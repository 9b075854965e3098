"""Which records have to be decoded for whoever reads entries, told by their kinds alone.

Knows the index and the vocabulary; no provider. Most of a call's records (microphone, scores,
pings) say nothing to a fold. A kind is judged once, by what its first record meant: it is the
codec that names kinds by what frames are.
"""

from array import array
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from itertools import compress, islice
from typing import NamedTuple

from tui.analysis.records.categories import EventsOf
from tui.events import ActivitySent, AudioSent, Event, Pinged, PongSent, VadScored
from tui.journal.index import spans
from tui.journal.indexing import NO_LEVEL, OTHER
from tui.journal.reader import JournalReader

EventClasses = frozenset[type[Event]]

AT_ONCE = 1 << 14
"""Records looked at before somebody else gets a turn: a millisecond or two."""


class LeftOut(NamedTuple):
    """What a reader of entries does not want to see of a journal."""

    all: EventClasses = frozenset()
    """Never."""
    but_newest: EventClasses = frozenset()
    """Only the newest of a kind counts: of many that are read at once the others are left out."""


NOTHING = LeftOut()
STREAMS = LeftOut(all=frozenset({AudioSent, VadScored, Pinged, PongSent, ActivitySent}))
"""What comes many times a second and is told in no line, figure or state of the call."""


class _Use(Enum):
    ALL = auto()
    NEWEST = auto()
    NONE = auto()


class StreamSelection:
    """`take` numbers of records worth decoding."""

    def __init__(self, reader: JournalReader, events_of: EventsOf, left_out: LeftOut) -> None:
        self._reader = reader
        self._events_of = events_of
        self._left_out = left_out
        self._uses: dict[int, _Use] = {}
        self._wanted: dict[int, bool] = {}

    def take(self, first: int, end: int, limit: int | None) -> tuple[Sequence[int], int]:
        """Records among `first..end`, `limit` at most, and where to go on from there."""
        if self._left_out == NOTHING:
            end = end if limit is None else min(end, first + limit)
            return range(first, end), end
        first, end = spans(first, min(end, first + AT_ONCE))[0]
        kinds = self._reader.index.kinds.slice(first, end)
        there = set(kinds)
        for kind in there - self._uses.keys():
            self._judge(kind, first + kinds.index(kind))
        wanted = compress(range(first, end), map(self._wanted.__getitem__, kinds))
        found = list(islice(wanted, limit))
        if len(found) == limit:
            end = found[-1] + 1
            kinds = kinds[: end - first]
        newest = {kind for kind in there if self._uses[kind] is _Use.NEWEST}
        if newest:
            found = sorted({*found, *self._newest(newest, kinds, first)})
        return found, end

    def _newest(self, wanted: set[int], kinds: "array[int]", first: int) -> Iterator[int]:
        """Of each of these kinds the newest, and the newest that has a level."""
        for kind in wanted:
            numbers = [number for number, other in enumerate(kinds, first) if other == kind]
            yield from numbers[-1:]
            yield from islice((n for n in reversed(numbers) if self._has_level(n)), 1)

    def _has_level(self, number: int) -> bool:
        return self._reader.index.levels[number] != NO_LEVEL

    def _judge(self, kind: int, number: int) -> None:
        meant = {type(event) for event in self._events_of(number)}
        if self._reader.kind(number) == OTHER:  # of many kinds, whatever its first one was
            meant = set()
        use = _Use.ALL
        if meant and meant <= self._left_out.all:
            use = _Use.NONE
        elif meant and meant <= self._left_out.but_newest:
            use = _Use.NEWEST
        self._uses[kind] = use
        self._wanted[kind] = use is _Use.ALL
