"""The line under a pane's title in which a filter, a search or a jump is typed.

Knows text and what was typed before; not what an expression means.
"""

from collections import defaultdict
from typing import ClassVar, Protocol

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tui.dashboard.common.cells import crop, fit
from tui.dashboard.common.key_order import act
from tui.dashboard.common.text_entry import TextEntry
from tui.sanitize import sanitize


class ExpressionEntry(TextEntry):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", id="expression.keep", tooltip="Keep it, or go there"),
        Binding("escape", "drop", "Clear", id="expression.clear", tooltip="Clear it and leave"),
        Binding("up", "recall(-1)", "Earlier", id="expression.earlier", show=False),
        Binding("down", "recall(1)", "Later", id="expression.later", show=False),
    ]

    class Dropped(Message):
        """Escape."""

    def __init__(self) -> None:
        super().__init__(id="expression")
        self.history: list[str] = []
        self._place = 0

    def start(self, text: str, history: list[str], hint: str) -> None:
        self.placeholder = hint
        self.history, self._place = history, len(history)
        self.value = " "  # an entry does not scroll to the cursor in the first text it gets
        self.value = text
        self.cursor_position = len(self.value)

    def cell_of(self, position: int) -> int:
        """Where the character at `position` is painted; negative where it is scrolled away."""
        return cell_len(self.face[:position]) - self.scroll_offset.x

    async def on_key(self, event: events.Key) -> None:
        await act(self, event)  # else the log around it would take Enter for its own

    def action_drop(self) -> None:
        self.post_message(self.Dropped())

    def action_recall(self, step: int) -> None:
        self._place = max(min(self._place + step, len(self.history)), 0)
        self.value = self.history[self._place] if self._place < len(self.history) else ""
        self.cursor_position = len(self.value)


class Finder(Protocol):
    """Whom the line is for."""

    def find(self, mode: str, text: str, *, kept: bool) -> tuple[str, int] | None:
        """Do what is typed, or `kept` by Enter; else what is wrong, and at which character."""

    def leave(self, mode: str, *, clear: bool) -> None:
        """The line is closed, by Escape where `clear`."""


class ExpressionLine(Vertical):
    """`open` it for a mode, which is its sign; it shows why what is typed is no expression."""

    def __init__(self, finder: Finder) -> None:
        super().__init__(id="expression-line")
        self._finder = finder
        self.mode = "/"
        self._history: defaultdict[str, list[str]] = defaultdict(list)
        self._wrong: tuple[str, int] | None = None
        """What is wrong with what is typed, and at which of its characters."""

    def compose(self) -> ComposeResult:
        yield Static("/", id="expression-mode", markup=False)
        yield ExpressionEntry()
        yield Static("", id="expression-wrong", markup=False)

    def on_mount(self) -> None:
        self.watch(self._entry, "scroll_x", self._point, init=False)

    @property
    def _entry(self) -> ExpressionEntry:
        return self.query_one(ExpressionEntry)

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self, mode: str, text: str, hint: str) -> None:
        self.mode = mode
        self._complain(None)
        self.add_class("-open")
        self.query_one("#expression-mode", Static).update(mode)
        with self.prevent(Input.Changed):
            self._entry.start(text, self._history[mode], hint)
        self.screen.set_focus(self._entry)  # at once: the next key is the line's

    def _close(self, *, clear: bool) -> None:
        self._complain(None)
        self.remove_class("-open")
        self._finder.leave(self.mode, clear=clear)

    def _remember(self, text: str) -> None:
        history = self._history[self.mode]
        if text and (not history or history[-1] != text):
            history.append(text)

    def _complain(self, wrong: tuple[str, int] | None) -> None:
        """Show the reason under the character that it is about; None takes it away."""
        self._wrong = wrong and (sanitize(wrong[0], 200), wrong[1])
        self.set_class(wrong is not None, "-wrong")
        self._point()

    def _point(self) -> None:
        if self._wrong:
            reason, position = self._wrong
            text = _pointing(reason, self._entry.cell_of(position), self.size.width - 3)
            self.query_one("#expression-wrong", Static).update(text)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        if self.is_open:
            self._complain(self._finder.find(self.mode, message.value, kept=False))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        text = message.value.strip()
        self._complain(self._finder.find(self.mode, text, kept=True))
        if self._wrong is None:
            self._remember(text)
            self._close(clear=False)

    @on(ExpressionEntry.Dropped)
    def _dropped(self, message: ExpressionEntry.Dropped) -> None:
        message.stop()
        self._close(clear=True)


def _pointing(reason: str, place: int, width: int) -> str:
    """`   ▲ reason`, or `reason ▲` where there is more room before the place than behind it.

    A place that is not in view is pointed to: `◀ reason`, `reason ▶`.
    """
    if place < 0:
        return "◀ " + crop(reason, max(width - 2, 0))
    mark = "▲" if place < width else "▶"
    place = min(place, width - 1)
    behind = width - place - 2
    if cell_len(reason) <= behind or behind > place:
        return " " * place + f"{mark} " + crop(reason, behind)
    return fit(crop(reason, place - 1), place) + mark
