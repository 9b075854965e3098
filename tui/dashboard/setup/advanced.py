"""The part of the set-up that few need, folded away under a line that says what of it is set.

Knows its fields and whether they hold something; not the set-up around them.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.dashboard.setup.fields import Field

NAMED = 4
"""So many of its fields are named while nothing is set."""


class Fold(Static, can_focus=True):
    """The line that opens and closes what is under it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "Open, close", id="fold.turn",
                tooltip="Open or close what is folded away here"),
    ]  # fmt: skip

    class Turned(Message):
        pass

    def action_turn(self) -> None:
        self.post_message(self.Turned())

    def on_click(self) -> None:
        self.action_turn()


class Advanced(Vertical):
    """Closed at first; a closed fold keeps its values."""

    is_open = False

    def __init__(self, rows: Sequence[Field], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield Fold(id="fold", markup=False)
        with Vertical(id="folded"):
            yield from self._rows

    def on_mount(self) -> None:
        self._lay()

    def first(self) -> Widget:
        return self._rows[0].editor()

    # ── Open and closed ──────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        if not self.is_open:
            self.turn()

    @on(Fold.Turned)
    def turn(self) -> None:
        self.is_open = not self.is_open
        self._lay()

    def _lay(self) -> None:
        fold = self.query_one(Fold)
        inside = self.query_one("#folded")
        if not self.is_open and inside.has_focus_within:
            fold.focus()  # what is hidden has no keys
        inside.display = self.is_open
        if self.is_open:
            self.call_after_refresh(self.scroll_visible, animate=False)
        self.tell()

    @on(Field.Changed)
    def tell(self) -> None:
        """Closed, the line says what is set, and what of it is wrong."""
        held = [f"!{field.label}" if field.error else field.label for field in self._held()]
        said = "" if self.is_open else "set: " + ", ".join(held) if held else self._names()
        mark = "▾" if self.is_open else "▸"
        self.query_one(Fold).update(f"{mark} advanced   {said}".rstrip())

    def _held(self) -> list[Field]:
        return [field for field in self._rows if field.value not in (None, (), {})]

    def _names(self) -> str:
        """Without the units that stand behind a comma."""
        names = [field.label.partition(",")[0] for field in self._rows]
        return ", ".join(names[:NAMED]) + " …" * (len(names) > NAMED)
