"""The detail pane: the pointed record, whole, laid out and wrapped.

Knows the journal; not who points.
"""

from typing import ClassVar

from rich.segment import Segment
from textual import events as ui
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.events import AudioFormat
from tui.journal.reader import JournalReader
from tui.widgets.frame_text import elided_text, frame_lines, frame_title
from tui.widgets.paint import fit, wrap
from tui.widgets.pane import Pane


class Detail(Pane):
    """`show` a record; `number` is the one that is shown, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "close", "Close", id="detail.close", tooltip="Close the detail"),
        Binding("y", "copy", "Copy", id="detail.copy", tooltip="Copy the frame, audio left out"),
        Binding(
            "Y", "copy_all", "Copy whole", id="detail.copy_whole", tooltip="Copy it, audio included"
        ),
        Binding("j,down", "scroll_rows(1)", "Down", id="detail.down", show=False),
        Binding("k,up", "scroll_rows(-1)", "Up", id="detail.up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", id="detail.page_down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", id="detail.page_up", show=False),
        Binding("g,home", "scroll_rows(-1000000)", "First", id="detail.first", show=False),
        Binding("G,end", "scroll_rows(1000000)", "Last", id="detail.last", show=False),
    ]
    key = "3"

    class CloseAsked(Message):
        """Enter: the log again."""

    class CopyAsked(Message):
        def __init__(self, number: int, whole: bool) -> None:
            super().__init__()
            self.number = number
            self.whole = whole

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window.pause()
        self.number: int | None = None
        self._reader: JournalReader | None = None
        self._title = ""
        self._lines: list[str] = []
        self._rows: list[str] = []

    def show(
        self, reader: JournalReader, number: int, count: int = 1, audio: AudioFormat | None = None
    ) -> None:
        """Show record `number`, the first of `count` that a row stands for."""
        span = reader.header(number).audio
        ms = audio.milliseconds(span.size) if audio and span else 0.0
        self.number, self._reader = number, reader
        self._title = frame_title(reader, number) + (f" · first of {count}" if count > 1 else "")
        self._lines = frame_lines(reader, number, ms)
        self.window.top = 0
        self._wrap()

    def clear(self) -> None:
        self.number, self._reader, self._title, self._lines = None, None, "", []
        self._wrap()

    def text(self) -> str:
        """What is shown, unwrapped."""
        return "\n".join(self._lines)

    def _wrap(self) -> None:
        width = max(self.size.width - 3, 8)
        self._rows = [row for line in self._lines for row in _wrap_line(line, width)]
        self.window.grow(len(self._rows))
        self.repaint()

    def on_resize(self) -> None:
        super().on_resize()
        self._wrap()

    def heading(self) -> str:
        return f"Detail  {self._title}" if self._title else "Detail"

    def empty_text(self) -> str:
        return "Point at an event (↑ ↓ or click) to see it whole."

    def paint_row(self, row: int, width: int) -> Strip:
        text = self._rows[row]
        name, colon, rest = text.partition('": ')
        if not colon or not name.lstrip().startswith('"'):
            return self.text_strip(f" {text}", width)
        name = f" {name}{colon}"
        return Strip(
            [
                Segment(name, self.style_of("accent")),
                Segment(fit(rest, max(width - len(name), 0)), self.style_of("text")),
            ]
        ).adjust_cell_length(width)

    def action_scroll_rows(self, rows: int) -> None:
        self.window.scroll(rows)
        self.window.top = min(self.window.top, self.window.last_top)
        self.repaint()

    def action_scroll_pages(self, pages: int) -> None:
        self.action_scroll_rows(pages * max(self.window.height - 1, 1))

    def action_close(self) -> None:
        self.post_message(self.CloseAsked())

    def action_copy(self) -> None:
        if self.number is not None:
            self.post_message(self.CopyAsked(self.number, whole=False))

    def action_copy_all(self) -> None:
        if self.number is not None:
            self.post_message(self.CopyAsked(self.number, whole=True))

    def on_mouse_scroll_up(self, event: ui.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_rows(-3)

    def on_mouse_scroll_down(self, event: ui.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_rows(3)


def copy_text(reader: JournalReader, number: int, whole: bool) -> str:
    """What goes to the clipboard: the exact text, or the one without its audio."""
    return reader.text(number) if whole else elided_text(reader, number)


def _wrap_line(line: str, width: int) -> list[str]:
    """Wrapped rows of one line of JSON, the later ones under the line's own text."""
    bare = line.lstrip(" ")
    margin = " " * min(len(line) - len(bare), width // 2)
    return [margin + row for row in wrap(bare, width - len(margin))]
