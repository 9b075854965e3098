"""A screen in ASCII only, for terminals and locales that have nothing else.

Knows characters and the last step before the terminal: what widgets draw and what anybody said is
translated there, cell for cell, so that no widget has to know.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from rich.cells import get_character_cell_size
from textual.app import App
from textual.driver import Driver

_LOOKALIKES = {
    "←→↑↓": "<>^v",
    "·•●○◐◌✖✂⚙☻": ".**o@.x%&@",
    "─━│┃┏┓┗┛┌┐└┘╭╮╰╯├┤┬┴┼╺╸╵": "-=||" + "+" * 17 + "-='",
    "▁▂▃▄▅▆▇█": "_.-=+*##",
    "▐▌▎▊▔▀▕▏▖▗▘▝": '#>|#-"||....',
    "░▒▓▪": ":+%o",
    "▸▾▶▼◀▲‖✓✗": "+->v<^=vx",
    "‹›«»…×≠÷±": "<><>~x!/~",
    "⏎↵⌫␣■□★↺": "^<<_##*@",
    "‘’“”–—‐": "''\"\"---",
}
_EMPTY_BRAILLE = 0x2800
_BRAILLE = " ..::+*##"
"""By the number of dots, none to eight."""


class _Table(dict[int, str]):
    """For `str.translate`: what stands for a character, found when it first comes."""

    def __missing__(self, code: int) -> str:
        self[code] = found = chr(code) if code < 0x80 else _stand_in(chr(code))
        return found


def _stand_in(character: str) -> str:
    code = ord(character)
    if 0 <= code - _EMPTY_BRAILLE < 0x100:
        return _BRAILLE[(code - _EMPTY_BRAILLE).bit_count()]
    bare = unicodedata.normalize("NFKD", character)[:1]
    cells = get_character_cell_size(character)
    if bare.isascii() and bare.isprintable() and cells == 1:
        return bare
    return "?" * cells


_TABLE = _Table(
    {ord(a): b for those, these in _LOOKALIKES.items() for a, b in zip(those, these, strict=True)}
)


def to_ascii(text: str) -> str:
    """`text` with each character that is not ASCII replaced by as many cells that are."""
    return text if text.isascii() else text.translate(_TABLE)


def wants_ascii(choice: Literal["auto", "always", "never"] | bool, env: Mapping[str, str]) -> bool:
    """True is `always`, False `never`.

    `auto`: where the locale names an encoding, or C, and that is not UTF-8.
    """
    if choice != "auto":
        return choice in (True, "always")
    names = (env.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    _, dot, encoding = locale.partition(".")
    if dot:
        return encoding.partition("@")[0].lower().replace("-", "") != "utf8"
    return locale in ("C", "POSIX")


def ascii_driver(driver: type[Driver]) -> type[Driver]:
    """The terminal driver `driver`, which then writes ASCII only."""

    class AsciiDriver(driver):  # type: ignore[misc, valid-type]
        ascii_only = True

        def write(self, data: str) -> None:
            super().write(to_ascii(data))

    return AsciiDriver


def draws_ascii(app: App[Any]) -> bool:
    """Whether a word says more there than a sign such as ⏎, which would become another."""
    return getattr(app.driver_class, "ascii_only", False)
