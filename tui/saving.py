"""Files that the user takes away: named by us, never over another one.

Knows names and folders; nothing of what is written.
"""

import os
import re
from pathlib import Path

TRIES = 1000
LONGEST_STEM = 80


def slug(text: str) -> str:
    """`text` as a part of a file name, whatever it was: letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:LONGEST_STEM] or "call"


def create_new(folder: Path, stem: str, suffix: str) -> tuple[Path, int]:
    """A new, private file `stem.suffix`, with `-2` and so on where there is one already.

    Gives its path and an open descriptor. Raises OSError.
    """
    name = slug(stem)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    for count in range(1, TRIES):
        path = folder / f"{name}{f'-{count}' if count > 1 else ''}.{suffix}"
        try:
            return path, os.open(path, flags, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(f"there are {TRIES} files called {name}.{suffix} in {folder}")
