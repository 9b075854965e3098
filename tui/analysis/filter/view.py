"""Which records pass a filter, found in slices as time allows, and followed as the journal grows.

Knows terms and the journal; no loop and no screen. Whoever calls `advance` gives it a moment at a
time, so a key never waits for a filter.
"""

import time
from array import array
from bisect import bisect_left, bisect_right

import numpy as np

from tui.analysis.filter.index_terms import Term
from tui.analysis.filter.scan import Scan
from tui.analysis.records.categories import Categories
from tui.journal.index import spans
from tui.journal.reader import JournalReader

FIRST_SLICE = 512
LARGEST = 1 << 16
DECODED = 1 << 13
"""Of those that may have to be decoded, which takes ten times as long as all else."""
SLICE_S = 0.003
"""What one slice should take; `advance` asks for the time between two of them."""


class FilteredRecords:
    """`numbers` are the records up to `done` that pass `term`."""

    def __init__(self, reader: JournalReader, categories: Categories, term: Term) -> None:
        self._reader = reader
        self._categories = categories
        self.term = term
        self.numbers = array("I")
        self.done = 0
        """How many records were looked at."""
        self._slice = FIRST_SLICE

    def advance(self, records: int, budget_s: float) -> bool:
        """Look at records up to `records` for about `budget_s`; True when none are left."""
        end = time.perf_counter() + budget_s
        while self.done < records:
            began = time.perf_counter()
            if began >= end:
                return False
            self._look(min(self.done + self._slice, records))
            self._adapt(time.perf_counter() - began)
        return True

    def _look(self, until: int) -> None:
        first, stop = spans(self.done, until)[0]
        scan = Scan(self._reader, self._categories, first, stop)
        mask = self.term.mask(scan, scan.every())
        passed = np.flatnonzero(mask).astype(np.uint32) + np.uint32(first)
        self.numbers.frombytes(passed.tobytes())
        self.done = stop

    def _adapt(self, took: float) -> None:
        """Slices that take about as long as they should."""
        if took < SLICE_S / 2:
            self._slice = min(self._slice * 2, LARGEST if self.term.cost != 1 else DECODED)
        elif took > SLICE_S:
            self._slice = max(self._slice // 2, 64)

    # ── Places among what was found ──────────────────────────────────────────────────────────────

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self.numbers, number)
        return place < len(self.numbers) and self.numbers[place] == number

    def rank(self, number: int) -> int:
        """How many that were found come before `number` or are it."""
        return bisect_right(self.numbers, number)

    def after(self, number: int) -> int | None:
        place = bisect_right(self.numbers, number)
        return self.numbers[place] if place < len(self.numbers) else None

    def before(self, number: int) -> int | None:
        place = bisect_left(self.numbers, number)
        return self.numbers[place - 1] if place else None

    def within(self, first: int, last: int) -> bool:
        """Whether one of `first..last` was found."""
        found = self.after(first - 1)
        return found is not None and found <= last
