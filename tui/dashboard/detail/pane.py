"""The detail pane: the pointed record, whole, as a tree that folds, or as it came.

Knows the journal, what was made of its records, and who can play their sound; not who points.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import events as ui
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.analysis.formats import FormatFold
from tui.analysis.records.annotations import AnnotationFold
from tui.analysis.records.categories import EventsOf
from tui.backend.base import Sounds
from tui.dashboard.common.clipboard import copy
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import CopyAsked, Feed, JournalChanged, RecordsArrived
from tui.dashboard.common.search import Lines, SearchPane, Span
from tui.dashboard.detail.frame_text import (
    Folds,
    Role,
    Row,
    View,
    elided_text,
    frame_rows,
    frame_source,
    frame_title,
    verdict_rows,
)
from tui.dashboard.detail.sound import DetailSound
from tui.dashboard.detail.wrapped_rows import WrappedRows
from tui.journal.reader import JournalReader

HIGH = 14
"""From this many rows on a waveform gets more of them."""
MARK_CELLS = 2


class Detail(SearchPane):
    """`show` a record; `number` is the one that is shown, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "close", "Close", id="detail.close", tooltip="Close the detail"),
        Binding("y", "copy", "Copy", id="detail.copy", tooltip="Copy the frame, audio left out"),
        Binding("Y", "copy(True)", "Copy whole", id="detail.copy_whole",
                tooltip="Copy it, audio included"),
        Binding("c", "copy_value", "Copy value", id="detail.copy_value", show=False,
                tooltip="Copy the value of this line"),
        Binding("C", "copy_path", "Copy path", id="detail.copy_path", show=False,
                tooltip="Copy the path of this line, as filters take it"),
        Binding("left,h", "fold", "Fold", id="detail.fold", show=False,
                tooltip="Fold this value; again its parent"),
        Binding("right,l", "unfold", "Unfold", id="detail.unfold", show=False,
                tooltip="Unfold this value"),
        Binding("H", "fold_all", "Fold all", id="detail.fold_all", show=False,
                tooltip="Fold all values"),
        Binding("L", "unfold_all", "Unfold all", id="detail.unfold_all", show=False,
                tooltip="Unfold all values"),
        Binding("r", "next_view", "View", id="detail.view",
                tooltip="Tree, what it meant, raw text, hexadecimal"),
        Binding("j,down", "move(1)", "Down", id="detail.down", show=False),
        Binding("k,up", "move(-1)", "Up", id="detail.up", show=False),
        Binding("pagedown", "move_pages(1)", "Page down", id="detail.page_down", show=False),
        Binding("pageup", "move_pages(-1)", "Page up", id="detail.page_up", show=False),
        Binding("g,home", "move(-1000000)", "First", id="detail.first", show=False),
        Binding("G,end", "move(1000000)", "Last", id="detail.last", show=False),
    ]  # fmt: skip
    key = "3"

    class CloseAsked(Message):
        """Enter: the log again."""

    def __init__(
        self,
        feed: Feed,
        events_of: EventsOf,
        sounds: Sounds | None = None,
        *,
        id: str | None = None,
    ) -> None:
        """`sounds` None: frames of audio are not drawn."""
        super().__init__(id=id)
        self.viewport.pause()
        self.number: int | None = None
        self.view = View.TREE
        self._feed = feed
        self._events_of = events_of
        self._sound = DetailSound(sounds)
        self._annotations, self._formats = AnnotationFold(), FormatFold()
        self._reader: JournalReader | None = None
        self._title = ""
        self._source = ""
        self._text = WrappedRows()

    def on_mount(self) -> None:
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)

    def _on_records(self, message: RecordsArrived) -> None:
        for entry in message.entries:
            self._annotations.add(entry)
            self._formats.add(entry)

    def _on_journal(self, message: JournalChanged) -> None:
        self._annotations, self._formats = AnnotationFold(), FormatFold()
        self.clear()

    # ── What is shown ────────────────────────────────────────────────────────────────────────────

    def show(self, reader: JournalReader, number: int, count: int = 1) -> None:
        """Show record `number`, the first of `count` that a row stands for."""
        again = number == self.number and reader is self._reader
        self.number, self._reader = number, reader
        self._title = frame_title(reader, number) + (f" · first of {count}" if count > 1 else "")
        self._sound.point(reader, number, count, self._formats)
        self._read()
        if not again:
            self._text.at, self.viewport.top = 0, 0
        self._lay_out()

    def clear(self) -> None:
        self.number, self._reader, self._title, self._source = None, None, "", ""
        self._lay_out()

    def text(self) -> str:
        """What is shown, unwrapped."""
        return self._text.text()

    @property
    def sound(self) -> DetailSound:
        return self._sound

    @property
    def title(self) -> str:
        return self._title

    def _read(self) -> None:
        reader, number = self._reader, self.number
        if reader is None or number is None:
            return
        span = reader.header(number).audio
        wire = self._sound.wire
        ms = wire.milliseconds(span.size) if wire and span else 0.0
        events = self._events_of(number) if self.view is View.MEANING else ()
        self._source = frame_source(reader, number, self.view, events, ms)

    def _lay_out(self) -> None:
        width = max(self.size.width - 4, 8)
        self._text.lay_out(None if self.number is None else self._lines, width)
        self.hits.scan(self.lines_from(0))
        self.viewport.grow(len(self._text.rows))
        self.repaint()

    def _lines(self, folds: Folds, width: int) -> list[Row]:
        drawn = self._sound.rows(width, 4 if self.viewport.height >= HIGH else 2)
        annotations = self._annotations.of(self.number or 0)
        text = frame_rows(self._source, self.view, folds, width)
        return [*map(Row, drawn), *verdict_rows(annotations), *text]

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()

    def heading(self) -> str:
        return f"Detail{self.searched()}  {self._title}".rstrip()

    def badge(self) -> str:
        return "" if self.view is View.TREE or self.number is None else self.view.value

    def empty_text(self) -> str:
        leave = "{prompt.leave|Esc} leaves the prompt, then ↑ ↓; or click."
        return keyed(self, f"Point at an event to see it whole: {leave}")

    def paint_row(self, row: int, width: int) -> Strip:
        text, shown, first = self._text.of(row)
        mark = self._mark(shown) if first else "  "
        name, colon, rest = text.partition('": ')
        spans: list[Span] = [(text, "strong" if shown.role is Role.VERDICT else "text")]
        if shown.role is Role.JSON and colon and name.lstrip().startswith('"'):
            spans = [(name + colon, "accent"), (rest, "text")]
        pointed = self.has_focus and row == self._text.at
        return self.lit_strip(row, [(mark, spans[0][1])], spans, width, pointed=pointed)

    def _mark(self, row: Row) -> str:
        if row.line is None or not row.line.opens:
            return "  "
        return "▸ " if self._text.is_folded(row) else "▾ "

    # ── Searching ────────────────────────────────────────────────────────────────────────────────

    def lines_from(self, row: int) -> Lines:
        return self._text.texts()

    def place(self) -> int:
        return self._text.at

    def go_to(self, row: int) -> None:
        self._text.at = row
        self.viewport.show(row)

    def remember(self) -> Callable[[], None]:
        at, top = self._text.at, self.viewport.top

        def back() -> None:
            self._text.at, self.viewport.top = at, top
            self.repaint()

        return back

    # ── Moving, folding, views ───────────────────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        self._text.move(rows)
        self.viewport.show(self._text.at)
        self._keep_in_view()

    def action_move_pages(self, pages: int) -> None:
        self.action_move(pages * max(self.viewport.height - 1, 1))

    def _keep_in_view(self) -> None:
        self.viewport.top = min(self.viewport.top, self.viewport.last_top)
        self.repaint()

    def on_click(self, event: ui.Click) -> None:
        row = self.viewport.top + event.y - self.head
        if event.y < self.head or row >= len(self._text.rows):
            return
        self._text.at = row
        if event.x < MARK_CELLS:
            self._text.toggle()
        self._lay_out()

    def action_fold(self) -> None:
        self._text.fold()
        self._lay_out()
        self.action_move(0)

    def action_unfold(self) -> None:
        self._text.unfold()
        self._lay_out()

    def action_fold_all(self) -> None:
        self._text.fold_all()
        self._lay_out()

    def action_unfold_all(self) -> None:
        rows = -1
        while len(self._text.rows) > rows:  # what is unfolded may hold more that is folded
            rows = len(self._text.rows)
            self._text.unfold_all()
            self._lay_out()

    def action_next_view(self) -> None:
        self.view = self.view.next()
        self._text.at, self.viewport.top = 0, 0
        self._read()
        self._lay_out()

    def action_close(self) -> None:
        self.post_message(self.CloseAsked())

    # ── Copying ──────────────────────────────────────────────────────────────────────────────────

    def action_copy(self, whole: bool = False) -> None:
        if self.number is not None:
            self.post_message(CopyAsked(self.number, whole))

    def action_copy_value(self) -> None:
        row = self._text.pointed
        if row is not None:
            first, behind = row.line.value if row.line else (0, 0)
            copy(self.app, self._source[first:behind] if row.line else row.text, "value")

    def action_copy_path(self) -> None:
        row = self._text.pointed
        if row is not None and row.line is not None:
            copy(self.app, row.line.path, row.line.path)


def copy_text(reader: JournalReader, number: int, whole: bool) -> str:
    """What goes to the clipboard: the exact text, or the one without its audio."""
    return reader.text(number) if whole else elided_text(reader, number)
