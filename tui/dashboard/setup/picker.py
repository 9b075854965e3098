"""Chooses one of many: a line to search with, and what was found, perhaps over the network.

Knows choices; not what they are of. The search is asked a moment after the last key, never
blocks a key, and tells its failure in words.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.text_entry import TextEntry
from tui.errors import BackendError
from tui.sanitize import sanitize

DEBOUNCE_S = 0.25
MOST = 500
ASKING = "asking…"


class Choice(NamedTuple):
    value: object
    text: str
    """What it is called; foreign, cleaned where it is shown."""
    side: str = ""


Search = Callable[[str], Awaitable[Sequence[Choice]]]
Listen = Callable[[Choice], Awaitable[None]]
"""Plays what a choice sounds like, to its end; again stops. Raises BackendError."""
NAME = 28
"""Cells of the first column, at most."""


class Picker(Dialog[Choice | None]):
    """`first` are always offered; `free`: what is typed may itself be the value."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="pick.back", tooltip="Back without change"),
        Binding(
            "f6",
            "listen",
            "Listen",
            id="pick.listen",
            key_display="F6",
            tooltip="Hear the voice; again stops",
        ),
        Binding("down", "move(1)", "Down", id="pick.down", show=False),
        Binding("up", "move(-1)", "Up", id="pick.up", show=False),
        Binding("pagedown", "move(8)", "Page down", id="pick.page_down", show=False),
        Binding("pageup", "move(-8)", "Page up", id="pick.page_up", show=False),
    ]

    def __init__(
        self,
        heading: str,
        search: Search,
        *,
        first: Sequence[Choice] = (),
        free: bool = False,
        note: str = "",
        listen: Listen | None = None,
    ) -> None:
        super().__init__()
        self._listen = listen
        self._heading = heading
        self._search = search
        self._first = first
        self._free = free
        self._note = note
        self._choices: list[Choice] = []
        self._timer: Timer | None = None
        self._settled = False
        self._choose_next = False

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Static(self._heading, classes="help-heading", markup=False)
            yield TextEntry(placeholder="type to search", id="picker-search")
            yield OptionList(id="picker-list", compact=True)
            yield Static(ASKING, id="picker-state", classes="help-foot", markup=False)
            foot = "{pick.up|↑} {pick.down|↓} point   Enter takes it   {pick.back|Esc} back"
            yield Static(keyed(self, foot), classes="pick-foot", markup=False)

    def on_mount(self) -> None:
        self.query_one("#picker-list").can_focus = False
        self.query_one(TextEntry).focus()
        self._ask()

    @property
    def _list(self) -> OptionList:
        return self.query_one("#picker-list", OptionList)

    def _say(self, text: str) -> None:
        self.query_one("#picker-state", Static).update(sanitize(text, 300))

    # ── Searching ────────────────────────────────────────────────────────────────────────────────

    @on(TextEntry.Changed)
    def _typed(self, message: TextEntry.Changed) -> None:
        message.stop()
        self._settled = False
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._ask)

    def _ask(self) -> None:
        self._say(ASKING)
        if not self._choices:
            self._list.set_options([Option(ASKING, disabled=True)])
        text = self.query_one(TextEntry).value.strip()
        self.run_worker(self._find(text), group="search", exclusive=True)

    async def _find(self, text: str) -> None:
        found: Sequence[Choice] = ()
        try:
            found = await self._search(text)
            said = f"{len(found):,} found" if found else "nothing found"
        except (BackendError, OSError) as error:
            said = str(error) or "it cannot be reached"
        self._say(" · ".join(part for part in (said, self._note) if part))
        self._offer(found, text)

    def _offer(self, found: Sequence[Choice], text: str) -> None:
        self._choices = list(found[:MOST])
        if not text:
            self._choices = [*self._first, *self._choices]
        elif self._free:
            self._choices.append(Choice(text, f"use “{text}” as it is"))
        width = max((min(cell_len(c.text), NAME) for c in self._choices if c.side), default=0)
        self._list.set_options([Option(_row(choice, width)) for choice in self._choices])
        self._list.highlighted = 0 if self._choices else None
        self._settled = True
        if self._choose_next:
            self._choose()

    # ── Choosing ─────────────────────────────────────────────────────────────────────────────────

    @on(TextEntry.Submitted)
    def _choose(self) -> None:
        """Enter before the answer has come takes the first of it."""
        index = self._list.highlighted
        self._choose_next = not self._settled
        if self._settled and index is not None:
            self.dismiss(self._choices[index])

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[message.option_index])

    def action_close(self) -> None:
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._listen is not None or action != "listen"

    def action_listen(self) -> None:
        self.run_worker(self._play(), group="listen")

    async def _play(self) -> None:
        index = self._list.highlighted
        if self._listen is None or index is None or not self._settled:
            return
        self._say("the preview: F6 again stops")
        try:
            await self._listen(self._choices[index])
            said = ""
        except (BackendError, OSError) as error:
            said = f"not played: {error}"
        self._say(said)

    def action_move(self, rows: int) -> None:
        if self._choices:
            now = self._list.highlighted or 0
            self._list.highlighted = max(min(now + rows, len(self._choices) - 1), 0)


def _row(choice: Choice, width: int) -> Text:
    """Its name in a column `width` cells wide, then what else there is to say."""
    name = sanitize(choice.text, 200)
    row = Text(name.ljust(width + len(name) - cell_len(name)), no_wrap=True, overflow="ellipsis")
    if choice.side:
        row.append(f"  {sanitize(choice.side, 200)}", "dim")
    return row
