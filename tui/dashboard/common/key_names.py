"""What keys are called on the screen, and which key does something just now.

Knows active bindings by their ids, as `docs/keys.md` lists them: users have keys of their own.
"""

import re

from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.keys import REPLACED_KEYS, key_to_character

from tui.dashboard.common.ascii import draws_ascii

_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "insert": "Ins",
}
_KEY = re.compile(r"\{([a-z_]+\.[a-z_]+)\|([^}]+)\}")
"""The id of a binding, and its keys where the user has none of their own."""
_ARROWS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}


def key_name(key: str, *, ascii_only: bool = False) -> str:
    """`pagedown` -> `PgDn`, `f1` -> `F1`, `ctrl+t` -> `^t`, `slash` -> `/`.

    `ascii_only`: arrows are words, because what would stand for them is a key, too.
    """
    held, plus, last = key.rpartition("+")
    return f"{held}{plus}".replace("ctrl+", "^") + _name(last, ascii_only)


def _name(key: str, ascii_only: bool) -> str:
    if key in _NAMES:
        return _NAMES[key]
    if key in _ARROWS:
        return key.capitalize() if ascii_only else _ARROWS[key]
    if key[:1] == "f" and key[1:].isdigit():
        return key.upper()
    character = key_character(key)
    return character if character and character.isprintable() else key


def key_character(key: str) -> str | None:
    """What a key writes: `slash` -> `/`, which Textual's own function does not know."""
    return key_to_character(REPLACED_KEYS.get(key, key))


def active_name(active: ActiveBinding) -> str:
    """What the key of an active binding is called on its screen."""
    return key_name(active.binding.key, ascii_only=draws_ascii(active.node.app))


def key_hint(node: DOMNode, name: str, usual: str) -> str:
    """The first key of the binding `name`, for a sentence: the user's own or the `usual` one."""
    return _own(node, name)[0] if _own(node, name) else usual


def keyed(node: DOMNode, text: str) -> str:
    """`text` with the keys that are bound: `{call.hold|F9} goes on.`"""
    return _KEY.sub(lambda found: " or ".join(_own(node, found[1])) or found[2], text)


def _own(node: DOMNode, name: str) -> list[str]:
    keys = node.app._keymap.get(name, "").split(",")
    short = draws_ascii(node.app)
    return [key_name(key.strip(), ascii_only=short) for key in keys if key.strip()]
