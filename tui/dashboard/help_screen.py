"""The help: the keys of the pane that had the focus, then those that work everywhere.

Made from the bindings themselves, so it can't tell of a key that does nothing.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_bar import CALL_ORDER, as_written, place
from tui.dashboard.common.key_names import active_name, keyed
from tui.dashboard.common.keys import TOGGLE

ALWAYS = "Always; letters not while typing"


class HelpScreen(Dialog[None]):
    """`keys` are (keys, what they do) under a heading."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q,enter", "dismiss", "Close", id="help.close"),
        Binding("j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("k", "scroll(-1)", "Up", show=False, id="help.up"),
    ]

    def __init__(self, sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            for heading, keys in self._sections:
                yield Static(heading, classes="help-heading", markup=False)
                yield Static(_table(keys), classes="help-keys", markup=False)
                if heading == ALWAYS:
                    yield Static(keyed(self, TOGGLE), classes="help-foot", markup=False)
            yield Static(
                keyed(self, "{help.close|Esc} closes this."), classes="help-foot", markup=False
            )

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def action_scroll(self, rows: int) -> None:
        self.query_one("#help").scroll_relative(y=rows, animate=False)


def sections(
    bindings: Sequence[ActiveBinding], focused: object, pane: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Headings and keys: the focused pane's first, then those of the call, then the rest."""
    bindings = as_written(bindings)
    mine = _group([b for b in bindings if b.node is focused])
    others = sorted(_group([b for b in bindings if b.node is not focused]), key=_place)
    replay = [found for found in others if found[2].startswith("replay.")]
    call = [found for found in others if found[2].startswith("call.")]
    rest = [found for found in others if found[2] not in CALL_ORDER]
    named = [(pane, mine), ("Replay", replay), (ALWAYS, call)]
    here = "Everywhere else" if call else "Here"
    return [
        (heading, [(keys, does) for keys, does, _ in found])
        for heading, found in [*named, (here, rest)]
        if found
    ]


def _place(found: tuple[str, str, str]) -> int:
    return place(found[2])


def _group(bindings: Sequence[ActiveBinding]) -> list[tuple[str, str, str]]:
    """(keys, what they do, id), several keys of one action as one."""
    found: dict[str, tuple[list[str], str]] = {}
    for active in bindings:
        binding = active.binding
        if binding.id is None or binding.system:
            continue
        keys, _ = found.setdefault(binding.id, ([], binding.tooltip or binding.description))
        keys.append(active_name(active))
    return [(", ".join(keys), does, name) for name, (keys, does) in found.items()]


def _table(keys: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for names, does in keys:
        table.add_row(Text(f"  {names}"), Text(does))
    return table
