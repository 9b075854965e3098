"""Jumps in the event log: to marks, errors, turns, partners, the next of a kind, a moment.

Knows records and the rows they have in this view; paints nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tui.analysis.records.categories import EventsOf
from tui.analysis.records.jump import jump_target, same_kind
from tui.analysis.records.marks import Marks
from tui.analysis.records.pairing import partner
from tui.dashboard.common.key_names import key_hint
from tui.dashboard.events.filtering import FilteredPane, Seek
from tui.journal.reader import JournalReader

if TYPE_CHECKING:
    from tui.analysis.filter.view import FilteredRecords


class JumpingPane(FilteredPane):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.marks = Marks()
        self._errors: FilteredRecords | None = None

    def find_in(self, reader: JournalReader, events_of: EventsOf) -> None:
        self.marks = Marks()
        self._errors = None
        super().find_in(reader, events_of)

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
            key = key_hint(self.screen, "events.mark", "b")
            self.app.notify(f"No marks here: {key} marks a row.", markup=False, timeout=3)
        else:
            self.point_at_record(found)

    def action_same_kind(self, step: int) -> None:
        self.moved()
        self.point_somewhere()
        if not self._go(same_kind(self.reader, self._here(), step, self.rows.records)):
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

    def action_error(self, step: int) -> None:
        from tui.analysis.filter.index_terms import Is  # noqa: PLC0415
        from tui.analysis.filter.view import FilteredRecords  # noqa: PLC0415

        if self._errors is None:
            self._errors = FilteredRecords(self.reader, self.categories, Is("error"))
        self._start(Seek(self._errors, self._here(), step, "error"))

    def action_partner(self) -> None:
        self.moved()
        self.point_somewhere()
        if self.pointed is None:
            return
        found, why = partner(self.pointed, self.reader, self.categories)
        if found is None:
            self.app.notify(f"No partner: {why}.", markup=False, timeout=3)
        elif not self.rows.holds(found):
            self.app.notify(f"Its partner #{found} is not shown.", markup=False, timeout=4)
        else:
            self.point_at_record(found)

    def jump(self, text: str) -> None:
        """Raises JumpError."""
        number = min(jump_target(text, self.reader, self.wall_ns()), self.rows.records - 1)
        self.moved()
        self.point_at_record(number)
        if self.pointed != number:
            where = "in" if self.rows.holds(number) else "not shown; this is the one before it:"
            key = key_hint(self.screen, "events.audio", "a")
            more = f"; {key} unfolds audio" if self.rows.holds(number) else ""
            said = f"#{number:,} is {where} #{self.pointed:,}{more}."
            self.app.notify(said, markup=False, timeout=4)

    def wall_ns(self) -> int:
        """What to add to a record's time for Unix time."""
        return self.reader.wall_ns(0)

    def looked_at(self) -> int:
        """How much of what a selection is made of is known, in percent."""
        if len(self.marks) or self.passed is None or not self.wanted:
            return 100
        return self.rows.records * 100 // max(min(self.wanted, len(self.reader)), 1)

    def selection(self) -> tuple[list[int], str]:
        """The marked records, else those that pass the filter, else all; and a name for them."""
        if len(self.marks):
            return list(self.marks.numbers), "marked"
        if self.passed is not None:
            return list(self.passed.numbers), self.filter_text
        return list(range(self.rows.records)), "all"
