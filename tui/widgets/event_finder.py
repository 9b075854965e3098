"""Finding in the event log: filter, search, marks, and jumps from one record to another.

Knows the log's rows and the language of filters; paints nothing.

Theory of operation. A filter makes other rows over the same journal; the rows without one are
kept, so that clearing it costs nothing. Records are looked at in slices of a few milliseconds by
`take_in`, which the log's timer and a worker call, so that a key never waits. What is to be
pointed at when it is found is a `Seek`. The language and the arrays it needs are loaded with the
first expression: a call without one starts faster.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from textual import events as ui
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from tui.analysis.filter_traits import EventsOf, Traits
from tui.analysis.marks import Marks
from tui.analysis.search_jump import JumpError, jump_target
from tui.analysis.search_partner import partner
from tui.journal.index import BLOCK
from tui.journal.reader import JournalReader
from tui.widgets.event_rows import EventRows
from tui.widgets.expression_line import ExpressionLine, Mode
from tui.widgets.paint import crop
from tui.widgets.pointed_pane import PointedPane

if TYPE_CHECKING:
    from tui.analysis.filter_terms import Term
    from tui.analysis.filter_view import FilteredRecords

TRIES = 20_000
"""Records looked at for one that has a row of its own in this view."""
FINDING = (
    Binding("slash", "expression('/')", "Filter", id="events.filter", key_display="/",
            tooltip="Show only what passes: word !word /re/ kind: size: gap: turn: id: $.path"),
    Binding("backslash,ctrl+f", "expression('backslash')", "Search", id="events.search",
            show=False, tooltip="Light up and point at what passes, in what is shown"),
    Binding("n", "match(1)", "Next match", id="events.match", show=False),
    Binding("N", "match(-1)", "Match before", id="events.match_back", show=False),
    Binding("colon", "expression(':')", "Go to", id="events.jump", show=False,
            tooltip="Go to a number, a turn, a time of day, or seconds from the beginning"),
    Binding("space,b", "mark", "Mark", id="events.mark", show=False,
            tooltip="Mark this row, again takes the mark away (Space plays in a replay)"),
    Binding("apostrophe", "marked(1)", "Next mark", id="events.marked", show=False),
    Binding("quotation_mark", "marked(-1)", "Mark before", id="events.marked_back", show=False),
    Binding("right_square_bracket", "same_kind(1)", "Next of this kind", id="events.kind",
            show=False),
    Binding("left_square_bracket", "same_kind(-1)", "The one of this kind before",
            id="events.kind_back", show=False),
    Binding("e", "error(1)", "Next error", id="events.error", show=False,
            tooltip="The next error, or tool that failed"),
    Binding("E", "error(-1)", "Error before", id="events.error_back", show=False),
    Binding("T", "turn(1)", "Next turn", id="events.turn", show=False),
    Binding("R", "turn(-1)", "Beginning of this turn, then the one before",
            id="events.turn_back", show=False),
    Binding("p", "partner", "Partner", id="events.partner", show=False,
            tooltip="From a request to its answer and back: tool calls, pings, the start"),
)  # fmt: skip


OPENING = frozenset({"events.filter", "events.search", "events.jump"})
"""Keys that open the line of expressions."""


class Seek(NamedTuple):
    """Point at the first of `hits` from `origin` on, as soon as it is known."""

    hits: FilteredRecords
    origin: int
    step: int
    what: str
    inclusive: bool = False
    quiet: bool = False


class FindingPane(PointedPane):
    """A subclass calls `take_in` now and then, and paints in `show_rows`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.filter_text = ""
        self.search_text = ""
        self.marks = Marks()
        self.passed: FilteredRecords | None = None
        self.found: FilteredRecords | None = None
        self.held: tuple[int, int] | None = None
        """A record and how far under the top it was, until the rows have come that far."""
        self._before: tuple[int, int] | None = None
        """What was pointed at, and where, when the filter's line was opened."""
        self._searched: Term | None = None
        self._origin: int | None = None
        self._seek: Seek | None = None
        self._errors: FilteredRecords | None = None
        self.wanted = 0
        """How many records there are to show."""

    def compose(self) -> ComposeResult:
        yield ExpressionLine()

    def find_in(self, reader: JournalReader, events_of: EventsOf) -> None:
        """Another journal: what was filtered and searched for is filtered and searched again."""
        self.reader = reader
        self.traits = Traits(reader, events_of)
        self._base = self.rows = EventRows(reader, self.traits)
        self._seek = self._errors = self.held = None
        self.marks = Marks()
        self.wanted = 0
        if self.passed is not None or self.found is not None:
            self.set_filter(self.filter_text)

    def show_rows(self) -> None:
        """The rows are others: paint them."""

    # ── As time allows ──────────────────────────────────────────────────────────────────────────

    def take_in(self, budget_s: float) -> bool:
        """Look at what came, and for what is sought, for about so long; True when that is done."""
        done = self.rows.extend(self.wanted, budget_s)
        for hits in (self.found, self._seek.hits if self._seek else None):
            if hits is not None:
                done = hits.advance(min(self.wanted, len(self.reader)), budget_s) and done
        if self._seek:
            self._try_seek(self._seek)
        return done

    # ── The filter ──────────────────────────────────────────────────────────────────────────────

    def set_filter(self, text: str) -> None:
        """Show only what passes; "" shows all. Raises FilterError, and shows what it did before."""
        term = self._term(text)
        from tui.analysis.filter_view import FilteredRecords  # noqa: PLC0415

        if self._before is not None:  # letters on the way do not move what was pointed at
            self.held, self.pointed = self._before, self._before[0]
        self._hold_on()
        view = self.rows.view
        self.filter_text = text.strip()
        if self.filter_text:
            self.passed = FilteredRecords(self.reader, self.traits, term)
            self.rows = EventRows(self.reader, self.traits, self.passed)
        else:
            self.passed, self.rows = None, self._base
        self.rows.view = view
        if self._searched is not None:
            self._search_for(self._searched)
        self.show_rows()

    def _term(self, text: str) -> Term:
        from tui.analysis.filter import parse  # noqa: PLC0415

        return parse(text)

    def _hold_on(self) -> None:
        """Remember which record stands where, to put it there again."""
        if self.window.following or not len(self.rows):
            self.held = None
        elif self.held is None:
            row = self.pointed_row()
            if not self.window.top <= row <= self.window.bottom:
                row = min(self.window.top, len(self.rows) - 1)
            number = self.rows.number(row) if row != self.pointed_row() else self.pointed
            self.held = (number or 0, row - self.window.top)

    def settle(self) -> None:
        """Put the row that was held on to where it was, once it is among the rows."""
        if self.held is None or not len(self.rows):
            return
        number, below = self.held
        if self.rows.records <= number and self.rows.records < self.wanted:
            return
        self.held = None
        row = max(self.rows.row_of(number), 0)
        self.window.top = max(min(row - below, self.window.last_top), 0)
        if self.pointed is not None and not self.rows.holds(self.pointed):
            self.point_at(row)

    def moved(self) -> None:
        self.held = self._before = None
        self._seek = None

    # ── Search ──────────────────────────────────────────────────────────────────────────────────

    def _search_for(self, term: Term) -> FilteredRecords:
        from tui.analysis.filter_terms import All  # noqa: PLC0415
        from tui.analysis.filter_view import FilteredRecords  # noqa: PLC0415

        self._searched = term
        within = All((self.passed.term, term)) if self.passed is not None else term
        self.found = FilteredRecords(self.reader, self.traits, within)
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
            self.app.notify("Nothing is searched for: \\ searches.", markup=False, timeout=3)
            return
        self._start(Seek(self.found, self._here(), step, "match"))

    def action_error(self, step: int) -> None:
        from tui.analysis.filter_terms import Is  # noqa: PLC0415
        from tui.analysis.filter_view import FilteredRecords  # noqa: PLC0415

        if self._errors is None:
            self._errors = FilteredRecords(self.reader, self.traits, Is("error"))
        self._start(Seek(self._errors, self._here(), step, "error"))

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

    # ── From one record to another ──────────────────────────────────────────────────────────────

    def _here(self) -> int:
        """The record that moves begin at."""
        if self.pointed is not None:
            return self.pointed
        if not len(self.rows):
            return 0
        return self.rows.number(min(self.window.bottom, len(self.rows) - 1))

    def _go(self, candidates: Iterable[int], *, here: bool = False) -> bool:
        """Point at the first candidate that has a row in this view; the present one if `here`."""
        now = -1 if here else self.pointed_row()
        for number in islice(candidates, TRIES):
            row = self.rows.row_of(number)
            if row != now and self.rows.holds(number):
                self.point_at_record(number)
                return True
        return False

    def action_mark(self) -> None:
        self.point_somewhere()
        if self.pointed is not None:
            self.marks.toggle(self.pointed)
            row = self.pointed_row()
            self.strips.pop(row, None)
            self.repaint_rows(row, row)

    def action_marked(self, step: int) -> None:
        self.moved()
        found = self.marks.near(self._here(), step, self.rows.holds)
        if found is None:
            self.app.notify("No marks here: space marks a row.", markup=False, timeout=3)
        else:
            self.point_at_record(found)

    def action_same_kind(self, step: int) -> None:
        self.moved()
        self.point_somewhere()
        if not self._go(_same_kind(self.reader, self._here(), step, self.rows.records)):
            self.app.notify("There is no other of this kind.", markup=False, timeout=3)

    def action_turn(self, step: int) -> None:
        self.moved()
        here, reader = self._here(), self.reader
        turns = range(self.rows.records)
        first = bisect_left(turns, reader.turn(here) + (step > 0), key=reader.turn)
        begun = next((n for n in range(first, here) if self.rows.holds(n)), None)
        if step < 0 and (begun is None or self.rows.row_of(begun) == self.pointed_row()) and first:
            first = bisect_left(turns, reader.turn(first - 1), key=reader.turn)
        if first >= self.rows.records or not self._go(range(first, self.rows.records)):
            self.app.notify("There is no other turn.", markup=False, timeout=3)

    def action_partner(self) -> None:
        self.moved()
        self.point_somewhere()
        if self.pointed is None:
            return
        found, why = partner(self.pointed, self.reader, self.traits)
        if found is None:
            self.app.notify(f"No partner: {why}.", markup=False, timeout=3)
        elif not self.rows.holds(found):
            self.app.notify(f"Its partner #{found} is not shown.", markup=False, timeout=4)
        else:
            self.point_at_record(found)

    def jump(self, text: str) -> None:
        """Raises JumpError."""
        number = jump_target(text, self.reader, self.wall_ns())
        self.moved()
        self.point_at_record(min(number, self.rows.records - 1))

    def wall_ns(self) -> int:
        """What to add to a record's time for Unix time."""
        return self.reader.wall_ns(0)

    # ── The line where expressions are typed ────────────────────────────────────────────────────

    @property
    def _line(self) -> ExpressionLine:
        return self.query_one(ExpressionLine)

    def action_expression(self, mark: str) -> None:
        mode = Mode.SEARCH if mark == "backslash" else Mode(mark)
        self._origin = self._here() if mode is Mode.SEARCH else None
        row = self.pointed_row()
        if mode is Mode.FILTER and self.pointed is not None and not self.window.following:
            shown = self.window.top <= row <= self.window.bottom
            self._before = (self.pointed, row - self.window.top if shown else 0)
        self._line.open(mode, self.filter_text if mode is Mode.FILTER else "")
        self._line_changed()

    async def on_key(self, event: ui.Key) -> None:
        """What is typed in one go behind the key that opens the line belongs to the line.

        Textual looks for bindings after such keys have come here too, so this does it at once.
        """
        if not self._line.is_open:
            bindings = self._bindings.key_to_bindings.get(event.key, ())
            opening = next((b for b in bindings if b.id in OPENING), None)
            if opening is None:
                return
            await self.app.run_action(opening.action, self)
        elif not self._line.take(event):
            return
        event.stop()
        event.prevent_default()

    def _line_changed(self) -> None:
        self.head = 2 if self._line.is_open else 1
        self.window.resize(self.size.height - self.head)
        self.repaint()

    def _close_line(self) -> None:
        self._before = None
        self._line.close()
        self._line_changed()
        self.focus()

    def _apply(self, message: ExpressionLine.Typed) -> bool:
        """Do what is typed; False where it says nothing, and the line then tells why."""
        from tui.analysis.filter import FilterError  # noqa: PLC0415

        try:
            if message.mode is Mode.FILTER:
                self.set_filter(message.text)
            elif message.mode is Mode.SEARCH:
                self.set_search(message.text)
            elif isinstance(message, ExpressionLine.Kept):
                self.jump(message.text)
        except FilterError as error:
            self._line.complain(error.reason, error.position)
            return False
        except JumpError as error:
            self._line.complain(str(error))
            return False
        self._line.complain(None)
        return True

    @on(ExpressionLine.Typed)
    def _on_typed(self, message: ExpressionLine.Typed) -> None:
        message.stop()
        if self._line.is_open:
            self._apply(message)

    @on(ExpressionLine.Kept)
    def _on_kept(self, message: ExpressionLine.Kept) -> None:
        message.stop()
        text = message.text.strip()
        if not text and message.mode is not Mode.FILTER:
            self._close_line()
            if message.mode is Mode.SEARCH and self.search_text:
                self.action_match(1)
        elif self._apply(message):
            self._line.remember(text)
            self._close_line()

    @on(ExpressionLine.Cleared)
    def _on_cleared(self, message: ExpressionLine.Cleared) -> None:
        message.stop()
        self.clear_found(message.mode)
        self._close_line()
        if message.mode is Mode.SEARCH and self._origin is not None and not self.window.following:
            self.point_at_record(self._origin)

    def clear_found(self, mode: Mode) -> None:
        if mode is Mode.FILTER and self.filter_text:
            self.set_filter("")
        elif mode is Mode.SEARCH and self.search_text:
            self.set_search("")

    def step_back(self) -> bool:
        """Escape: the search first, then the filter; False when there is neither."""
        for mode, text in ((Mode.SEARCH, self.search_text), (Mode.FILTER, self.filter_text)):
            if text:
                self.clear_found(mode)
                return True
        return False

    def selection(self) -> tuple[list[int], str]:
        """The marked records, else those that pass the filter, else all; and a name for them."""
        if len(self.marks):
            return list(self.marks.numbers), "marked"
        if self.passed is not None:
            return list(self.passed.numbers), self.filter_text
        return list(range(self.rows.records)), "all"

    # ── What the title says ─────────────────────────────────────────────────────────────────────

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


def _same_kind(reader: JournalReader, number: int, step: int, records: int) -> Iterator[int]:
    """Records of the same kind, the nearest first; arrays do the looking."""
    kinds = reader.index.kinds
    kind = kinds[number]
    while True:
        found = _next_kind(kinds.blocks, kind, number, step, records)
        if found is None:
            return
        number = found
        yield number


def _next_kind(
    blocks: list[array[int]], kind: int, number: int, step: int, records: int
) -> int | None:
    at = number + step
    while 0 <= at < records:
        block, inside = divmod(at, BLOCK)
        first = block * BLOCK
        try:
            if step > 0:
                found = first + blocks[block].index(kind, inside)
                return found if found < records else None
            return at - blocks[block][: inside + 1][::-1].index(kind)
        except ValueError:
            at = first + BLOCK if step > 0 else first - 1
    return None
