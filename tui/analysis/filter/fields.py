"""Fields of a filter, `size:>4k` and their like: a name and a value to a term.

Knows which fields there are and what they take; not where they may stand.
"""

import re
from difflib import get_close_matches

from tui.analysis.filter.index_terms import All, Any_, Is, Kind, Number, Term
from tui.analysis.filter.text_terms import EventId
from tui.analysis.records.categories import NAMES

_EXAMPLES = {
    "kind": "kind:agent*|tool*",
    "size": "size:>4k or size:1k-4k",
    "gap": "gap:>500 or gap:>2s",
    "turn": "turn:3 or turn:3-5",
    "id": "id:31",
    "n": "n:>1000 or n:100-200",
    "is": "is:error",
}
FIELDS = tuple(_EXAMPLES)
_AMOUNT = r"(\d+(?:\.\d+)?)(k|M|ms|s|m)?"
_NUMBER = re.compile(rf"(>=|<=|!=|>|<|=)?{_AMOUNT}(?:-{_AMOUNT})?")
_UNITS = {
    "size": {"": 1, "k": 1000, "M": 1_000_000},
    "gap": {"": 1_000_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000},
    "turn": {"": 1},
    "n": {"": 1, "k": 1000, "M": 1_000_000},
}


class BadField(Exception):
    """Why a field or its value is none."""


def check_name(name: str) -> None:
    """Raises BadField for one that there is not."""
    if name not in FIELDS:
        near = get_close_matches(name, FIELDS, 1)
        hint = f"did you mean {near[0]}:?" if near else f'as a text it is "{name}:…"'
        raise BadField(f"no field {name}: {hint}")


def field_term(name: str, value: str) -> Term:
    """What `name:value` means. Raises BadField for a value that the field does not take."""
    if not value:
        raise BadField(f"{name}: what? {_EXAMPLES[name]}")
    match name:
        case "kind":
            return Kind(tuple(glob for glob in value.split("|") if glob) or ("",))
        case "is":
            return _is(value)
        case "id":
            digits = value.isascii() and value.isdigit()
            return EventId(value.lstrip("0") or "0" if digits else value)
        case _:
            return _number(name, value)


def _is(value: str) -> Term:
    found: list[Term] = []
    for name in value.lower().split("|"):
        if name not in NAMES:
            raise BadField(f"is: takes {', '.join(NAMES)}")
        found.append(Is(name))
    return found[0] if len(found) == 1 else Any_(tuple(found))


def _number(name: str, value: str) -> Term:
    found = _NUMBER.fullmatch(value)
    units = _UNITS[name]
    if not found or any((unit or "") not in units for unit in found.group(3, 5)):
        raise BadField(f"{name}: takes a number: {_EXAMPLES[name]}")
    low = round(float(found[2]) * units[found[3] or ""])
    if found[4] is None:
        default = ">=" if name == "gap" else "="  # nobody asks for a gap of exactly 500 ms
        return Number(name, found[1] or default, low)
    if found[1]:
        raise BadField(f"a range or a comparison, not both: {_EXAMPLES[name]}")
    high = round(float(found[4]) * units[found[5] or found[3] or ""])
    return All((Number(name, ">=", low), Number(name, "<=", high)))
