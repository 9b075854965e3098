"""What lies over a screen: its keys are in the footer. And two that ask: yes or no, a line of text.

Knows nothing of what it is about.
"""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.text_entry import TextEntry
from tui.sanitize import sanitize

Result = TypeVar("Result")


class ClosedOnce(Screen[Result], Generic[Result]):
    """Of keys that come in one go the second would close whatever stands behind."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(ClosedOnce[Result], ModalScreen[Result], Generic[Result]):
    """The footer is that of the screen in front, not of the one behind."""

    @on(events.Mount)
    def _show_keys(self) -> None:
        self.mount(KeyBar(id="keys"))


class NameDialog(Dialog[str | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="name.back", tooltip="Back without change"),
    ]

    def __init__(
        self, heading: str, taken: Sequence[str] = (), *, value: str = "", optional: bool = False
    ) -> None:
        """`value`: what is there to begin with; `optional`: it may be empty."""
        super().__init__()
        self._value = value
        self._optional = optional
        self._heading = heading
        self._taken = taken

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static(self._heading, classes="help-heading", markup=False)
            yield TextEntry(self._value, placeholder="" if self._optional else "a name")
            yield Static("", id="name-taken", markup=False)
            foot = "Enter saves     {name.back|Esc} back"
            yield Static(keyed(self, foot), classes="help-foot", markup=False)

    @on(TextEntry.Changed)
    def _typed(self, message: TextEntry.Changed) -> None:
        message.stop()
        name = message.value.strip()
        taken = f"{sanitize(name, 40)} is there already and will be replaced."
        self.query_one("#name-taken", Static).update(taken if name in self._taken else "")

    @on(TextEntry.Submitted)
    def _take(self, message: TextEntry.Submitted) -> None:
        message.stop()
        name = message.value.strip()
        if name or self._optional:
            self.dismiss(name)

    def action_close(self) -> None:
        self.dismiss(None)


class ConfirmQuit(Dialog[bool]):
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


class Confirm(Dialog[bool]):
    """True: yes. `heading` says what is, `question` what would be done; both are cleaned."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes", id="confirm.yes", priority=True),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", priority=True),
    ]

    def __init__(self, heading: str, question: str, yes: str = "yes", no: str = "no") -> None:
        super().__init__()
        self._heading, self._question = sanitize(heading, 400), sanitize(question, 400)
        self._foot = f"{{confirm.yes|y or Enter}}  {yes}     {{confirm.no|n or Esc}}  {no}"

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static(self._heading, classes="help-heading", markup=False)
            yield Static(self._question, markup=False)
            yield Static(keyed(self, self._foot), classes="help-foot", markup=False)

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
