"""The detail pane: the pointed record, whole, as a tree that folds, or as it came.

Knows the journal, what was made of its records, and who can play their sound; not who points.
"""

from typing import ClassVar

from rich.segment import Segment
from textual import events as ui
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.analysis.formats import FormatFold
from tui.analysis.verdicts import VerdictFold
from tui.backend import Sounds
from tui.journal.reader import JournalReader
from tui.messages import Feed, JournalChanged, RecordsArrived
from tui.widgets.clipboard import copy
from tui.widgets.detail_sound import DetailSound
from tui.widgets.event_rows import EventsOf
from tui.widgets.frame_text import (
    Role,
    Row,
    View,
    elided_text,
    frame_rows,
    frame_source,
    frame_title,
    verdict_rows,
)
from tui.widgets.paint import fit, wrap
from tui.widgets.pane import Pane

HIGH = 14
"""From this many rows on a waveform gets more of them."""


class Detail(Pane):
    """`show` a record; `number` is the one that is shown, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "close", "Close", id="detail.close", tooltip="Close the detail"),
        Binding("y", "copy", "Copy", id="detail.copy", tooltip="Copy the frame, audio left out"),
        Binding(
            "Y", "copy_all", "Copy whole", id="detail.copy_whole", tooltip="Copy it, audio included"
        ),
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

    class CopyAsked(Message):
        def __init__(self, number: int, whole: bool) -> None:
            super().__init__()
            self.number = number
            self.whole = whole

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
        self.window.pause()
        self.number: int | None = None
        self.view = View.TREE
        self._feed = feed
        self._events_of = events_of
        self._sound = DetailSound(sounds)
        self._verdicts, self._formats = VerdictFold(), FormatFold()
        self._reader: JournalReader | None = None
        self._folded: set[str] = set()
        self._title = ""
        self._source = ""
        self._lines: list[Row] = []
        self._rows: list[tuple[str, int]] = []
        """Wrapped rows, and the line that each is of."""
        self._at = 0

    def on_mount(self) -> None:
        self._feed.records.subscribe(self, self._on_records)
        self._feed.journals.subscribe(self, self._on_journal)

    def _on_records(self, message: RecordsArrived) -> None:
        for entry in message.entries:
            self._verdicts.add(entry)
            self._formats.add(entry)

    def _on_journal(self, message: JournalChanged) -> None:
        self._verdicts, self._formats = VerdictFold(), FormatFold()
        self.clear()

    # ── What is shown ───────────────────────────────────────────────────────────────────────────

    def show(self, reader: JournalReader, number: int, count: int = 1) -> None:
        """Show record `number`, the first of `count` that a row stands for."""
        again = number == self.number and reader is self._reader
        self.number, self._reader = number, reader
        self._title = frame_title(reader, number) + (f" · first of {count}" if count > 1 else "")
        wire = self._formats.of(number, reader.direction(number))
        self._sound.point(reader, number, count, wire)
        self._read()
        if not again:
            self._at, self.window.top = 0, 0
        self._lay_out()

    def clear(self) -> None:
        self.number, self._reader, self._title, self._source = None, None, "", ""
        self._lay_out()

    def text(self) -> str:
        """What is shown, unwrapped."""
        return "\n".join(row.text for row in self._lines)

    def lines_as(self, view: View) -> list[str]:
        """The record in another view, nothing folded: for comparing."""
        if self._reader is None or self.number is None:
            return []
        text = frame_source(self._reader, self.number, view, self._events_of(self.number))
        return [row.text for row in frame_rows(text, view, (), self.size.width)]

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
        self._lines = []
        if self.number is not None:
            high = self.window.height >= HIGH
            self._lines += [Row(text) for text in self._sound.rows(width, 4 if high else 2)]
            self._lines += verdict_rows(self._verdicts.of(self.number))
            self._lines += frame_rows(self._source, self.view, self._folded, width)
        self._rows = [
            (text, line) for line, row in enumerate(self._lines) for text in _wrap(row, width)
        ]
        self._at = max(min(self._at, len(self._rows) - 1), 0)
        self.window.grow(len(self._rows))
        self.repaint()

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()

    def heading(self) -> str:
        return f"Detail  {self._title}" if self._title else "Detail"

    def badge(self) -> str:
        return "" if self.view is View.TREE or self.number is None else self.view.value

    def empty_text(self) -> str:
        return "Point at an event (↑ ↓ or click) to see it whole."

    def paint_row(self, row: int, width: int) -> Strip:
        text, line = self._rows[row]
        shown = self._lines[line]
        first = row == 0 or self._rows[row - 1][1] != line
        mark = self._mark(shown) if first else "  "
        if self.has_focus and row == self._at:
            return self.text_strip(f"{mark}{text}", width, "pointed")
        if shown.role is Role.VERDICT:
            return self.text_strip(f"{mark}{text}", width, "strong")
        name, colon, rest = text.partition('": ')
        if shown.role is Role.TEXT or not colon or not name.lstrip().startswith('"'):
            return self.text_strip(f"{mark}{text}", width)
        name = f"{mark}{name}{colon}"
        return Strip(
            [
                Segment(name, self.style_of("accent")),
                Segment(fit(rest, max(width - len(name), 0)), self.style_of("text")),
            ]
        ).adjust_cell_length(width)

    def _mark(self, row: Row) -> str:
        if row.line is None or not row.line.opens:
            return "  "
        return "▸ " if row.line.path in self._folded else "▾ "

    # ── Moving, folding, views ──────────────────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        self._at = max(min(self._at + rows, len(self._rows) - 1), 0)
        self.window.show(self._at)
        self.window.top = min(self.window.top, self.window.last_top)
        self.repaint()

    def action_move_pages(self, pages: int) -> None:
        self.action_move(pages * max(self.window.height - 1, 1))

    def on_mouse_scroll_up(self, event: ui.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: ui.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def _scroll(self, rows: int) -> None:
        self.window.scroll(rows)
        self.window.top = min(self.window.top, self.window.last_top)
        self.repaint()

    def on_click(self, event: ui.Click) -> None:
        row = self.window.top + event.y - 1
        if event.y < 1 or row >= len(self._rows):
            return
        self._at = row
        line = self._pointed.line if self._pointed else None
        if event.x < 2 and line is not None and line.opens:
            self._folded ^= {line.path}
            self._lay_out()
        self.repaint()

    @property
    def _pointed(self) -> Row | None:
        return self._lines[self._rows[self._at][1]] if self._rows else None

    def action_fold(self) -> None:
        line = self._pointed.line if self._pointed else None
        if line is None:
            return
        if line.opens and line.path not in self._folded:
            self._folded.add(line.path)
        else:
            self._at = next(
                (at for at in range(self._at, -1, -1) if self._is_parent(at, line.depth)), self._at
            )
        self._lay_out()
        self.action_move(0)

    def _is_parent(self, at: int, depth: int) -> bool:
        line = self._lines[self._rows[at][1]].line
        return line is not None and line.opens and line.depth < depth

    def action_unfold(self) -> None:
        line = self._pointed.line if self._pointed else None
        if line is not None and line.path in self._folded:
            self._folded.discard(line.path)
            self._lay_out()

    def action_fold_all(self) -> None:
        inside = [row.line for row in self._lines if row.line and row.line.opens and row.line.depth]
        self._folded |= {line.path for line in inside}
        self._lay_out()

    def action_unfold_all(self) -> None:
        self._folded.clear()
        self._lay_out()

    def action_next_view(self) -> None:
        self.view = self.view.next()
        self._at, self.window.top = 0, 0
        self._read()
        self._lay_out()

    def action_close(self) -> None:
        self.post_message(self.CloseAsked())

    # ── Copying ─────────────────────────────────────────────────────────────────────────────────

    def action_copy(self) -> None:
        if self.number is not None:
            self.post_message(self.CopyAsked(self.number, whole=False))

    def action_copy_all(self) -> None:
        if self.number is not None:
            self.post_message(self.CopyAsked(self.number, whole=True))

    def action_copy_value(self) -> None:
        row = self._pointed
        if row is not None:
            first, behind = row.line.value if row.line else (0, 0)
            copy(self.app, self._source[first:behind] if row.line else row.text, "value")

    def action_copy_path(self) -> None:
        row = self._pointed
        if row is not None and row.line is not None:
            copy(self.app, row.line.path, row.line.path)


def copy_text(reader: JournalReader, number: int, whole: bool) -> str:
    """What goes to the clipboard: the exact text, or the one without its audio."""
    return reader.text(number) if whole else elided_text(reader, number)


def _wrap(row: Row, width: int) -> list[str]:
    """Wrapped rows of one line, the later ones under the line's own text."""
    bare = row.text.lstrip(" ")
    margin = " " * min(len(row.text) - len(bare), width // 2)
    return [margin + text for text in wrap(bare, width - len(margin))]
