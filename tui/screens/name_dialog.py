"""Asks for a name. Knows the names that are taken, to say so."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.clean import clean
from tui.widgets.key_names import keyed
from tui.widgets.text_entry import TextEntry


class NameDialog(ModalScreen[str | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="name.back", tooltip="Back without change"),
    ]

    def __init__(self, heading: str, taken: Sequence[str]) -> None:
        super().__init__()
        self._heading = heading
        self._taken = taken

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static(self._heading, classes="help-heading", markup=False)
            yield TextEntry(placeholder="a name")
            yield Static("", id="name-taken", markup=False)
            foot = "Enter saves     {name.back|Esc} back"
            yield Static(keyed(self, foot), classes="help-foot", markup=False)

    @on(TextEntry.Changed)
    def _typed(self, message: TextEntry.Changed) -> None:
        message.stop()
        name = message.value.strip()
        taken = f"{clean(name, 40)} is there already and will be replaced."
        self.query_one("#name-taken", Static).update(taken if name in self._taken else "")

    @on(TextEntry.Submitted)
    def _take(self, message: TextEntry.Submitted) -> None:
        message.stop()
        if name := message.value.strip():
            self.dismiss(name)

    def action_close(self) -> None:
        self.dismiss(None)
