"""What keys are called on the screen, and which key does something just now.

Knows active bindings by their ids, as `docs/keys.md` lists them: users have keys of their own.
"""

from textual.binding import ActiveBinding
from textual.keys import REPLACED_KEYS, key_to_character
from textual.screen import Screen

from tui.ascii import draws_ascii

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


def key_hint(screen: Screen[object], name: str, usual: str) -> str:
    """The first key of the binding `name`, for a sentence; `usual` where it is not active."""
    for active in screen.active_bindings.values():
        if active.binding.id == name:
            return active_name(active)
    return usual
