"""The event log: every frame and fact of the journal, newest at the end.

Knows timers, and which part of the pane to paint anew. What has a row is the filter model's affair,
where the reader is the cursor's, how a row looks the painter's. Nothing of sessions and providers.

Theory of operation. Notices say how far the journal may be shown; a timer takes the new records
in and paints what changed, ten times a second at most, whatever the rate of events; the whole list
moves up five times a second at most, because each time all of it goes over the wire. What takes
longer than a moment (a long journal, a filter over all of it) is done by a worker between keys.
The keys that open the line for expressions have priority: what is typed in one go behind them is
the line's.
"""

import asyncio
import os
import time
from collections.abc import Callable
from typing import ClassVar

from textual import events as ui
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from tui.analysis.records.categories import EventsOf
from tui.analysis.records.jump import JumpError
from tui.dashboard.common.clipboard import copy
from tui.dashboard.common.expression_line import ExpressionLine
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import (
    AgainAsked,
    CopyAsked,
    Feed,
    JournalChanged,
    NoticeArrived,
    RecordsArrived,
)
from tui.dashboard.common.pane import Pane
from tui.dashboard.events.cursor import AROUND, Cursor, Here
from tui.dashboard.events.filtering import FilterModel
from tui.dashboard.events.jumps import Found, to_place
from tui.dashboard.events.keys import EVENT_KEYS, HINTS, Mode
from tui.dashboard.events.row_text import RowPainter
from tui.journal.reader import JournalReader
from tui.provider import Summarize

SIDEWAYS = 8
TITLE_TICKS = 3
"""The count is painted at every third flush; nobody reads it faster."""
SCROLL_S = 0.2
"""Between two moves of the list."""
BUDGET_S = 0.004
"""What a key may have to wait for."""
REST_S = 0.001
"""What the loop gets between two slices of work: several turns, as a key needs."""


