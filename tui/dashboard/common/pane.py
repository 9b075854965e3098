"""A numbered pane: a title rule, rows painted one by one, a scrollbar of its own.

Knows painting only. A plain `Widget`: `ScrollView` lays the whole screen out again whenever its
size changes, which a log does many times a second.
"""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.dashboard.common.cells import crop, fit, thumb
from tui.dashboard.common.key_order import act
from tui.dashboard.common.viewport import Viewport

RULE = "─"
FOCUSED_RULE = "━"
WHEEL_ROWS = 3


class Pane(Widget, can_focus=True):
    """Subclasses give `heading`, `badge` and `paint_row`, and keep `viewport.total` right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pane--rule",
        "pane--title",
        "pane--badge",
        "pane--text",
        "pane--dim",
        "pane--still",
        "pane--strong",
        "pane--accent",
        "pane--alert",
        "pane--slow",
        "pane--pointed",
        "pane--lit",
        "pane--thumb",
    }
    key = "0"
    """The digit that focuses it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.viewport = Viewport()
        self.head = 1
        """Rows above the list: the title, and what a subclass puts under it."""
        self._thumb = range(0)
        self._titled = 0

    # ── What subclasses say ──────────────────────────────────────────────────────────────────────

    def heading(self) -> str:
        """The title behind the pane's digit."""
        return ""

    def badge(self) -> str:
        """What stands out behind the title: FOLLOW, PAUSED +37."""
        return ""

    def paint_row(self, row: int, width: int) -> Strip:
        """Row `row` of the whole list, `width` cells."""
        return self.text_strip("", width)

    def empty_text(self) -> str:
        """Said where there are no rows yet."""
        return ""

    async def on_key(self, event: events.Key) -> None:
        await act(self, event)

    def action_scroll_rows(self, rows: int) -> None:
        self.viewport.scroll(rows)
        self.viewport.top = min(self.viewport.top, self.viewport.last_top)
        self.repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_rows(-WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_rows(WHEEL_ROWS)

    # ── Painting ─────────────────────────────────────────────────────────────────────────────────

    def style_of(self, name: str) -> Style:
        return self.get_component_rich_style(f"pane--{name}")

    def text_strip(self, text: str, width: int, style: str = "text") -> Strip:
        return Strip([Segment(fit(text, width), self.style_of(style))], width)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return self._rule(width)
        row = self.viewport.top + y - self.head
        inner = max(width - 1, 0)
        if y < self.head:
            line = self.text_strip("", inner)
        elif row < self.viewport.total:
            line = self.paint_row(row, inner)
        else:
            line = self._empty(y - self.head, inner)
        if y - self.head in self._thumb:
            return Strip.join([line, self._bar])
        # A blank in the row's own style: one change of style less for each row on the wire.
        last = line._segments[-1].style if len(line._segments) else None
        return line.adjust_cell_length(width, last).simplify()

    def _empty(self, y: int, width: int) -> Strip:
        text = self.empty_text() if y == 1 and not self.viewport.total else ""
        return self.text_strip(f"  {text}" if text else "", width, "dim")

    @property
    def _bar(self) -> Strip:
        return Strip([Segment("▐", self.style_of("thumb"))], 1)

    def _rule(self, width: int) -> Strip:
        rule = FOCUSED_RULE if self.has_focus else RULE
        title, badge = f"{self.key} {self.heading()} ", self.badge()
        title = crop(title, max(width - 1 - (len(badge) + 3 if badge else 0), 0))
        parts = [(rule, "rule"), (title, "title")]
        if badge:
            parts += [("· ", "rule"), (f"{badge} ", "badge")]
        used = sum(len(text) for text, _ in parts)
        parts.append((rule * max(width - used, 0), "rule"))
        line = Strip([Segment(text, self.style_of(style)) for text, style in parts if text])
        return line.adjust_cell_length(width)

    # ── Repainting no more than what changed ─────────────────────────────────────────────────────

    def repaint_title(self) -> None:
        """Only the words: the rule behind them is longer than they are."""
        length = min(len(self.heading()) + len(self.badge()) + 8, self.size.width)
        self.refresh(Region(0, 0, max(length, self._titled), 1))
        self._titled = length

    def repaint_rows(self, first: int, last: int) -> None:
        """Rows `first..last` of the list, where they are in view."""
        top = max(first - self.viewport.top, 0)
        bottom = min(last - self.viewport.top + 1, self.viewport.height)
        if bottom > top:
            self.refresh(Region(0, self.head + top, self.size.width, bottom - top))

    def repaint_bar(self) -> None:
        """The scrollbar; Textual sends whole rows for it, so only where they change anyway."""
        now = thumb(self.viewport.total, self.viewport.top, self.viewport.height)
        if now != self._thumb:
            self._thumb = now
            self.refresh(Region(self.size.width - 1, self.head, 1, self.viewport.height))

    def repaint(self) -> None:
        self.repaint_bar()
        self.refresh()

    def on_resize(self) -> None:
        self.viewport.resize(self.size.height - self.head)
        self.repaint()

    def on_focus(self) -> None:
        self.refresh(Region(0, 0, self.size.width, 1))

    def on_blur(self) -> None:
        self.refresh(Region(0, 0, self.size.width, 1))
