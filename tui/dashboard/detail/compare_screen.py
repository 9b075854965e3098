"""Two frames beside each other, as trees or as what they meant.

Knows two frames' lines; no journal.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Static

from tui.analysis.records.frame_diff import Pair, Span, compare
from tui.dashboard.common.cells import cells_prefix, fit
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.pane import Pane
from tui.dashboard.detail.frame_text import View

MOST_LINES = 2000
"""Of a frame; more is nothing that anybody compares by eye."""
Part = tuple[str, tuple[Span, ...]]
"""A piece of a line that fits its column, and what of it is changed."""


class ComparePane(Pane):
    """`put` two frames' lines; rows are wrapped so that both sides stay level."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"compare--changed"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_rows(1)", "Down", id="compare.down", show=False),
        Binding("k,up", "scroll_rows(-1)", "Up", id="compare.up", show=False),
        Binding("pagedown", "scroll_rows(10)", "Page down", id="compare.page_down", show=False),
        Binding("pageup", "scroll_rows(-10)", "Page up", id="compare.page_up", show=False),
        Binding("n", "difference(1)", "Next difference", id="compare.next"),
        Binding("N", "difference(-1)", "Previous difference", id="compare.previous", show=False),
    ]
    key = ""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.viewport.pause()
        self._pairs: list[Pair] = []
        self._rows: list[tuple[Part, Part, int]] = []
        self.differences = 0

    def put(self, left: Sequence[str], right: Sequence[str]) -> None:
        self._pairs = compare(left[:MOST_LINES], right[:MOST_LINES])
        self.differences = sum(not pair.same for pair in self._pairs)
        self.viewport.top = 0
        self._lay_out()

    def heading(self) -> str:
        count = self.differences
        if not count:
            return "The same"
        return "1 line differs" if count == 1 else f"{count} lines differ"

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()

    def _lay_out(self) -> None:
        width = max((self.size.width - 4) // 2, 8)
        self._rows = []
        for number, pair in enumerate(self._pairs):
            left = _parts(pair.left, pair.left_changed, width)
            right = _parts(pair.right, pair.right_changed, width)
            for row in range(max(len(left), len(right))):
                self._rows.append((_at(left, row), _at(right, row), number))
        self.viewport.grow(len(self._rows))
        self.repaint()

    def paint_row(self, row: int, width: int) -> Strip:
        left, right, number = self._rows[row]
        side = max((width - 3) // 2, 8)
        same = self._pairs[number].same
        between = " │ " if same else " ≠ "
        rule = Segment(between, self.style_of("dim" if same else "alert"))
        segments = [*self._side(left, side), rule, *self._side(right, side)]
        return Strip(segments).adjust_cell_length(width)

    def _side(self, part: Part, width: int) -> list[Segment]:
        text, changed = part
        plain = self.style_of("text")
        lit = self.get_component_rich_style("compare--changed")
        segments: list[Segment] = []
        at = 0
        for first, behind in changed:
            segments += [Segment(text[at:first], plain), Segment(text[first:behind], lit)]
            at = behind
        segments.append(Segment(text[at:], plain))
        return _fitted(segments, width, plain)

    def action_difference(self, step: int) -> None:
        """To the next line that differs, at the top where there is room."""
        found = [
            row
            for row, (_, _, number) in enumerate(self._rows)
            if not self._pairs[number].same
            and (row == 0 or self._rows[row - 1][2] != number)
            and (row - self.viewport.top) * step > 0
        ]
        if found:
            self.viewport.top = min(found[0] if step > 0 else found[-1], self.viewport.last_top)
            self.repaint()


def _parts(text: str | None, changed: Sequence[Span], width: int) -> list[Part]:
    """`text` in pieces of at most `width` cells, each with its share of what is changed."""
    if text is None:
        return []
    parts: list[Part] = []
    at = 0
    while True:
        cut = at + (cells_prefix(text[at:], width) if at < len(text) else 0)
        spans = tuple(
            (max(first, at) - at, min(behind, cut) - at)
            for first, behind in changed
            if first < cut and behind > at
        )
        parts.append((text[at:cut], spans))
        if cut >= len(text):
            return parts
        at = cut


def _at(parts: list[Part], row: int) -> Part:
    return parts[row] if row < len(parts) else ("", ())


def _fitted(segments: list[Segment], width: int, plain: Style) -> list[Segment]:
    used = sum(segment.cell_length for segment in segments)
    return [*(s for s in segments if s.text), Segment(fit("", max(width - used, 0)), plain)]


class Compared(NamedTuple):
    """A frame to compare: its title, and its lines in a view."""

    title: str
    lines: Callable[[View], list[str]]


class CompareScreen(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,d,q,enter", "close", "Close", id="compare.close"),
        Binding("r", "next_view", "View", id="compare.view"),
    ]

    def __init__(self, left: Compared, right: Compared) -> None:
        super().__init__()
        self._left, self._right = left, right
        self._view = View.TREE

    def compose(self) -> ComposeResult:
        with Vertical(id="compare"):
            yield Static(id="compare-left", markup=False)
            yield Static(id="compare-right", markup=False)
            yield ComparePane(id="compare-pane")
            foot = "{compare.next|n} {compare.previous|N} differences   "
            foot += "{compare.view|r} tree, meaning, raw, hex   {compare.close|Esc} closes"
            yield Static(keyed(self, foot), classes="help-foot", markup=False)

    def on_mount(self) -> None:
        self.app.clear_notifications()  # "is remembered" would lie over the keys
        self.query_one("#compare-left", Static).update(f"left   {self._left.title}")
        self.query_one("#compare-right", Static).update(f"right  {self._right.title}")
        self.query_one(ComparePane).focus()
        self._put()

    def _put(self) -> None:
        left, right = self._left.lines(self._view), self._right.lines(self._view)
        self.query_one(ComparePane).put(left, right)

    def action_next_view(self) -> None:
        self._view = self._view.next()
        self._put()

    def action_close(self) -> None:
        self.dismiss()
