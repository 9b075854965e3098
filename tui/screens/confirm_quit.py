"""Asks before a live call is ended by leaving. Knows nothing of the call."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.key_names import keyed


class ConfirmQuit(ModalScreen[bool]):
    """True: leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,ctrl+q,enter", "answer(True)", "Quit", id="quit.yes", priority=True),
        Binding("n,escape", "answer(False)", "Stay", id="quit.no", priority=True),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static("A call is live.", classes="help-heading", markup=False)
            yield Static("Hang up and quit?", markup=False)
            foot = "{quit.yes|y or ctrl+q}  quit     {quit.no|n or Esc}  stay"
            yield Static(keyed(self, foot), classes="help-foot", markup=False)

    def action_answer(self, leave: bool) -> None:
        self.dismiss(leave)
