"""The command palette: everything that a key does here, by name.

Knows bindings only, so it can't offer what no key does.
"""

from collections.abc import Container, Iterable, Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.markup import escape
from textual.screen import Screen

from tui.dashboard.common.key_names import key_name
from tui.dashboard.common.pane import Pane

GROUPS = {
    "call": "session",
    "replay": "replay",
    "view": "view",
    "focus": "view",
    "events": "events",
    "detail": "detail",
    "talk": "transcript",
    "turns": "turns",
    "sound": "sound",
    "save": "save",
}
MOVES = frozenset("down up page_down page_up first last left right next back".split())
"""Last parts of ids that only move: nobody looks for them by name."""


def key_commands(
    app: App[Any], screen: Screen[Any], without: Container[str] = ()
) -> Iterator[SystemCommand]:
    """One for each thing that a key can do on `screen`, whatever has the focus; `without` these
    ids."""
    seen: set[str] = set()
    for node, binding in _bindings(app, screen):
        name = binding.id or ""
        group, _, last = name.partition(".")
        if name in seen or name in without or group not in GROUPS or last in MOVES:
            continue
        seen.add(name)
        title = f"{GROUPS[group]}: {_lower(binding.description)}"
        does = f"{key_name(binding.key)}: {binding.tooltip or binding.description}"
        # The palette reads markup there; keys such as "[" are none.
        yield SystemCommand(title, escape(does), partial(app.run_action, binding.action, node))


def _bindings(app: App[Any], screen: Screen[Any]) -> Iterator[tuple[DOMNode, Binding]]:
    """Also those of panes that have not the focus, and of keys that typing takes."""
    nodes: tuple[DOMNode, ...] = (app, screen, *screen.query(Pane))
    for node in nodes:
        for bindings in node._bindings.key_to_bindings.values():
            yield from ((node, one) for one in bindings if _is_possible((app, node), one))


def _is_possible(asked: Iterable[DOMNode], binding: Binding) -> bool:
    """A replay has nobody to call, and its panes nobody to tell."""
    action = binding.action.partition("(")[0]
    return all(node.check_action(action, ()) is not False for node in asked)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
