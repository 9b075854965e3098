"""Which record a reader of the log points at, whether the view follows, and how the reader moves.

Knows rows and the viewport on them; no widget, no key, no filter. The pointed row is held by
record number: it means the same record in each view and after every arrival.
"""

from typing import NamedTuple

from tui.dashboard.common.viewport import Viewport
from tui.dashboard.events.rows import EventRows

AROUND = 2
"""Rows to see above and below one that a jump leads to."""


class Here(NamedTuple):
    """Where a search or a jump begins."""

    record: int
    """The pointed one, or the last in view when that is not."""
    pointed: int | None


class Cursor:
    """`pointed` is a record number or None. Moves return whether they pointed at a row."""

    def __init__(self, viewport: Viewport, rows: EventRows) -> None:
        self.viewport = viewport
        self.rows = rows
        """Of the present filter: whoever changes that changes them."""
        self.pointed: int | None = None
        self._seen = 0
        """How many records there were when the reader paused."""
        self._held: tuple[int, int] | None = None
        """A record and how far under the top it was, until the rows have come that far."""
        self._before: tuple[int, int] | None = None
        """What was pointed at, and where, before a filter was typed."""

    @property
    def row(self) -> int:
        """-1 where the pointed record has no row in this view."""
        return self.rows.place(self.pointed)

    @property
    def in_view(self) -> bool:
        return self.viewport.top <= self.row <= self.viewport.bottom

    @property
    def count(self) -> int:
        """How many records the pointed row stands for."""
        run = self.rows.run(self.row)
        return run.count if run else 1

    @property
    def came_since(self) -> int:
        """How many rows came since the reader paused."""
        return max(len(self.rows) - self.rows.rows_before(self._seen), 0)

    def here(self) -> Here:
        if not len(self.rows):
            return Here(self.pointed or 0, self.pointed)
        if self.pointed is not None and self.in_view:
            return Here(self.pointed, self.pointed)
        last = min(self.viewport.bottom, len(self.rows) - 1)
        return Here(self.rows.number(last), self.pointed)

    # ── Moves ────────────────────────────────────────────────────────────────────────────────────

    def pause(self) -> None:
        if self.viewport.following:
            self.viewport.pause()
            self._seen = max(self.rows.wanted, self.rows.records)

    def point_at(self, row: int) -> bool:
        """Point at `row` of the present view and bring it into view."""
        if self.viewport.total:
            row = max(min(row, self.viewport.total - 1), 0)
            self.pointed = self.rows.number(row)
            self.viewport.show(row)
        return self.viewport.total > 0

    def to_row(self, row: int) -> bool:
        self.pause()
        return self.point_at(row)

    def to_record(self, number: int) -> bool:
        """To the row that `number` is in, or to the nearest before it."""
        self.pause()
        row = self.rows.row_of(number)
        if not self.viewport.top <= row <= self.viewport.bottom:
            self.viewport.top = max(min(row - self.viewport.height // 3, self.viewport.last_top), 0)
        self.viewport.show(row, AROUND)
        return self.point_at(row)

    def step(self, rows: int) -> bool:
        """From the pointed row, or from the last one in view when that is not.

        Before the first row after going to the beginning: it had no rows yet.
        """
        row = self.viewport.bottom + 1
        if self.in_view or (self.row < 0 and not self.viewport.top and not self.viewport.following):
            row = self.row
        return self.to_row(row + rows)

    def page(self, pages: int) -> bool:
        return self.step(pages * max(self.viewport.height - 1, 1))

    def to_end(self) -> bool:
        """To the last row, and follow."""
        pointed = self.point_at(self.viewport.total - 1)
        self.viewport.follow()
        return pointed

    def scroll(self, rows: int) -> bool:
        """Up is negative, and pauses. What is pointed at stays."""
        if rows < 0:
            self.pause()
        self.viewport.scroll(rows)
        return False

    # ── The same row at the same place under another filter ──────────────────────────────────────

    def remember(self) -> None:
        """Letters of a filter on the way do not move what is pointed at now, until `forget`."""
        if self.pointed is not None and not self.viewport.following:
            self._before = (self.pointed, self.row - self.viewport.top if self.in_view else 0)

    def forget(self) -> None:
        self._before = None

    def release(self) -> None:
        """What was held does not come back: the reader went elsewhere."""
        self._held = self._before = None

    def hold(self, rows: EventRows) -> None:
        """From now on in `rows`; `settle` puts the pointed row, or the top, to where it is now."""
        if self._before is not None:
            self._held, self.pointed = self._before, self._before[0]
        if self.viewport.following or not len(self.rows):
            self._held = None
        elif self._held is None:
            row = self.row if self.in_view else min(self.viewport.top, len(self.rows) - 1)
            number = self.pointed if self.in_view else self.rows.number(row)
            self._held = (number or 0, row - self.viewport.top)
        self.rows = rows

    def settle(self) -> bool:
        """As soon as what is held is among the rows; until then the view stays at the top."""
        if self._held is None or not len(self.rows):
            return False
        number, below = self._held
        if self.rows.records <= number and self.rows.records < self.rows.wanted:
            return False
        self._held = None
        row = max(self.rows.row_of(number), 0)
        self.viewport.top = max(min(row - below, self.viewport.last_top), 0)
        lost = self.pointed is not None and not self.rows.holds(self.pointed)
        return lost and self.point_at(row)

    def resettle(self) -> bool:
        """The rows are others: show the end, the same place, or what is held once it has come."""
        self.viewport.total = len(self.rows)
        if self.viewport.following:
            self.viewport.follow()
        else:
            top = 0 if self._held else min(self.viewport.top, self.viewport.last_top)
            self.viewport.top = max(top, 0)
        return self.settle()
