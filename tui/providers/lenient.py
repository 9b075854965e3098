"""JSON as other writers make it: numbers that cannot be held, numbers as texts, half characters.

Knows values; no frame of any protocol.
"""

import json
import math
from typing import Any


class _Loss:
    """Whether there was a number that cannot be held: it is read as null."""

    def __init__(self) -> None:
        self.seen = False

    def whole(self, text: str) -> int | None:
        try:
            return int(text)
        except ValueError:  # more digits than Python converts
            self.seen = True
            return None

    def real(self, text: str) -> float | None:
        value = real(text)
        self.seen = self.seen or value is None
        return value

    def constant(self, _: str) -> None:
        self.seen = True


def loads(text: str) -> tuple[Any, bool]:
    """The value, and whether a number was lost. Raises ValueError, RecursionError."""
    loss = _Loss()
    value = json.loads(
        text, parse_int=loss.whole, parse_float=loss.real, parse_constant=loss.constant
    )
    return value, loss.seen


def halves_out(text: str) -> str:
    """`text` with U+FFFD for what is half a surrogate pair; two halves side by side are joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole(value: Any, *, down: bool = False) -> int | None:
    """The whole number that is meant by 7, 7.0 or "7"; None where none is."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return value
    number = real(value)
    if number is None:
        return None
    return math.floor(number) if down else round(number)


def real(value: float | str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
