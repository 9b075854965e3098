"""The event log's filter and search: what passes is shown, what is found is lit and pointed at.

Knows the log's rows and terms; no key, no line to type in; paints nothing.

Theory of operation. A filter makes other rows over the same journal; the rows without one are
kept, so that clearing it costs nothing. Records are looked at in slices of a few milliseconds by
`take_in`, which the log's timer and a worker call, so that a key never waits. What is to be
pointed at when it is found is a `Seek`. The language and the arrays it needs are loaded with the
first expression: a call without one starts faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tui.analysis.records.categories import Categories, EventsOf
from tui.dashboard.common.cells import crop
from tui.dashboard.common.key_names import key_hint
from tui.dashboard.events.cursor import PointedPane
from tui.dashboard.events.rows import EventRows
from tui.journal.reader import JournalReader

if TYPE_CHECKING:
    from tui.analysis.filter.index_terms import Term
    from tui.analysis.filter.view import FilteredRecords

TRIES = 20_000
"""Records looked at for one that has a row of its own in this view."""


class Seek(NamedTuple):
    """Point at the first of `hits` from `origin` on, as soon as it is known."""

    hits: FilteredRecords
    origin: int
    step: int
    what: str
    inclusive: bool = False
    quiet: bool = False


class FilteredPane(PointedPane):
    """A subclass calls `take_in` now and then, and paints in `show_rows`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.filter_text = ""
        self.search_text = ""
        self.passed: FilteredRecords | None = None
        self.found: FilteredRecords | None = None
        self.held: tuple[int, int] | None = None
        """A record and how far under the top it was, until the rows have come that far."""
        self._before: tuple[int, int] | None = None
        """What was pointed at, and where, when the filter's line was opened."""
        self._searched: Term | None = None
        self._origin: int | None = None
        self._seek: Seek | None = None
        self.wanted = 0

    def find_in(self, reader: JournalReader, events_of: EventsOf) -> None:
        """Another journal: what was filtered and searched for is filtered and searched again."""
        self.reader = reader
        self.categories = Categories(reader, events_of)
        self._base = self.rows = EventRows(reader, self.categories)
        self._seek = self.held = None
        self.wanted = 0
        if self.passed is not None or self.found is not None:
            self.set_filter(self.filter_text)

    def show_rows(self) -> None:
        """The rows are others: paint them."""

    # ── As time allows ───────────────────────────────────────────────────────────────────────────

    def take_in(self, budget_s: float) -> bool:
        """Look at what came, and for what is sought, for about so long; True when that is done."""
        done = self.rows.extend(self.wanted, budget_s)
        for hits in (self.found, self._seek.hits if self._seek else None):
            if hits is not None:
                done = hits.advance(min(self.wanted, len(self.reader)), budget_s) and done
        if self._seek:
            self._try_seek(self._seek)
        return done

    # ── The filter ───────────────────────────────────────────────────────────────────────────────

    def set_filter(self, text: str) -> None:
        """Show only what passes; "" shows all. Raises FilterError, and shows what it did before."""
        term = self._term(text)
        from tui.analysis.filter.view import FilteredRecords  # noqa: PLC0415

        if self._before is not None:  # letters on the way do not move what was pointed at
            self.held, self.pointed = self._before, self._before[0]
        self._hold_on()
        view = self.rows.view
        self.filter_text = text.strip()
        if self.filter_text:
            self.passed = FilteredRecords(self.reader, self.categories, term)
            self.rows = EventRows(self.reader, self.categories, self.passed)
        else:
            self.passed, self.rows = None, self._base
        self.rows.view = view
        if self._searched is not None:
            self._search_for(self._searched)
        self.show_rows()

    def _term(self, text: str) -> Term:
        from tui.analysis.filter.parser import parse  # noqa: PLC0415

        return parse(text)

    def _hold_on(self) -> None:
        """Remember which record stands where, to put it there again."""
        if self.viewport.following or not len(self.rows):
            self.held = None
        elif self.held is None:
            row = self.pointed_row()
            if not self.viewport.top <= row <= self.viewport.bottom:
                row = min(self.viewport.top, len(self.rows) - 1)
            number = self.rows.number(row) if row != self.pointed_row() else self.pointed
            self.held = (number or 0, row - self.viewport.top)

    def settle(self) -> None:
        """Put the row that was held on to where it was, once it is among the rows."""
        if self.held is None or not len(self.rows):
            return
        number, below = self.held
        if self.rows.records <= number and self.rows.records < self.wanted:
            return
        self.held = None
        row = max(self.rows.row_of(number), 0)
        self.viewport.top = max(min(row - below, self.viewport.last_top), 0)
        if self.pointed is not None and not self.rows.holds(self.pointed):
            self.point_at(row)

    def moved(self) -> None:
        self.held = self._before = None
        self._seek = None

    # ── Search ───────────────────────────────────────────────────────────────────────────────────

    def _search_for(self, term: Term) -> FilteredRecords:
        from tui.analysis.filter.index_terms import All  # noqa: PLC0415
        from tui.analysis.filter.view import FilteredRecords  # noqa: PLC0415

        self._searched = term
        within = All((self.passed.term, term)) if self.passed is not None else term
        self.found = FilteredRecords(self.reader, self.categories, within)
        return self.found

    def set_search(self, text: str) -> None:
        """Light what passes, and point at the first of it. Raises FilterError."""
        term = self._term(text)
        self.search_text = text.strip()
        self._seek = None
        if self.search_text:
            found = self._search_for(term)
            origin = self._here() if self._origin is None else self._origin
            self._start(Seek(found, origin, 1, "match", inclusive=True, quiet=True))
        else:
            self._searched = self.found = None
        self.show_rows()

    def lights(self, text: str) -> list[tuple[int, int]]:
        """Spans of a painted row that show why it was found."""
        return list(self._searched.lights(text)) if self._searched else []

    def action_match(self, step: int) -> None:
        if self.found is None:
            key = key_hint(self.screen, "events.search", "\\")
            self.app.notify(f"Nothing is searched for: {key} searches.", markup=False, timeout=3)
            return
        self._start(Seek(self.found, self._here(), step, "match"))

    def _start(self, seek: Seek) -> None:
        self.held = None
        self._seek = seek
        if not self.take_in(0.004) and self._seek:
            self.work_on()

    def work_on(self) -> None:
        """More is to be looked at than a key may wait for."""

    def _try_seek(self, seek: Seek) -> None:
        """Point at what is sought if it is known; around the end when all is known."""
        known = seek.hits.done >= min(self.wanted, len(self.reader))
        if seek.step < 0 and seek.hits.done <= seek.origin and not known:
            return
        hits = _hits(seek.hits, seek.origin, seek.step, seek.inclusive)
        if self._go(hits, here=seek.inclusive):
            self._seek = None
        elif known:
            self._seek = None
            start = -1 if seek.step > 0 else len(self.reader)
            around = self._go(_hits(seek.hits, start, seek.step, False))
            if seek.quiet:
                return
            place = "beginning" if seek.step > 0 else "end"
            said = f"went on at the {place}" if around else f"no {seek.what} in what is shown"
            self.app.notify(said, markup=False, timeout=3)

    # ── Moves ────────────────────────────────────────────────────────────────────────────────────

    def _here(self) -> int:
        """The record that moves begin at: the pointed one, or the last in view when that is not."""
        if not len(self.rows):
            return 0 if self.pointed is None else self.pointed
        row = self.pointed_row()
        if self.pointed is not None and self.viewport.top <= row <= self.viewport.bottom:
            return self.pointed
        return self.rows.number(min(self.viewport.bottom, len(self.rows) - 1))

    def _go(self, candidates: Iterable[int], *, here: bool = False) -> bool:
        """Point at the first candidate that has a row in this view; the present one if `here`."""
        now = -1 if here else self.pointed_row()
        for number in islice(candidates, TRIES):
            row = self.rows.row_of(number)
            if row != now and self.rows.holds(number):
                self.point_at_record(number)
                return True
        return False

    # ── What the title says ──────────────────────────────────────────────────────────────────────

    def found_text(self) -> str:
        """`118/1,240 · kind:agent* · \\refund 3/57`, as much as there is of it."""
        records = f"{max(self.rows.records, self.wanted):,}" if self.passed is not None else ""
        parts = [
            f"{self.rows.passed:,}/{records}"
            if self.passed is not None
            else f"{self.rows.records:,}"
        ]
        if self.rows.records < min(self.wanted, len(self.reader)) and self.wanted:
            parts.append(f"{self.rows.records * 100 // self.wanted}%")
        if self.filter_text:
            parts.append(crop(self.filter_text, max(self.size.width // 3, 12)))
        if self.found is not None:
            at = self.found.rank(self.pointed) if self.pointed is not None else 0
            more = "" if self.found.done >= min(self.wanted, len(self.reader)) else "+"
            text = crop(self.search_text, max(self.size.width // 4, 8))
            parts.append(f"\\{text} {at:,}/{len(self.found):,}{more}")
        return " · ".join(parts)


def _hits(hits: FilteredRecords, origin: int, step: int, inclusive: bool) -> Iterator[int]:
    """What was found after or before `origin`, the nearest first."""
    number: int | None = origin
    if inclusive and origin in hits:
        yield origin
    while number is not None:
        number = hits.after(number) if step > 0 else hits.before(number)
        if number is not None:
            yield number
