"""Two frames side by side, what differs lit.

Knows lines of text and the pane's painting; no journal.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events as ui
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui.analysis.frame_diff import Pair, Span, compare
from tui.widgets.paint import cells_prefix, fit
from tui.widgets.pane import Pane

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
        self.window.pause()
        self._pairs: list[Pair] = []
        self._rows: list[tuple[Part, Part, int]] = []
        self.differences = 0

    def put(self, left: Sequence[str], right: Sequence[str]) -> None:
        self._pairs = compare(left[:MOST_LINES], right[:MOST_LINES])
        self.differences = sum(not pair.same for pair in self._pairs)
        self.window.top = 0
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
        self.window.grow(len(self._rows))
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

    def action_scroll_rows(self, rows: int) -> None:
        self.window.scroll(rows)
        self.window.top = min(self.window.top, self.window.last_top)
        self.repaint()

    def action_difference(self, step: int) -> None:
        """To the next line that differs, at the top where there is room."""
        found = [
            row
            for row, (_, _, number) in enumerate(self._rows)
            if not self._pairs[number].same
            and (row == 0 or self._rows[row - 1][2] != number)
            and (row - self.window.top) * step > 0
        ]
        if found:
            self.window.top = min(found[0] if step > 0 else found[-1], self.window.last_top)
            self.repaint()

    def on_mouse_scroll_up(self, event: ui.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_rows(-3)

    def on_mouse_scroll_down(self, event: ui.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_rows(3)


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
