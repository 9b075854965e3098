"""The rows of the event log: which records are one row, in three views of the same journal.

Knows the journal's index, what passes a filter, and categories of kinds; paints nothing.

Theory of operation. `extend` looks at each record once, in order. What streams (audio both ways,
VAD scores, parts of texts) is folded into runs, all else has a row of its own. A run goes on while
only streaming records and other plumbing come between; anything telling ends all runs, so that rows
stay in the order of what happened. Rows are only ever appended: a row's place is its name until the
journal or the filter changes. A row costs 4 bytes, a run 16 more, one that tells 4 more.
"""

import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui import events
from tui.analysis.records.categories import QUIET, STREAMS, Categories, Category
from tui.dashboard.common.keys import Cycle
from tui.journal.index import spans
from tui.journal.indexing import NO_LEVEL
from tui.journal.reader import JournalReader

RUN_NS = 10_000_000_000
"""A run's longest time: a long silence then still shows that time goes by."""
GAP_NS = 1_000_000_000
"""A longer pause in a stream (muted, agent quiet) begins a new run."""
_AT_ONCE = 2000
"""Records between two looks at the clock: a millisecond or two."""
_TELLING, _PLUMBING, _STREAM = range(3)
FOREVER = 1e9


class PlumbingView(Cycle):
    """What the log does with records that tell of nothing."""

    HIDDEN = "hidden"
    FOLDED = "folded"
    ALL = "all"


