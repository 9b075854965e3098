"""How deep a JSON text is nested. Knows brackets and strings; reads nothing else of it."""

import re
from itertools import accumulate

DEEPEST = 128
"""More than any frame has a use for, and far from where Python's readers give up: one limit for
all of them, so that what the session could read a replay can, too."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_STEP = {"{": 1, "[": 1, "}": -1, "]": -1}
_OTHERS = re.compile(r"[^][{}]+")


def too_deep(text: str) -> bool:
    """Whether `text` is nested more than `DEEPEST` deep."""
    if text.count("{") + text.count("[") <= DEEPEST:
        return False
    brackets = _OTHERS.sub("", _STRING.sub("", text))
    return any(depth > DEEPEST for depth in accumulate(map(_STEP.__getitem__, brackets)))
