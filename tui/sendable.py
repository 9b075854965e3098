"""What a file must be to be sent to an agent, and which files there are to choose from.

Knows names, kinds and sizes on this machine; no provider, no socket, no screen. Blocks as long
as the file system does: not for a screen's own loop.
"""

import mimetypes
import os
import stat
from pathlib import Path
from typing import NamedTuple

MAX_FILE = 20 << 20
"""Bytes; what is larger makes a call wait, and no agent reads it in a turn."""
MOST_READ = 5000
"""Entries of a folder that are looked at."""


class FileRefused(Exception):
    """It cannot be sent; the text says why."""


class FileMissing(FileRefused):
    """There is none of that name, perhaps not yet."""


class Sendable(NamedTuple):
    path: str
    size: int
    mime: str


class Entry(NamedTuple):
    """One of a folder: `path` begins with what was typed."""

    path: str
    name: str
    is_folder: bool


def kind_of(path: str) -> str:
    """The media type, by name. Raises FileRefused for one that agents do not take."""
    mime = mimetypes.guess_type(path)[0] or ""
    if mime == "application/pdf" or mime.partition("/")[0] in ("image", "text"):
        return mime
    raise FileRefused(f"agents take images, PDF and text files, not {mime or 'this kind'}")


def examine(text: str) -> Sendable:
    """The file that `text` names, as it is now. Raises FileRefused."""
    path = os.path.expanduser(text.strip() if os.path.lexists(text.strip()) else text)
    try:
        path.encode()
        status = os.stat(path)
    except UnicodeEncodeError as error:
        raise FileRefused("its name is not Unicode, which no agent could be told") from error
    except FileNotFoundError as error:
        raise FileMissing("there is no such file") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileRefused(f"it cannot be read: {reason}") from error
    if stat.S_ISDIR(status.st_mode):
        raise FileRefused("a folder: Tab goes into it")
    if not stat.S_ISREG(status.st_mode):
        raise FileRefused("it is not a file")
    if not os.access(path, os.R_OK):
        raise FileRefused("it cannot be read: you are not permitted to")
    if status.st_size > MAX_FILE:
        raise FileRefused(f"it is larger than {MAX_FILE >> 20} MiB")
    return Sendable(os.path.abspath(path), status.st_size, kind_of(path))


def entries(text: str) -> list[Entry]:
    """What a path that begins with `text` can go on to: folders first, hidden ones when asked."""
    head, tail = os.path.split(text)
    folder = Path(os.path.expanduser(head) or ".")
    begin = text[: len(text) - len(tail)]
    found: list[Entry] = []
    try:
        with os.scandir(folder) as listed:
            for _, item in zip(range(MOST_READ), listed, strict=False):
                if _fits(item.name, tail):
                    found.append(Entry(begin + item.name, item.name, _is_folder(item)))
    except (OSError, ValueError):
        return []
    return sorted(found, key=lambda entry: (not entry.is_folder, entry.name.lower()))


def common(found: list[Entry]) -> str:
    """How far all of them agree."""
    return os.path.commonprefix([entry.path for entry in found])  # noqa: RUF071  by character


def _fits(name: str, tail: str) -> bool:
    hidden = name.startswith(".") and not tail.startswith(".")
    return not hidden and name.startswith(tail)


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False
