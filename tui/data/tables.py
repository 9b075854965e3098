"""A dated table of ours, in TOML, and what the user adds to it in a file of his own.

Knows files and TOML; not what is in a table. Nothing is asked of a network.
"""

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def read_tables(ours: Path, users: Path | None, shape: type[S]) -> tuple[S, S, str]:
    """Ours, the user's (empty where there is none), and what is wrong with the user's file."""
    own = _read(ours, shape)
    if users is None or not users.exists():
        return own, shape(), ""
    try:
        return own, _read(users, shape), ""
    except (OSError, ValueError) as error:  # TOML, UTF-8 and msgspec's errors are ValueErrors
        return own, shape(), f"{users}: {error}"


def _read(path: Path, shape: type[S]) -> S:
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), shape)