class Passed(Protocol):
    """What a filter lets through: numbers of records, found as time allows."""

    numbers: "array[int]"
    done: int

    def advance(self, records: int, budget_s: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Run:
    """A row that stands for several records: how many, their bytes, the newest one."""

    count: int
    bytes: int
    last: int


class _Open:
    """A run that may go on: its place among the runs, and its times."""

    __slots__ = ("first_ns", "last_ns", "place")

    def __init__(self, place: int, time_ns: int) -> None:
        self.place = place
        self.first_ns = self.last_ns = time_ns


class EventRows:
    """`extend` it as the journal grows; rows are then `len(view)` and `number(row)`."""

    def __init__(
        self, reader: JournalReader, categories: Categories, passed: Passed | None = None
    ) -> None:
        self.reader = reader
        self.categories = categories
        self._passed = passed
        self._taken = 0
        """How many of the records that pass are in the rows."""
        self._codes: dict[int, int] = {}
        self._folded = array("I")
        self._telling = array("I")
        """Places in `_folded` of what is no plumbing."""
        self._run_rows = array("I")
        self._run_counts = array("I")
        self._run_bytes = array("Q")
        self._run_lasts = array("I")
        self._open: dict[int, _Open] = {}
        self.view = PlumbingView.HIDDEN
        self.records = 0
        """How many records of the journal are in the rows, or do not pass."""
        self.wanted = 0
        """How many of them were to be, the last time."""
        self._changed: set[int] = set()

    @property
    def percent(self) -> int:
        """How much of what is wanted is in the rows."""
        return self.records * 100 // self.wanted if self.records < self.wanted else 100

    def __len__(self) -> int:
        match self.view:
            case PlumbingView.FOLDED:
                return len(self._folded)
            case PlumbingView.ALL:
                return self._taken
            case PlumbingView.HIDDEN:
                return len(self._telling)

    @property
    def plumbing(self) -> int:
        """How many records of those are plumbing."""
        return self._taken - len(self._telling)

    @property
    def passed(self) -> int:
        """How many records are in the rows, folded or not."""
        return self._taken

    def number(self, row: int) -> int:
        """The record that a row begins with."""
        if self.view is PlumbingView.ALL:
            return self._passed.numbers[row] if self._passed is not None else row
        return self._folded[self._folded_place(row)]

    def run(self, row: int) -> Run | None:
        """What is folded into a row; None for a row that is one record."""
        if self.view is PlumbingView.ALL or not 0 <= row < len(self):
            return None
        run = self._run_of(self._folded_place(row))
        return run if run and run.count > 1 else None

    def row_of(self, number: int) -> int:
        """The row that `number` is in, or the nearest before it; -1 when there is none."""
        if self.view is PlumbingView.ALL:
            if self._passed is None:
                return min(number, self.records - 1)
            return bisect_right(self._passed.numbers, number, hi=self._taken) - 1
        if self.view is PlumbingView.FOLDED:
            return self._folded_row(number)
        return bisect_right(self._telling, bisect_right(self._folded, number) - 1) - 1

    def rows_before(self, number: int) -> int:
        """How many rows begin with an earlier record."""
        if self.view is PlumbingView.ALL:
            if self._passed is None:
                return min(number, self.records)
            return bisect_left(self._passed.numbers, number, hi=self._taken)
        place = bisect_left(self._folded, number)
        return place if self.view is PlumbingView.FOLDED else bisect_left(self._telling, place)

    def holds(self, number: int) -> bool:
        """Whether a row of this view shows the record."""
        row = self.row_of(number)
        if row < 0:
            return False
        run = self.run(row)
        if run is None:
            return self.number(row) == number
        same = self.reader.kind(self.number(row)) == self.reader.kind(number)
        return same and number <= run.last and self._passes(number)

    def place(self, number: int | None) -> int:
        """The row that shows the record; -1 when there is none."""
        return self.row_of(number) if number is not None and self.holds(number) else -1

    def trouble(self, number: int) -> str:
        """Why a frame could not be understood; "" when it could."""
        for event in self.categories.events_of(number):
            if isinstance(event, events.ProtocolErred):
                return event.reason
        return ""

    def take_changed(self) -> list[int]:
        """Rows that grew since the last time."""
        changed, self._changed = self._changed, set()
        return list(changed) if self.view is PlumbingView.FOLDED else []

    # ── Taking in ────────────────────────────────────────────────────────────────────────────────

    def extend(self, records: int, budget_s: float = FOREVER) -> bool:
        """Take in records up to `records` for about so long; True when there are none left."""
        records = self.wanted = min(records, len(self.reader))
        end = time.perf_counter() + budget_s
        done = False
        while not done:
            done = self._extend_some(records, budget_s)
            if time.perf_counter() >= end:
                break
        return done

    def _extend_some(self, records: int, budget_s: float) -> bool:
        if self._passed is None:
            until = min(self.records + _AT_ONCE, records)
            for first, end in spans(self.records, until):
                self._take_span(first, end)
            self.records = max(until, self.records)
            self._taken = self.records
            return self.records >= records
        if self._passed.done < records and self._taken == len(self._passed.numbers):
            self._passed.advance(records, min(budget_s / 2, 1.0))
        new = self._passed.numbers[self._taken : self._taken + _AT_ONCE]
        self._take_each(new)
        self._taken += len(new)
        if self._taken < len(self._passed.numbers):
            return False
        self.records = self._passed.done
        return self.records >= records

    def _take_span(self, first: int, end: int) -> None:
        index = self.reader.index
        columns = (index.kinds, index.sizes, index.times, index.levels)
        self._take(zip(range(first, end), *(c.slice(first, end) for c in columns), strict=True))

    def _take_each(self, numbers: Sequence[int]) -> None:
        index = self.reader.index
        kinds, sizes, times, levels = index.kinds, index.sizes, index.times, index.levels
        self._take((n, kinds[n], sizes[n], times[n], levels[n]) for n in numbers)

    def _take(self, found: Iterable[tuple[int, int, int, int, int]]) -> None:
        codes, running, folded, telling = self._codes, self._open, self._folded, self._telling
        for number, kind, size, at, level in found:
            sort = kind * 2 + (level != NO_LEVEL)  # as `Categories.sort`
            code = codes.get(sort)
            if code is None:
                code = codes[sort] = _code(self.categories.of_sort(number))
            if code <= _PLUMBING:
                if code == _TELLING:
                    running.clear()
                    telling.append(len(folded))
                folded.append(number)
                continue
            run = running.get(kind)
            if run and at - run.last_ns <= GAP_NS and at - run.first_ns <= RUN_NS:
                place, run.last_ns = run.place, at
                self._run_counts[place] += 1
                self._run_bytes[place] += size
                self._run_lasts[place] = number
                self._changed.add(self._run_rows[place])
            else:
                running[kind] = _Open(len(self._run_rows), at)
                self._run_rows.append(len(folded))
                self._run_counts.append(1)
                self._run_bytes.append(size)
                self._run_lasts.append(number)
                folded.append(number)

    # ── Places ───────────────────────────────────────────────────────────────────────────────────

    def _folded_place(self, row: int) -> int:
        return self._telling[row] if self.view is PlumbingView.HIDDEN else row

    def _run_of(self, place: int) -> Run | None:
        at = bisect_left(self._run_rows, place)
        if at == len(self._run_rows) or self._run_rows[at] != place:
            return None
        return Run(self._run_counts[at], self._run_bytes[at], self._run_lasts[at])

    def _folded_row(self, number: int) -> int:
        """A record inside a run belongs to the run's row, a little before its own place."""
        row = bisect_right(self._folded, number) - 1
        if row >= 0 and self._folded[row] == number:
            return row
        kind = self.reader.kind(number) if number < self.records else ""
        for near in range(row, max(row - 64, -1), -1):
            run = self._run_of(near)
            if run and self.reader.kind(self._folded[near]) == kind:
                return near if number <= run.last else row
        return row

    def _passes(self, number: int) -> bool:
        if self._passed is None:
            return True
        at = bisect_left(self._passed.numbers, number)
        return at < len(self._passed.numbers) and self._passed.numbers[at] == number


def _code(category: Category | None) -> int:
    """None is of a sort whose records differ: each tells."""
    if category is None:
        return _TELLING
    if category in STREAMS:
        return _STREAM
    return _PLUMBING if category in QUIET else _TELLING
