"""A pane of records: which one is pointed at, and how a reader moves among them.

Knows rows and the viewport on them; not what a row says. The pointed row is held by record number:
it means the same record in each view and after every arrival.
"""

from collections import OrderedDict

from textual import events as ui
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip

from tui.dashboard.common.pane import Pane
from tui.dashboard.events.rows import EventRows

MOVES = (
    Binding("j,down", "point(1)", "Down", id="events.down", show=False),
    Binding("k,up", "point(-1)", "Up", id="events.up", show=False),
    Binding("pagedown", "page(1)", "Page down", id="events.page_down", show=False),
    Binding("pageup", "page(-1)", "Page up", id="events.page_up", show=False),
    Binding("g,home", "first", "First", id="events.first", show=False),
    Binding("G,end", "end", "Last, and follow", id="events.last", show=False),
)  # fmt: skip


class PointedPane(Pane):
    """`pointed` is a record number or None; a subclass sets `rows` and keeps painted `strips`."""

    rows: EventRows
    strips: OrderedDict[int, Strip]
    pointed: int | None
    wanted: int
    """How many records there are to show; the rows may not have come that far."""
    seen: int
    """How many records there were when the reader paused."""

    class Pointed(Message):
        """The user points at another record (None: at none)."""

        def __init__(self, number: int | None, count: int) -> None:
            super().__init__()
            self.number = number
            self.count = count
            """How many records the row stands for."""

    def on_resize(self) -> None:
        """A pointed row that was in view stays in view."""
        row = self.pointed_row()
        shown = self.viewport.top <= row <= self.viewport.bottom
        super().on_resize()
        if shown and not self.viewport.following:
            self.viewport.show(row)

    def pointed_row(self) -> int:
        """-1 where the record has no row in this view."""
        if self.pointed is None or not self.rows.holds(self.pointed):
            return -1
        return self.rows.row_of(self.pointed)

    def point_at(self, row: int) -> None:
        """Point at `row` of the present view and bring it into view."""
        if not self.viewport.total:
            return
        row = max(min(row, self.viewport.total - 1), 0)
        old, top = self.pointed_row(), self.viewport.top
        self.pointed = self.rows.number(row)
        self.viewport.show(row)
        for changed in (old, row):
            self.strips.pop(changed, None)
            self.repaint_rows(changed, changed)
        if self.viewport.top != top:
            self.repaint()
        self.post_message(self.Pointed(self.pointed, self.pointed_count()))

    def point_at_record(self, number: int) -> None:
        """Point at the row that `number` is in, or at the nearest before it."""
        self.pause()
        row = self.rows.row_of(number)
        if not self.viewport.top <= row <= self.viewport.bottom:
            self.viewport.top = max(row - self.viewport.height // 3, 0)
            self.repaint()
        self.point_at(row)

    def point_somewhere(self) -> None:
        """At the newest row in view, unless the user points at one that is in view."""
        row = self.pointed_row()
        if self.viewport.total and not self.viewport.top <= row <= self.viewport.bottom:
            self.point_at(min(self.viewport.bottom, self.viewport.total - 1))

    def pointed_count(self) -> int:
        """How many records the pointed row stands for."""
        run = self.rows.run(self.pointed_row())
        return run.count if run else 1

    def came_since(self) -> int:
        """How many rows came since the reader paused."""
        return max(len(self.rows) - self.rows.rows_before(self.seen), 0)

    def pause(self) -> None:
        if self.viewport.following:
            self.viewport.pause()
            self.seen = max(self.wanted, self.rows.records)
        self.repaint_title()

    def _current(self) -> int:
        """Where a move begins: the pointed row, or the last one in view when that is not.

        Before the first row after going to the beginning: it had no rows yet.
        """
        row = self.pointed_row()
        if row < 0 and self.viewport.top == 0 and not self.viewport.following:
            return -1
        inside = self.viewport.top <= row <= self.viewport.bottom
        return row if inside else self.viewport.bottom + 1

    def moved(self) -> None:
        """The user moves: whatever was to be brought into view is not any more."""

    def action_point(self, step: int) -> None:
        self.moved()
        start = self._current()
        self.pause()
        self.point_at(start + step)

    def action_page(self, pages: int) -> None:
        self.moved()
        start = self._current()
        self.pause()
        self.point_at(start + pages * max(self.viewport.height - 1, 1))

    def action_first(self) -> None:
        self.moved()
        self.pause()
        self.point_at(0)

    def action_follow(self) -> None:
        if self.viewport.following:
            self.pause()
        else:
            self.action_end()

    def action_end(self) -> None:
        self.moved()
        self.point_at(self.viewport.total - 1)
        self.viewport.follow()
        self.repaint()

    def on_mouse_scroll_up(self, event: ui.MouseScrollUp) -> None:
        self._wheel(event, -3)

    def on_mouse_scroll_down(self, event: ui.MouseScrollDown) -> None:
        self._wheel(event, 3)

    def _wheel(self, event: ui.MouseEvent, rows: int) -> None:
        event.stop()
        self.moved()
        if rows < 0:
            self.pause()
        self.viewport.scroll(rows)
        self.repaint()

    def on_click(self, event: ui.Click) -> None:
        row = self.viewport.top + event.y - self.head
        if event.y >= self.head and row < self.viewport.total:
            self.pause()
            self.point_at(row)
