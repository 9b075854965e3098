"""Values of a set-up as they are typed, and what is wrong with them in few words.

Knows `Setup` and its limits; no widget.
"""

import json
import re
from typing import Any, NoReturn

import msgspec

from tui.clean import clean
from tui.setup import Setup


def wrong_with(name: str, value: object) -> str:
    """What is wrong with `value` for the field `name` of a set-up."""
    try:
        msgspec.convert({name: value}, Setup)
    except msgspec.ValidationError as error:
        return _words(str(error))
    return ""


def _words(error: str) -> str:
    if limit := re.search(r"(<=|>=) ([\d.]+)", error):
        return f"at {'most' if limit[1] == '<=' else 'least'} {limit[2].removesuffix('.0')}"
    if "`int" in error:
        return "a whole number"
    return "a number" if "`float" in error else clean(error, 60)


def pairs(text: str) -> dict[str, str]:
    """`name=value; name=value`. Raises ValueError."""
    found = [pair.partition("=") for pair in text.split(";") if pair.strip()]
    if not all(name.strip() and equals for name, equals, _ in found):
        raise ValueError
    return {name.strip(): value.strip() for name, _, value in found}


def wrong_pairs(_: str, value: object) -> str:
    return "" if isinstance(value, dict) else "name=value; name=value"


def words_of(text: str) -> tuple[str, ...]:
    """Separated by commas; an empty one is a comma too many."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def words_text(words: object) -> str:
    return ", ".join(words) if isinstance(words, tuple) else str(words)


def body(text: str) -> dict[str, Any]:
    """A JSON object. Raises ValueError that says where it is none."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON from character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError('an object: {"name": …}')
    return value


def body_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def wrong_body(_: str, value: object) -> str:
    if isinstance(value, str):
        try:
            body(value)
        except ValueError as error:
            return str(error)
    return ""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")
