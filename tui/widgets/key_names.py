"""What keys are called on the screen, and which key does something just now.

Knows active bindings by their ids, as `docs/keys.md` lists them: users have keys of their own.
"""

from textual.screen import Screen

_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "full_stop": ".",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "slash": "/",
    "number_sign": "#",
    "backslash": "\\",
    "colon": ":",
    "apostrophe": "'",
    "quotation_mark": '"',
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "shift+tab": "shift+Tab",
}


def key_name(key: str) -> str:
    """`pagedown` -> `PgDn`, `f1` -> `F1`, `ctrl+t` -> `^t`, `slash` -> `/`."""
    if key in _NAMES:
        return _NAMES[key]
    return key.upper() if key[:1] == "f" and key[1:].isdigit() else key.replace("ctrl+", "^")


def key_hint(screen: Screen[object], name: str, usual: str) -> str:
    """The first key of the binding `name`, for a sentence; `usual` where it is not active."""
    for active in screen.active_bindings.values():
        if active.binding.id == name:
            return key_name(active.binding.key)
    return usual
