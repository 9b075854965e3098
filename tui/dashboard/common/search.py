"""Search in a pane of wrapped rows: what is looked for, in which rows it is, how it is lit.

Knows rows of text by the lines that they are of; the pane says which those are, and moves.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.dashboard.common.expression_line import ExpressionLine
from tui.dashboard.common.pane import Pane
from tui.sanitize import sanitize

Span = tuple[str, str]
"""Text and the name of its style."""
Lines = Iterable[tuple[int, Sequence[str]]]
"""Of each line its first row, and the texts of all of its rows."""
_BREAK = "(?:\n *)?"
"""A line is wrapped anywhere, and its rows may be indented."""
SHORT = 24


class Hits:
    """Where a text is, whatever its case and however it is wrapped."""

    def __init__(self) -> None:
        self.text = ""
        self.rows: list[int] = []
        """Those in which it begins."""
        self._pattern: re.Pattern[str] | None = None
        self._places: dict[int, list[tuple[int, int]]] = {}

    def look_for(self, text: str, lines: Lines) -> None:
        self.text = text.strip()
        parts = [r"\s+" if part.isspace() else re.escape(part) for part in " ".join(text.split())]
        self._pattern = re.compile(_BREAK.join(parts), re.IGNORECASE) if parts else None
        self.scan(lines)

    def scan(self, lines: Lines, first: int = 0) -> None:
        """Rows from `first` on are these now."""
        del self.rows[bisect_left(self.rows, first) :]
        for row in [row for row in self._places if row >= first]:
            del self._places[row]
        if self._pattern is None:
            return
        for start, texts in lines:
            self._look(start, texts, self._pattern)

    def _look(self, start: int, texts: Sequence[str], pattern: re.Pattern[str]) -> None:
        begins, at = [], 0
        for text in texts:
            begins.append(at)
            at += len(text) + 1
        for found in pattern.finditer("\n".join(texts)):
            row = start + bisect_right(begins, found.start()) - 1
            if self.rows[-1:] != [row]:
                self.rows.append(row)
            for n, (begin, text) in enumerate(zip(begins, texts, strict=True)):
                indent = len(text) - len(text.lstrip()) if found.start() < begin else 0
                place = max(found.start() - begin, indent), min(found.end() - begin, len(text))
                if place[0] < place[1]:
                    self._places.setdefault(start + n, []).append(place)

    def after(self, row: int, step: int) -> int | None:
        """The next row behind `row`, or before it where `step` is -1; then round again."""
        if not self.rows:
            return None
        side = bisect_right(self.rows, row) if step > 0 else bisect_left(self.rows, row) - 1
        return self.rows[side % len(self.rows)]

    def number(self, row: int) -> int:
        """`row` is so manieth of all."""
        return bisect_right(self.rows, row)

    def lit(self, row: int, spans: Sequence[Span]) -> list[Span]:
        """`spans` of a row, with what was looked for lit."""
        places = self._places.get(row)
        if not places:
            return list(spans)
        lit, at = [], 0
        for text, style in spans:
            ends = {0, len(text)}
            for place in places:
                ends |= {min(max(end - at, 0), len(text)) for end in place}
            cuts = sorted(ends)
            for begin, end in pairwise(cuts):
                is_found = any(a <= at + begin < b for a, b in places)
                lit.append((text[begin:end], "lit" if is_found else style))
            at += len(text)
        return lit


class SearchPane(Pane):
    """Subclasses give `lines_from`, `place`, `go_to` and `remember`, and call `hits.scan` when
    rows are others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,backslash,ctrl+f", "search", "Search", id="search.open", priority=True,
                key_display="/", tooltip="Light up and point at a text; Esc ends it"),
        Binding("n", "match(1)", "Next match", id="search.next", show=False),
        Binding("N", "match(-1)", "Match before", id="search.back", show=False),
    ]  # fmt: skip

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hits = Hits()
        self._line = ExpressionLine(self)
        self._from = -1
        """The row from which the search that is typed looks."""
        self._back: Callable[[], None] = self.repaint

    def compose(self) -> ComposeResult:
        yield self._line

    # ── What subclasses say ──────────────────────────────────────────────────────────────────────

    def lines_from(self, row: int) -> Lines:
        """The lines from the one of `row` on."""
        return ()

    def place(self) -> int:
        """The row at which the reader is."""
        return self.viewport.top

    def go_to(self, row: int) -> None:
        """The reader wants to be there."""

    def remember(self) -> Callable[[], None]:
        """What brings the reader back to where he is."""
        return self.repaint

    # ── Searching ────────────────────────────────────────────────────────────────────────────────

    def searched(self) -> str:
        """`  /refund 3 of 17`, for the title."""
        if not self.hits.text:
            return ""
        number, total = self.hits.number(self.place()), len(self.hits.rows)
        return f"  /{sanitize(self.hits.text, SHORT)} {number} of {total}"

    def action_search(self) -> None:
        self._from, self._back = self.place(), self.remember()
        self._line.open("/", "", "search: n and N go on")
        self._resize_line()

    def action_match(self, step: int) -> None:
        row = self.hits.after(self.place(), step)
        if row is not None:
            self.go_to(row)
        elif not self.hits.text:
            self.action_search()
        self.repaint()

    def find(self, mode: str, text: str, *, kept: bool) -> tuple[str, int] | None:
        if kept and not text:
            return None  # what was looked for before is still lit
        self.hits.look_for(text, self.lines_from(0))
        row = self.hits.after(self._from - 1, 1)
        self._back() if row is None else self.go_to(row)
        self.repaint()
        return ("nothing here says that", 0) if self.hits.text and row is None else None

    def leave(self, mode: str, *, clear: bool) -> None:
        if clear:
            self.step_back()
            self._back()
        self._resize_line()
        self.screen.set_focus(self)

    def step_back(self) -> bool:
        """End the search; False where there is none."""
        if not self.hits.text:
            return False
        self.hits.look_for("", ())
        self.repaint()
        return True

    def _resize_line(self) -> None:
        self.head = 2 if self._line.is_open else 1
        self.viewport.resize(self.size.height - self.head)
        self.repaint()

    def lit_strip(
        self, row: int, lead: Sequence[Span], text: Sequence[Span], width: int, *, pointed: bool
    ) -> Strip:
        """A row: `lead`, in which nothing is looked for, and `text`."""
        spans = [*lead, *self.hits.lit(row, text)]
        if pointed:
            spans = [(part, style if style == "lit" else "pointed") for part, style in spans]
        segments = [Segment(part, self.style_of(style)) for part, style in spans]
        return Strip(segments).adjust_cell_length(
            width, self.style_of("pointed" if pointed else "text")
        )
