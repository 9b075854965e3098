"""The event log's filter model: which records are rows, which were found, what is sought.

Knows records and terms; no cursor, no key, no widget.

Theory of operation. A filter makes other rows over the same journal; the rows without one are
kept, so that clearing it costs nothing. Records are looked at in slices of a few milliseconds by
`take_in`, so that a key never waits. What is to be pointed at when it is found is a `Seek`;
`arrived` says where one led. The language and the arrays it needs are loaded with the first
expression: a call without one starts faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tui.analysis.records.categories import Categories, EventsOf, Gaps
from tui.analysis.records.marks import Marks
from tui.dashboard.common.cells import crop
from tui.dashboard.events.cursor import Here
from tui.dashboard.events.jumps import Found, first, to_mark, to_partner, to_same_kind, to_turn
from tui.dashboard.events.rows import EventRows, PlumbingView
from tui.journal.reader import JournalReader

if TYPE_CHECKING:
    from tui.analysis.filter.index_terms import Term
    from tui.analysis.filter.view import FilteredRecords


class Seek(NamedTuple):
    """The first of `hits` from `here` on is wanted, as soon as it is known."""

    hits: FilteredRecords
    here: Here
    step: int
    what: str
    typing: bool = False
    """What is typed just now: it may be found right here, and nothing is said."""


class FilterModel:
    """`rows` are those of the present filter and view; `wanted` records may be shown."""

    def __init__(self, reader: JournalReader, events_of: EventsOf) -> None:
        self._events_of = events_of
        self.filter_text = ""
        self.search_text = ""
        self.passed: FilteredRecords | None = None
        self.found: FilteredRecords | None = None
        self._searched: Term | None = None
        self._views = {False: PlumbingView.HIDDEN, True: PlumbingView.FOLDED}
        """Without a filter, and with one: what a filter lets through is not hidden."""
        self.open(reader)

    def open(self, reader: JournalReader) -> None:
        """Another journal: what was filtered and searched for is filtered and searched again."""
        self.reader = reader
        self.categories = Categories(reader, self._events_of)
        self.marks = Marks()
        self.wanted = 0
        self.gaps = Gaps(reader, self.categories)
        self._all = self.rows = EventRows(reader, self.categories)
        self.rows.view = self._views[False]
        self._errors: FilteredRecords | None = None
        self._seek: Seek | None = None
        self._arrived = Found()
        if self.passed is not None or self.found is not None:
            self.set_filter(self.filter_text)

    def take_in(self, budget_s: float) -> bool:
        """Look at what came, and for what is sought, for about so long; True when that is done."""
        done = self.rows.extend(self.wanted, budget_s)
        for hits in (self.found, self._seek.hits if self._seek else None):
            if hits is not None:
                done = hits.advance(self._known, budget_s) and done
        if self._seek:
            self._try(self._seek)
        return done

    @property
    def _known(self) -> int:
        return min(self.wanted, len(self.reader))

    def next_view(self) -> None:
        filtered = self.passed is not None
        self._views[filtered] = self.rows.view = self.rows.view.next()

    # ── The filter ───────────────────────────────────────────────────────────────────────────────

    def set_filter(self, text: str) -> None:
        """Only what passes has rows; "" lets all pass. Raises FilterError, and changes nothing."""
        term = self._term(text)
        self.filter_text = text.strip()
        self.passed = self._records(term) if self.filter_text else None
        self.rows = self._all
        if self.passed is not None:
            self.rows = EventRows(self.reader, self.categories, self.passed)
        self.rows.view = self._views[self.passed is not None]
        if self._searched is not None:
            self._search_for(self._searched)

    def _term(self, text: str) -> Term:
        from tui.analysis.filter.parser import parse  # noqa: PLC0415

        return parse(text)

    def _records(self, term: Term) -> FilteredRecords:
        from tui.analysis.filter.view import FilteredRecords  # noqa: PLC0415

        return FilteredRecords(self.reader, self.categories, term)

    def looked_at(self) -> int:
        """How much of what a selection is made of is known, in percent."""
        return 100 if len(self.marks) or self.passed is None else self.rows.percent

    def selection(self) -> tuple[list[int], str]:
        """The marked records, else those that pass the filter, else all; and a name for them."""
        if len(self.marks):
            return list(self.marks.numbers), "marked"
        if self.passed is not None:
            return list(self.passed.numbers), self.filter_text
        return list(range(self.rows.records)), "all"

    # ── Search ───────────────────────────────────────────────────────────────────────────────────

    def set_search(self, text: str, here: Here) -> None:
        """What passes is found, and the first of it is sought. Raises FilterError."""
        term = self._term(text)
        self.search_text = text.strip()
        self.stop()
        if self.search_text:
            self._seek = Seek(self._search_for(term), here, 1, "match", typing=True)
        else:
            self._searched = self.found = None

    def _search_for(self, term: Term) -> FilteredRecords:
        from tui.analysis.filter.index_terms import All  # noqa: PLC0415

        self._searched = term
        within = term if self.passed is None else All((self.passed.term, term))
        self.found = self._records(within)
        return self.found

    def lights(self, first: int, last: int, text: str) -> list[tuple[int, int]] | None:
        """Spans of the text of a row that show why it was found; None where it was not."""
        if self._searched is None or self.found is None or not self.found.within(first, last):
            return None
        return list(self._searched.lights(text))

    def seek(self, what: str, here: Here, step: int) -> None:
        """The next "match" or "error" after or before `here`."""
        if what == "error" and self._errors is None:
            self._errors = self._records(self._term("is:error"))
        hits = self._errors if what == "error" else self.found
        if hits is None:
            self._arrived = Found(said="Nothing is searched for: {events.search|\\} searches.")
        else:
            self._seek = Seek(hits, here, step, what)

    def stop(self) -> None:
        """Nothing is sought any more."""
        self._seek = None

    def arrived(self) -> Found:
        """Where what was sought led, once."""
        found, self._arrived = self._arrived, Found()
        return found

    def _try(self, seek: Seek) -> None:
        """Whether what is sought is known; around the end when all is known."""
        known, here, rows = seek.hits.done >= self._known, seek.here, self.rows
        if seek.step < 0 and seek.hits.done <= here.record and not known:
            return
        candidates = _hits(seek.hits, here.record, seek.step, seek.typing)
        found = first(candidates, rows, None if seek.typing else here.pointed)
        if found.record is None:
            if not known:
                return
            start, end = (-1, "beginning") if seek.step > 0 else (len(self.reader), "end")
            around = first(_hits(seek.hits, start, seek.step, False), rows, here.pointed)
            found = around._replace(said=f"went on at the {end}")
            hidden = len(seek.hits) and rows.view is PlumbingView.HIDDEN
            more = "; {events.plumbing|a} shows plumbing" if hidden else ""
            found = found.or_say(f"no {seek.what} in what is shown{more}")
        self.stop()
        self._arrived = found._replace(said="") if seek.typing else found

    def jump(self, what: str, here: Here, step: int) -> Found:
        """To the next "mark", record of the same "kind", "turn", or to the "partner"."""
        match what:
            case "mark":
                return to_mark(self.marks, self.rows, here, step)
            case "kind":
                return to_same_kind(self.rows, here, step)
            case "turn":
                return to_turn(self.rows, here, step)
            case _:
                return to_partner(self.rows, here)

    # ── What the title says ──────────────────────────────────────────────────────────────────────

    def heading(self, pointed: int | None, width: int) -> str:
        """`1,240 · \\refund 3/57 · 412 plumbing hidden`, `118/1,240 · kind:agent*`."""
        parts = [f"{self.rows.records:,}"]
        if self.passed is not None:
            parts = [f"{self.rows.passed:,}/{max(self.rows.records, self.wanted):,}"]
        if self.rows.percent < 100:
            parts.append(f"{self.rows.percent}%")
        if self.filter_text:
            parts.append(crop(self.filter_text, max(width // 3, 12)))
        if self.found is not None:
            at = self.found.rank(pointed) if pointed is not None else 0
            more = "" if self.found.done >= self._known else "+"
            text = crop(self.search_text, max(width // 4, 8))
            parts.append(f"\\{text} {at:,}/{len(self.found):,}{more}")
        rows = self.rows
        if self.passed is None or rows.view is not PlumbingView.FOLDED:
            what = f"{rows.plumbing:,} plumbing {rows.view}"
            parts.append("plumbing shown" if rows.view is PlumbingView.ALL else what)
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