class EventLog(Pane):
    """`model` says which rows there are, `cursor` which one is pointed at."""

    BINDINGS: ClassVar[list[BindingType]] = EVENT_KEYS
    key = "2"

    class Pointed(Message):
        """The user points at another record (None: at none)."""

        def __init__(self, number: int | None, count: int) -> None:
            super().__init__()
            self.number = number
            self.count = count
            """How many records the row stands for."""

    class DetailAsked(Message):
        """Enter: open or close the detail of the pointed record."""

    def __init__(
        self,
        feed: Feed,
        reader: JournalReader,
        summarize: Summarize,
        events_of: EventsOf,
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._line = ExpressionLine(self)
        self._ticks = 0
        self._moved_s = 0.0
        """When the list moved up last."""
        self._working = False
        self.untitled = False
        """The count in the title is behind."""
        self._painted = 0
        """How many records the painted rows stand for."""
        self.model = FilterModel(reader, events_of)
        self.cursor = Cursor(self.viewport, self.model.rows)
        self.painter = RowPainter(self.model, summarize, self.style_of)
        self._origin: Here | None = None
        """Where the reader was when the line for a search was opened."""

    def compose(self) -> ComposeResult:
        yield self._line

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._forget())
        self.set_interval(0.2 if "SSH_CONNECTION" in os.environ else 0.1, self.flush)

    # ── What arrives ─────────────────────────────────────────────────────────────────────────────

    def _on_notice(self, message: NoticeArrived) -> None:
        self.model.wanted = max(self.model.wanted, message.notice.records)

    def _on_records(self, message: RecordsArrived) -> None:
        if self.painter.learn(message.entries):
            self._forget()

    def _on_journal(self, message: JournalChanged) -> None:
        self.model.open(message.reader)
        self.painter.open()
        self.cursor = Cursor(self.viewport, self.model.rows)
        self._origin = None
        self.viewport.grow(0)
        self.viewport.top = 0
        self.repaint()

    def flush(self) -> None:
        """Take in and paint what came since the last time."""
        self._ticks += 1
        if self.untitled and self._ticks % TITLE_TICKS == 0:
            self.untitled = False
            self.repaint_title()
        if not self._working:
            self._work_on()
        moves = self.viewport.following and len(self.model.rows) > self.viewport.height
        if not moves or time.monotonic() - self._moved_s >= SCROLL_S:
            self._paint_new()

    def _work_on(self) -> None:
        """A moment's work at once; a worker does what is left."""
        if not self._take_in() and not self._working and self.is_mounted:
            self._working = True
            self.run_worker(self._work(), name="rows", group="rows")

    async def _work(self) -> None:
        """Look at what is left between keys; the timer paints what has come."""
        try:
            while not self._take_in():  # noqa: ASYNC110  it gives way
                await asyncio.sleep(REST_S)
        finally:
            self._working = False
        self._paint_new()

    def _take_in(self) -> bool:
        done = self.model.take_in(BUDGET_S)
        self._arrive(self.model.arrived())
        return done

    def _paint_new(self) -> None:
        rows = self.model.rows
        changed, total = rows.take_changed(), len(rows)
        if not changed and total == self.viewport.total and self._painted == rows.records:
            return
        self._painted = rows.records
        self.untitled = True
        before, top = self.viewport.total, self.viewport.top
        self.viewport.grow(total)
        self._point(self.cursor.settle)
        for row in changed:
            self.painter.forget(row)
        if self.viewport.top != top:
            self._moved_s = time.monotonic()
        if self.viewport.top != top or not before or not self.viewport.total:
            self.repaint()
            return
        for row in changed:
            self.repaint_rows(row, row)
        self.repaint_rows(before, self.viewport.total - 1)

    def _show_rows(self) -> None:
        """Other rows, or others lit: the first of them at once, the rest as they are found."""
        rows = self.model.rows
        done = self.model.take_in(BUDGET_S)
        rows.take_changed()
        self._painted = rows.records
        self._point(self.cursor.resettle)
        self._forget()
        self._arrive(self.model.arrived())
        if not done:
            self._work_on()

    # ── What is painted ──────────────────────────────────────────────────────────────────────────

    def heading(self) -> str:
        return f"Events {self.model.heading(self.pointed, self.size.width)}"

    def badge(self) -> str:
        return "FOLLOW" if self.viewport.following else f"PAUSED +{self.cursor.came_since:,}"

    def empty_text(self) -> str:
        if not self.model.filter_text:
            return "Every frame and every local fact of the call will be listed here."
        said = "Nothing that came so far passes the filter."
        if self.model.rows.percent < 100:
            said = f"Looking for what passes: {self.model.rows.percent} %, nothing so far."
        return keyed(self, f"{said} {{view.back|Esc}} clears it.")

    def paint_row(self, row: int, width: int) -> Strip:
        return self.painter.strip(row, width, pointed=row == self.cursor.row)

    def _forget(self) -> None:
        self.painter.forget()
        self.repaint()

    def _repaint_row(self, row: int) -> None:
        self.painter.forget(row)
        self.repaint_rows(row, row)

    # ── Moves ────────────────────────────────────────────────────────────────────────────────────

    @property
    def pointed(self) -> int | None:
        """A record number."""
        return self.cursor.pointed

    def _point(self, move: Callable[..., bool], *where: int) -> None:
        """Paint what a move of the cursor changes, and tell whoever shows the pointed record."""
        row, top = self.cursor.row, self.viewport.top
        if move(*where):
            self._repaint_row(row)
            self._repaint_row(self.cursor.row)
            self.post_message(self.Pointed(self.pointed, self.cursor.count))
        if self.viewport.top != top:
            self.repaint()
        self.repaint_title()

    def _move(self, move: Callable[..., bool], *where: int) -> None:
        """The reader moves: what was to be brought into view is not any more."""
        self.model.stop()
        self.cursor.release()
        self._point(move, *where)

    def point_at_record(self, number: int) -> None:
        """Point at the row that `number` is in, or at the nearest before it."""
        self._move(self.cursor.to_record, number)

    def select(self, records: frozenset[int]) -> None:
        """Mark the rows of these: what is pointed at elsewhere is made of them."""
        for number in self.painter.selected ^ records:
            if (row := self.model.rows.place(number)) >= 0:
                self._repaint_row(row)
        self.painter.selected = records

    def point_somewhere(self) -> None:
        """At the newest row in view, unless the user points at one that is in view."""
        if self.viewport.total and not self.cursor.in_view:
            self._point(self.cursor.point_at, self.viewport.bottom)

    def on_resize(self) -> None:
        """A pointed row that was in view stays in view."""
        shown = self.cursor.in_view
        super().on_resize()
        if shown and not self.viewport.following:
            self.viewport.show(self.cursor.row, AROUND)

    def action_point(self, step: int) -> None:
        self._move(self.cursor.step, step)

    def action_page(self, pages: int) -> None:
        self._move(self.cursor.page, pages)

    def action_first(self) -> None:
        self._move(self.cursor.to_row, 0)

    def action_end(self) -> None:
        self._move(self.cursor.to_end)

    def action_follow(self) -> None:
        if self.viewport.following:
            self.cursor.pause()
            self.repaint_title()
        else:
            self.action_end()

    def action_scroll_rows(self, rows: int) -> None:
        self._move(self.cursor.scroll, rows)

    def on_click(self, event: ui.Click) -> None:
        row = self.viewport.top + event.y - self.head
        if event.y >= self.head and row < self.viewport.total:
            self._move(self.cursor.to_row, row)

    # ── Jumps ────────────────────────────────────────────────────────────────────────────────────

    def _arrive(self, found: Found) -> None:
        if found.record is not None:
            self._paint_new()  # the row may be newer than what is painted
            self.point_at_record(found.record)
        if found.said:
            self.app.notify(keyed(self, found.said), markup=False, timeout=4)

    def action_seek(self, what: str, step: int) -> None:
        self.model.seek(what, self.cursor.here(), step)
        self.cursor.release()
        self._work_on()

    def action_jump(self, what: str, step: int) -> None:
        if what in ("kind", "partner"):
            self.point_somewhere()
        self._arrive(self.model.jump(what, self.cursor.here(), step))

    def action_mark(self) -> None:
        self.point_somewhere()
        if self.pointed is not None:
            self.model.marks.toggle(self.pointed)
            self._repaint_row(self.cursor.row)

    def clear_marks(self) -> None:
        self.model.marks.clear()
        self._forget()

    # ── The line for expressions ─────────────────────────────────────────────────────────────────

    def set_filter(self, text: str) -> None:
        """Show only what passes; "" shows all. Raises FilterError, and shows what it did before."""
        self.model.set_filter(text)
        self.cursor.hold(self.model.rows)
        self._show_rows()

    def set_search(self, text: str) -> None:
        """Light what passes, and point at the first of it. Raises FilterError."""
        self.model.set_search(text, self._origin or self.cursor.here())
        self._show_rows()

    def action_expression(self, mark: str) -> None:
        mode = Mode.SEARCH if mark == "backslash" else Mode(mark)
        self._origin = self.cursor.here() if mode is Mode.SEARCH else None
        if mode is Mode.FILTER:
            self.cursor.remember()
        text = self.model.filter_text if mode is Mode.FILTER else ""
        self._line.open(mode, text, HINTS[mode])
        self._resize_line()

    def find(self, mode: str, text: str, *, kept: bool) -> tuple[str, int] | None:
        """Do what is typed in the line; else what is wrong with it, and at which character."""
        from tui.analysis.filter.parser import FilterError  # noqa: PLC0415

        try:
            if mode is Mode.FILTER:
                self.set_filter(text)
            elif mode is Mode.SEARCH and (text or not kept):
                self.set_search(text)
            elif mode is Mode.SEARCH and self.model.search_text:
                self.action_seek("match", 1)
            elif kept and text:
                self._arrive(to_place(self.model.rows, text))
        except FilterError as error:
            return error.reason, error.position
        except JumpError as error:
            return str(error), 0
        return None

    def leave(self, mode: str, *, clear: bool) -> None:
        if clear:
            self._clear(mode)
        self.cursor.forget()
        self._resize_line()
        self.screen.set_focus(self)
        if clear and self._origin and not self.viewport.following:
            self.point_at_record(self._origin.record)

    def _resize_line(self) -> None:
        self.head = 2 if self._line.is_open else 1
        self.viewport.resize(self.size.height - self.head)
        self.repaint()

    def _clear(self, mode: str) -> bool:
        """False where there is nothing to clear."""
        if mode is Mode.FILTER and self.model.filter_text:
            self.set_filter("")
        elif mode is Mode.SEARCH and self.model.search_text:
            self.set_search("")
        else:
            return False
        return True

    def step_back(self) -> bool:
        """Escape: the search first, then the filter; False when there is neither."""
        return self._clear(Mode.SEARCH) or self._clear(Mode.FILTER)

    # ── Views and copies ─────────────────────────────────────────────────────────────────────────

    def action_plumbing(self) -> None:
        """The next view; the row on top and the pointed record stay where they are."""
        rows = self.model.rows
        top = rows.number(self.viewport.top) if self.viewport.top < len(rows) else 0
        self.model.next_view()
        self.viewport.total = len(rows)
        if self.viewport.following:
            self.viewport.follow()
        else:
            self.viewport.top = max(rows.row_of(top), 0)
        self._forget()

    def action_time(self) -> None:
        self.painter.time_column = self.painter.time_column.next()
        self._forget()

    def action_sideways(self, steps: int) -> None:
        self.painter.sideways = max(self.painter.sideways + steps * SIDEWAYS, 0)
        self._forget()

    def action_detail(self) -> None:
        self.point_somewhere()
        self.post_message(self.DetailAsked())

    def action_copy(self, whole: bool = False) -> None:
        self.point_somewhere()
        if self.pointed is not None:
            self.post_message(CopyAsked(self.pointed, whole))

    def action_again(self) -> None:
        self.point_somewhere()
        if self.pointed is not None:
            self.post_message(AgainAsked(self.pointed))

    def action_copy_row(self) -> None:
        self.point_somewhere()
        if self.cursor.row >= 0:
            copy(self.app, self.painter.plain(self.cursor.row), f"Row #{self.pointed}")
