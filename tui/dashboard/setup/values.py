"""Values of a set-up as they are typed and shown. Knows texts; no field, no widget."""

import json
from collections.abc import Callable
from contextlib import suppress


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
    return ", ".join(map(str, words)) if isinstance(words, list | tuple) else str(words)


def body_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def as_text(text: str) -> str:
    """Two quotes are the text of no length, which is a wish of its own."""
    return "" if text.strip() == '""' else text


def told(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def reason(parse: Callable[[str], object], value: object) -> str:
    """Why `parse` does not take what was typed."""
    if isinstance(value, str):
        try:
            parse(value)
        except ValueError as error:
            return str(error)
    return ""
