"""The row of the form for a field of a provider: which widget, and how its text is read.

Knows the kinds of fields; not which fields there are.
"""

from collections.abc import Callable
from typing import Any

from tui.dashboard.setup.fields import Field, LongField, PickField, TextField
from tui.dashboard.setup.values import as_text, body_text, reason, words_of, words_text
from tui.setup import SetupField
from tui.variables import json_object

_PARSED: dict[str, Callable[[str], object]] = {
    "integer": int, "number": float, "words": words_of, "json": json_object,
}  # fmt: skip
_SHOWN: dict[str, Callable[[Any], str]] = {"words": words_text, "json": body_text}
_EMPTY: dict[str, object] = {"words": (), "json": {}}


def row(field: SetupField) -> Field:
    """Not for kind `variables`, which is as many rows as there are variables."""
    name, kind = field.name, field.kind
    id_ = f"f-{name}" if name.isascii() and name.isidentifier() else None
    if kind in ("choice", "yes_no"):
        return PickField(name, field.label, field.wrong, none=field.none, id=id_)
    if kind == "long":
        return LongField(name, field.label, field.wrong, id=id_)

    def judge(value: object) -> str:
        return (kind == "json" and reason(json_object, value)) or field.wrong(value)

    return TextField(
        name,
        field.label,
        judge,
        parse=_PARSED.get(kind, as_text),
        show=_SHOWN.get(kind, str),
        empty=_EMPTY.get(kind),
        hint=field.hint or (field.takes if kind in ("integer", "number") else ""),
        id=id_,
    )
