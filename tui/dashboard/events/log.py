"""The event log: every frame and fact of the journal, newest at the end.

Knows the journal's index and how to paint rows of it; nothing of sessions and providers.

Theory of operation. Notices say how far the journal may be shown; a timer takes the new records
in and paints what changed, ten times a second at most, whatever the rate of events. What takes
longer than a moment (a long journal, a filter over all of it) is done by a worker between keys.
Painted rows are kept by row and forgotten when they can look different. The pointed row is held by
record number: it means the same record in each view and after every arrival.
"""

import asyncio
import os
from collections import OrderedDict
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.analysis.records.categories import EventsOf
from tui.dashboard.common.clipboard import copy
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Feed, JournalChanged, NoticeArrived, RecordsArrived
from tui.dashboard.events.cursor import MOVES
from tui.dashboard.events.finder import FINDING, FindingPane
from tui.dashboard.events.row_text import EventText, TimeColumn, event_spans, light
from tui.journal.reader import JournalReader
from tui.provider import Summarize

KEPT_STRIPS = 512
SIDEWAYS = 8
ROW_WIDTH = 400
"""Cells of a row that is copied."""
TITLE_TICKS = 3
"""The count is painted at every third flush; nobody reads it faster."""
BUDGET_S = 0.004
"""What a key may have to wait for."""
REST_S = 0.001
"""What the loop gets between two slices of work: several turns, as a key needs."""


