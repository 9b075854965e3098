"""Asks one question with yes and no. Knows nothing of what it is about."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.clean import clean
from tui.widgets.key_names import keyed


class Confirm(ModalScreen[bool]):
    """True: yes. `heading` says what is, `question` what would be done; both are cleaned."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes", id="confirm.yes", priority=True),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", priority=True),
    ]

    def __init__(self, heading: str, question: str, yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self._heading, self._question = clean(heading, 400), clean(question, 400)
        self._foot = f"{{confirm.yes|y or Enter}}  {yes}     {{confirm.no|n or Esc}}  {no}"

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static(self._heading, classes="help-heading", markup=False)
            yield Static(self._question, markup=False)
            yield Static(keyed(self, self._foot), classes="help-foot", markup=False)

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
