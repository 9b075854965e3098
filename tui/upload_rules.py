"""What a file must be to be sent to an agent, and which files there are to choose from.

Knows names, kinds and sizes on this machine; no provider, no socket, no screen. Blocks as long
as the file system does: not for a screen's own loop.
"""

import os
import re
import shlex
import stat
from collections.abc import Iterator
from itertools import islice
from mimetypes import MimeTypes
from pathlib import Path
from typing import NamedTuple
from unicodedata import category, normalize
from urllib.parse import unquote, urlsplit

MAX_FILE = 20 << 20
"""Bytes; what is larger makes a call wait, and no agent reads it in a turn."""
MOST_READ = 5000
"""Entries of a folder that are looked at."""
_NAMED = {
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".webp": "image/webp",
}
"""What Python knows only where the system has a table of types."""
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_HEAD = 4096
_REMOTE = re.compile(r"(?!file:)[a-z][a-z+.-]+://", re.IGNORECASE)


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
    """The media type, by name, else by what is in it. Raises FileRefused for one that agents do
    not take, OSError for what cannot be read."""
    ending = os.path.splitext(path)[1].lower()
    mime = _NAMED.get(ending) or MimeTypes(()).guess_type(f"x{ending}")[0] or ""
    group = mime.partition("/")[0]
    if mime == "application/pdf" or group in ("image", "text"):
        return mime
    if group in ("", "application") and (found := _looked_at(path)):
        return found
    raise FileRefused(f"agents take images, PDF and text files, not {mime or 'this kind'}")


def _looked_at(path: str) -> str:
    """By its first bytes; "" for something else."""
    with Path(path).open("rb") as file:
        head = file.read(_HEAD)
    for magic, mime in _MAGIC:
        if head.startswith(magic):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    # The last character may be cut: three bytes at most are left of it.
    whole = len(head) < _HEAD
    ends = (len(head),) if whole else range(len(head), len(head) - 4, -1)
    return "text/plain" if b"\0" not in head and any(_is_utf8(head[:end]) for end in ends) else ""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def examine(text: str) -> Sendable:
    """The file that `text` names, as it is now. Raises FileRefused."""
    if _REMOTE.match(text.strip()):
        raise FileRefused("that is an address; a file on this machine can be sent")
    path = next(filter(os.path.lexists, _meant(text)), None) or _alike(text.strip())
    path = path or os.path.expanduser(text)
    try:
        path.encode()
        status = os.stat(path)
        _check_file(status)
        if not os.access(path, os.R_OK):
            raise FileRefused("it cannot be read: you are not permitted to")
        return Sendable(os.path.abspath(path), status.st_size, kind_of(path))
    except UnicodeEncodeError as error:
        raise FileRefused("its name is not Unicode, which no agent could be told") from error
    except FileNotFoundError as error:
        raise FileMissing(_missing(text)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileRefused(f"it cannot be read: {reason}") from error


def _check_file(status: os.stat_result) -> None:
    """Raises FileRefused for what is no file, or too large a one."""
    if stat.S_ISDIR(status.st_mode):
        raise FileRefused("a folder: write a / behind it, or complete it, to go into it")
    if not stat.S_ISREG(status.st_mode):
        raise FileRefused("it is not a file")
    if status.st_size > MAX_FILE:
        raise FileRefused(f"it is larger than {MAX_FILE >> 20} MiB")


# ── Paths as terminals and file managers write them ─────────────────────────────────────────────


def _meant(text: str) -> Iterator[str]:
    """What `text` can be the path of, the most literal first: a file that is dragged into a
    terminal comes quoted, with backslashes or as an address, and more or less around it."""
    bare = _bare(text)
    for form in dict.fromkeys((text, text.strip(), bare)):
        yield os.path.expanduser(form)
    words = _words(bare)
    if len(words) == 1:
        yield os.path.expanduser(words[0])
    for form in (bare, *words[:1]):
        if form.lower().startswith("file:"):
            yield from _of_address(form)


def _of_address(text: str) -> Iterator[str]:
    try:
        path = urlsplit(text).path
    except ValueError:
        return
    yield unquote(path, errors="surrogateescape")
    yield text[len("file:") :].removeprefix("//")


def _bare(text: str) -> str:
    """Without white space and invisible marks around it."""
    around = "".join({char for char in text if char.isspace() or category(char) in ("Cf", "Cc")})
    return text.strip(around) if around else text


def _words(text: str) -> list[str]:
    """As a shell reads it; none where a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _alike(text: str) -> str | None:
    """The one file whose name differs in nothing that is seen, such as in the width of a space."""
    head, tail = os.path.split(os.path.expanduser(text))
    try:
        with os.scandir(head or ".") as listed:
            names = [e.name for e in islice(listed, MOST_READ) if _seen(e.name) == _seen(tail)]
    except (OSError, ValueError):
        return None
    return os.path.join(head, names[0]) if tail and len(names) == 1 else None


def _seen(name: str) -> str:
    kept = (char for char in normalize("NFC", name) if category(char) != "Cf")
    return "".join(" " if char.isspace() else char for char in kept)


def _missing(text: str) -> str:
    words = _words(_bare(text))
    if len(words) > 1 and all(any(map(os.path.lexists, _meant(word))) for word in words):
        return f"these are {len(words)} files; one at a time"
    return "there is no such file"


# ── What a folder has ───────────────────────────────────────────────────────────────────────────


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
