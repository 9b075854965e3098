"""The command palette: everything that a key does here, by name, what is needed most first.

Knows bindings, so it can't offer what no key does, and the presets of the filter.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, DiscoveryHit, Hits
from textual.dom import DOMNode
from textual.markup import escape
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from tui.dashboard.common.key_bar import CALL_ORDER, KeyBar
from tui.dashboard.common.key_names import key_name
from tui.dashboard.common.pane import Pane
from tui.dashboard.events.presets import PRESETS

GROUPS = {
    "setup": "set-up",
    "field": "set-up",
    "compose": "composer",
    "context": "context",
    "file": "file",
    "devices": "devices",
    "tool": "tool",
    "replay": "replay",
    "call": "session",
    "view": "view",
    "events": "events",
    "talk": "transcript",
    "turns": "turns",
    "sound": "sound",
    "save": "save",
    "focus": "view",
    "detail": "detail",
}
"""By the first part of ids, in the order in which they are offered: the screen in front first."""
MOVES = frozenset("down up page_down page_up first last left right next back".split())
"""Last parts of ids that only move: nobody looks for them by name."""


def key_commands(
    app: App[Any], screen: Screen[Any], without: Container[str] = ()
) -> Iterator[SystemCommand]:
    """One for each thing that a key can do on `screen`, whatever has the focus; `without` these
    ids."""
    seen: set[str] = set()
    for node, binding in sorted(_bindings(app, screen), key=_place):
        name = binding.id or ""
        group, _, last = name.partition(".")
        if name in seen or name in without or group not in GROUPS or last in MOVES:
            continue
        seen.add(name)
        title = f"{GROUPS[group]}: {_lower(binding.description)}"
        does = f"{key_name(binding.key)}: {binding.tooltip or binding.description}"
        # The palette reads markup there; keys such as "[" are none.
        yield SystemCommand(title, escape(does), partial(app.run_action, binding.action, node))

    if hasattr(screen, "action_show_events"):
        for preset in PRESETS:
            show = partial(screen.run_action, f"show_events({preset.expression!r})")
            yield SystemCommand(f"events: show {preset.name}", preset.help, show)
        clear = partial(screen.run_action, "clear_marks")
        yield SystemCommand("events: clear marks", "No row is marked any more", clear)


def _place(found: tuple[DOMNode, Binding]) -> tuple[int, int]:
    name = found[1].id or ""
    groups = [*GROUPS]
    group = name.partition(".")[0]
    return (
        groups.index(group) if group in GROUPS else len(groups),
        CALL_ORDER.index(name) if name in CALL_ORDER else len(CALL_ORDER),
    )


def _bindings(app: App[Any], screen: Screen[Any]) -> Iterator[tuple[DOMNode, Binding]]:
    """Also those of panes that have not the focus, and of keys that typing takes."""
    own = [screen.focused] if screen.focused is not None else []
    nodes = dict.fromkeys((app, screen, *screen.query(Pane), *own))
    for node in nodes:
        for bindings in node._bindings.key_to_bindings.values():
            yield from ((node, one) for one in bindings if _is_possible((app, node), one))


def _is_possible(asked: Iterable[DOMNode], binding: Binding) -> bool:
    """A replay has nobody to call, and its panes nobody to tell."""
    action = binding.action.partition("(")[0]
    return all(node.check_action(action, ()) is not False for node in asked)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


class Used:
    """What was chosen in this run comes first, the newest before all."""

    def __init__(self) -> None:
        self._titles: list[str] = []

    def first(self, commands: Sequence[SystemCommand]) -> list[SystemCommand]:
        used = {title: place for place, title in enumerate(reversed(self._titles))}
        found = sorted(commands, key=lambda command: used.get(command.title, len(used)))
        return [one._replace(callback=partial(self._run, one)) for one in found]

    def _run(self, command: SystemCommand) -> object:
        self._titles = [t for t in self._titles if t != command.title] + [command.title]
        return command.callback()


class InOrder(SystemCommandsProvider):
    """Textual's own sorts by name."""

    async def discover(self) -> Hits:
        for name, does, run, _ in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(name, run, help=does)


class Palette(CommandPalette):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor_down", "Next", id="palette.next"),
        Binding("escape", "escape", "Close", id="palette.close"),
    ]

    def __init__(self) -> None:
        super().__init__(id="--command-palette")

    @on(events.Mount)
    def _show_keys(self) -> None:
        self.mount(KeyBar(id="keys"))