class EventLog(FindingPane):
    """Paints its own viewport of rows; `pointed` is a record number or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        FINDING[0],
        Binding("enter", "detail", "Detail", id="events.detail", tooltip="The frame; again closes"),
        Binding("f", "follow", "Follow", id="events.follow", tooltip="Follow, on and off"),
        Binding("a", "audio", "Audio", id="events.audio", tooltip="Audio: folded, all, hidden"),
        Binding("t", "time", "Time", id="events.time", tooltip="Time: clock, elapsed, gap"),
        Binding("y", "copy", "Copy", id="events.copy", tooltip="Copy the frame, audio left out"),
        Binding("Y", "copy_all", "Copy whole", id="events.copy_whole", show=False,
                tooltip="Copy the whole frame, audio included"),
        Binding("c", "copy_row", "Copy row", id="events.copy_row", show=False,
                tooltip="Copy this row, as it is listed"),
        *FINDING[1:],
        *MOVES,
        Binding("l,right", "sideways(1)", "Scroll right", id="events.right", show=False),
        Binding("h,left", "sideways(-1)", "Scroll left", id="events.left", show=False),
    ]  # fmt: skip
    key = "2"

    class DetailAsked(Message):
        """Enter: open or close the detail of the pointed record."""

    class CopyAsked(Message):
        def __init__(self, number: int, whole: bool) -> None:
            super().__init__()
            self.number = number
            self.whole = whole

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
        self._summarize = summarize
        self._events_of = events_of
        self.time_column = TimeColumn.CLOCK
        self._sideways = 0
        self._ticks = 0
        self._working = False
        self.untitled = False
        """The count in the title is behind."""
        self._painted = 0
        """How many records the painted rows stand for."""
        self._open_journal(reader)

    def _open_journal(self, reader: JournalReader) -> None:
        self.strips: OrderedDict[int, Strip] = OrderedDict()
        self.seen = 0
        self.pointed = None
        self.find_in(reader, self._events_of)
        self._text = EventText(reader, self.rows, self._summarize)

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)
        self.set_interval(0.2 if "SSH_CONNECTION" in os.environ else 0.1, self.flush)

    # ── What arrives ─────────────────────────────────────────────────────────────────────────────

    def _on_notice(self, message: NoticeArrived) -> None:
        self.wanted = max(self.wanted, message.notice.records)

    def _on_records(self, message: RecordsArrived) -> None:
        if self._text.learn(message.entries):
            self._forget()

    def _on_journal(self, message: JournalChanged) -> None:
        view = self.rows.view
        self._open_journal(message.reader)
        self.rows.view = view
        self.viewport.grow(0)
        self.viewport.top = 0
        self.repaint()

    def flush(self) -> None:
        """Take in and paint what came since the last time."""
        self._ticks += 1
        if self.untitled and self._ticks % TITLE_TICKS == 0:
            self.untitled = False
            self.repaint_title()
        if not self._working and not self.take_in(BUDGET_S):
            self.work_on()
        self._paint_new()

    def work_on(self) -> None:
        if not self._working and self.is_mounted:
            self._working = True
            self.run_worker(self._work(), name="rows", group="rows")

    async def _work(self) -> None:
        """Look at what is left between keys; the timer paints what has come."""
        try:
            while not self.take_in(BUDGET_S):  # noqa: ASYNC110  it gives way
                await asyncio.sleep(REST_S)
        finally:
            self._working = False
        self._paint_new()

    def _paint_new(self) -> None:
        changed, total = self.rows.take_changed(), len(self.rows)
        if not changed and total == self.viewport.total and self._painted == self.rows.records:
            return
        self._painted = self.rows.records
        self.untitled = True
        before, top = self.viewport.total, self.viewport.top
        self.viewport.grow(total)
        self.settle()
        for row in changed:
            self.strips.pop(row, None)
        if self.viewport.top != top or not before or not self.viewport.total:
            self.repaint()
            return
        for row in changed:
            self.repaint_rows(row, row)
        self.repaint_rows(before, self.viewport.total - 1)

    def show_rows(self) -> None:
        """Other rows, or others lit: the first of them at once, the rest as they are found."""
        self._text.rows = self.rows
        done = self.take_in(BUDGET_S)
        self.rows.take_changed()
        self._painted = self.rows.records
        self.viewport.total = len(self.rows)
        if self.viewport.following:
            self.viewport.follow()
        elif self.held is None:
            self.viewport.top = max(min(self.viewport.top, self.viewport.last_top), 0)
        else:
            self.viewport.top = 0
            self.settle()
        self._forget()
        if not done:
            self.work_on()

    # ── What is painted ──────────────────────────────────────────────────────────────────────────

    def heading(self) -> str:
        return f"Events {self.found_text()} · audio {self.rows.view}"

    def badge(self) -> str:
        return "FOLLOW" if self.viewport.following else f"PAUSED +{self.came_since():,}"

    def empty_text(self) -> str:
        if self.filter_text and self.rows.records < min(self.wanted, len(self.reader)):
            percent = self.rows.records * 100 // self.wanted
            said = f"Looking for what passes: {percent} %, nothing so far."
            return keyed(self, f"{said} {{view.back|Esc}} clears it.")
        if self.filter_text:
            return keyed(
                self, "Nothing that came so far passes the filter. {view.back|Esc} clears it."
            )
        return "Every frame and every local fact of the call will be listed here."

    def paint_row(self, row: int, width: int) -> Strip:
        found = self.strips.get(row)
        if found is not None and found.cell_length == width:
            self.strips.move_to_end(row)
            return found
        strip = self._strip(row, width)
        self.strips[row] = strip
        if len(self.strips) > KEPT_STRIPS:
            self.strips.popitem(last=False)
        return strip

    def _strip(self, row: int, width: int) -> Strip:
        number, run = self.rows.number(row), self.rows.run(row)
        last = run.last if run else number
        parts = event_spans(
            self._text.columns(row, self.time_column),
            width,
            pointed=row == self.pointed_row(),
            gap=self.time_column is not TimeColumn.GAP,
            sideways=self._sideways,
            marked=self.marks.within(number, number),
        )
        if self.found is not None and self.found.within(number, last):
            parts = self._lit(parts)
        segments = [Segment(text, self.style_of(style)) for text, style in parts]
        return Strip(segments).adjust_cell_length(width)

    def _lit(self, parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """With what was searched for lit; where it is deeper in the frame, its kind."""
        text = "".join(part for part, _ in parts)
        lights = self.lights(text)
        if not lights:
            begin = len(text) - len(text[13:].lstrip(" ◆+-0123456789←→·!")) if len(text) > 13 else 0
            lights = [(begin, begin + len(text[begin:].split(" ", 1)[0]))]
        return light(parts, lights, "lit")

    # ── Views ────────────────────────────────────────────────────────────────────────────────────

    def action_sideways(self, steps: int) -> None:
        self._sideways = max(self._sideways + steps * SIDEWAYS, 0)
        self._forget()

    def action_audio(self) -> None:
        """The next view; the row on top and the pointed record stay where they are."""
        top = self.rows.number(self.viewport.top) if self.viewport.top < len(self.rows) else 0
        self.rows.view = self.rows.view.next()
        self.viewport.total = len(self.rows)
        if self.viewport.following:
            self.viewport.follow()
        else:
            self.viewport.top = max(self.rows.row_of(top), 0)
        self._forget()

    def action_time(self) -> None:
        self.time_column = self.time_column.next()
        self._forget()

    def action_detail(self) -> None:
        self.point_somewhere()
        self.post_message(self.DetailAsked())

    def action_copy(self) -> None:
        self._copy(whole=False)

    def action_copy_all(self) -> None:
        self._copy(whole=True)

    def action_copy_row(self) -> None:
        self.point_somewhere()
        row = self.pointed_row()
        if row >= 0:
            columns = self._text.columns(row, self.time_column)
            gap = self.time_column is not TimeColumn.GAP
            parts = event_spans(columns, ROW_WIDTH, pointed=False, gap=gap, sideways=0)
            copy(self.app, "".join(text for text, _ in parts).strip(), f"Row #{self.pointed}")

    def _copy(self, whole: bool) -> None:
        self.point_somewhere()
        if self.pointed is not None:
            self.post_message(self.CopyAsked(self.pointed, whole))

    def _forget(self) -> None:
        self.strips.clear()
        self.repaint()
