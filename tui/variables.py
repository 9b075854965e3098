"""Dynamic variables as people have them: `name=value`, one JSON object, or a file that holds one.

Knows texts, files and what a value may be; no provider, no screen. Raises ValueError that says in
few words what is wrong.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from tui.setup import Variable

LARGEST = 1 << 20
"""Characters of a file."""


_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


def placeholders(texts: Iterable[str]) -> list[str]:
    """`{{name}}` in texts: each name once, as they come, without those of the service."""
    names = (name for text in texts for name in _PLACEHOLDER.findall(text))
    return [name for name in dict.fromkeys(names) if not name.startswith("system__")]


def variables(text: str, *, separator: str = "") -> dict[str, Variable]:
    """`{"name": …}`, `@file.json`, or `name=value`, several where there is a `separator`."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _typed(json_object(stripped))
    if stripped.startswith("@"):
        return _from_file(stripped[1:])
    pairs = [one for one in text.split(separator) if one.strip()] if separator else [text]
    found = [pair.partition("=") for pair in pairs]
    if not all(name.strip() and equals for name, equals, _ in found):
        several = f"{separator} NAME=VALUE" if separator else ""
        raise ValueError(f"give it as NAME=VALUE{several}, as JSON or as @FILE")
    if not separator:
        return {name: value for name, _, value in found}
    return {name.strip(): value.strip() for name, _, value in found}


def json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON from character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError('an object: {"name": …}')
    return value


def _from_file(name: str) -> dict[str, Variable]:
    path = Path(name.strip().strip("'\"")).expanduser()
    try:
        if not path.is_file():
            raise ValueError(f"no file {path}")
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LARGEST + 1)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8") from error
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    if len(text) > LARGEST:
        raise ValueError(f"{path} is too large")
    try:
        return _typed(json_object(text))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _typed(found: dict[str, Any]) -> dict[str, Variable]:
    for name, value in found.items():
        if not name:
            raise ValueError("a variable without a name")
        if isinstance(value, dict):
            raise ValueError(f"{name}: text, a number, true, false, null or a list")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")
