"""Values of a set-up as they are typed, and what is wrong with them in few words.

Knows `Setup` and its limits; no widget.
"""

import json
import re
from contextlib import suppress

import msgspec

from tui.sanitize import sanitize
from tui.setup import Setup
from tui.variables import json_object, variables


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
    return "a number" if "`float" in error else sanitize(error, 60)


def wrong_variables(_: str, value: object) -> str:
    if isinstance(value, str):
        try:
            variables(value, separator=";")
        except ValueError as error:
            return str(error)
    return ""


def value_of(text: str) -> object:
    """One variable: a list where it is JSON of one, else the text."""
    if text.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    return text


def value_text(value: object) -> str:
    return body_text(value) if isinstance(value, list) else str(value)


def words_of(text: str) -> tuple[str, ...]:
    """Separated by commas; an empty one is a comma too many."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def words_text(words: object) -> str:
    return ", ".join(words) if isinstance(words, tuple) else str(words)


def body_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def wrong_body(_: str, value: object) -> str:
    if isinstance(value, str):
        try:
            json_object(value)
        except ValueError as error:
            return str(error)
    return ""
