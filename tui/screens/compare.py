"""Two frames beside each other, as trees or as what they meant.

Knows two frames' lines; no journal.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.compare_pane import ComparePane
from tui.widgets.frame_text import View
from tui.widgets.key_names import keyed


class Compared(NamedTuple):
    """A frame to compare: its title, and its lines in a view."""

    title: str
    lines: Callable[[View], list[str]]


class CompareScreen(ModalScreen[None]):
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
