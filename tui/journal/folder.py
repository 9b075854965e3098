"""Where journals are and how many are kept.

Knows the file system; nothing of what a journal says. Journals hold what people said: the folder
is private (0700), each file too (0600).
"""

import contextlib
import errno
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import platformdirs

from tui.journal.about import about_path
from tui.journal.new_file import numbered
from tui.journal.record import audio_path
from tui.journal.writer import create

SUFFIX = ".jsonl"
DAY_S = 86_400
FAR_S = 7 * DAY_S
"""A clock that is so far ahead of the newest journal is not believed: the next call will tell."""
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[A-Za-z0-9-]{1,44}\.jsonl")
_HEAD_BYTES = 128
_JOURNAL = re.compile(rb'\{"n":0,"t":\d+,"d":"\.","k":"journal_opened",')
_RECORDING = re.compile(rb"RIFF....WAVEfmt \x10\0\0\0\x01\0[\1\2]\0", re.DOTALL)
"""As `new_journal`, the journal's writer and the recorder begin theirs."""


def default_folder() -> Path:
    """`~/.local/state/voicescope/journals` on Linux, its like elsewhere."""
    return Path(platformdirs.user_state_path("voicescope")) / "journals"


def new_journal(folder: Path, label: str, now: datetime) -> tuple[Path, int]:
    """Create an empty private journal named after `now` and `label`: its path, and it, open.

    Raises OSError when the folder cannot be made or written.
    """
    if not folder.is_absolute():  # nobody knows where home is
        raise FileNotFoundError(errno.ENOENT, "there is no home folder", str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = f"{now:%Y-%m-%dT%H-%M-%S}-{_slug(label)}"
    for path in numbered(folder, stem, SUFFIX):
        with contextlib.suppress(FileExistsError):
            return path, create(path)
    raise AssertionError  # `numbered` has raised


def temporary_journal(label: str = "unkept") -> tuple[Path, int]:
    """A journal in a private folder of the system's for such."""
    return new_journal(Path(tempfile.mkdtemp(prefix="voicescope-")), label, datetime.now())


def make_private(path: Path) -> bool:
    """Whether others could read or write what we have at `path`, which they cannot from now on."""
    with contextlib.suppress(OSError):
        fd = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
        try:
            found = os.fstat(fd)
            loose = found.st_mode & 0o077
            if loose and found.st_uid == os.getuid():
                os.fchmod(fd, stat.S_IMODE(found.st_mode) & ~0o077)
                return True
        finally:
            os.close(fd)
    return False


def recordings(path: Path) -> list[Path]:
    """The recorded sound of a journal's calls, which lies beside it: files that we began."""
    found: list[Path] = []
    for number in count(1):
        stem = path.stem if number == 1 else f"{path.stem}.{number}"
        names = (f"{stem}.wav", f"{stem}-user.wav", f"{stem}-agent.wav")
        there = [path.with_name(name) for name in names if path.with_name(name).exists()]
        if not there:
            break
        found += [part for part in there if _begins(part, _RECORDING)]
    return found


def remove(path: Path) -> None:
    """Remove a journal, its audio, recordings and what was said of it; no error when they are gone
    already."""
    # The journal last: what belongs to it would never be found without.
    for part in (*recordings(path), audio_path(path), about_path(path), path):
        with contextlib.suppress(OSError):
            part.unlink()


def remove_temporary(path: Path) -> None:
    """Remove a journal of `temporary_journal` and the folder that was made for it."""
    remove(path)
    with contextlib.suppress(OSError):
        path.parent.rmdir()


def too_many(folder: Path, max_bytes: int, max_age_days: float) -> list[Path]:
    """The oldest journals beyond either limit, newest first; those in use stay.

    A limit of 0 is no limit. Only what begins as a journal of ours, in a name that
    `new_journal` makes, is ever counted or given: the folder may be anybody's. Where the newest of
    them is far in the past, it is rather the clock that is wrong, and nothing is given.
    """
    kept = sorted(_journals(folder), key=lambda journal: -journal[2])
    now = time.time()
    newest = next((modified for path, _, modified in kept if not in_use(path)), now)
    if now - newest > FAR_S:
        return []
    found = []
    total = 0
    for path, size, modified in kept:
        total += size
        too_old = max_age_days and now - modified > max_age_days * DAY_S
        too_much = max_bytes and total > max_bytes
        if (too_old or too_much) and not in_use(path):
            found.append(path)
    return found


def newest_first(folder: Path) -> list[Path]:
    """What may be journals, by when each was last written."""

    def changed(path: Path) -> float:
        with contextlib.suppress(OSError):
            return path.stat().st_mtime
        return 0.0

    return sorted(folder.glob(f"*{SUFFIX}"), key=changed, reverse=True)


def lock(fd: int) -> None:
    """Mark the journal behind `fd` as in use until it is closed (also by the process's death)."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  not on Windows, where open files cannot be removed anyway

        # Shared, and waited for: another's `in_use` holds it for a moment when it looks.
        fcntl.flock(fd, fcntl.LOCK_SH)


def _journals(folder: Path) -> Iterator[tuple[Path, int, float]]:
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if not is_ours(path):
                continue
            found = path.lstat()
            parts = [part for part in (audio_path(path), *recordings(path)) if part.exists()]
            extra = sum(part.lstat().st_size for part in parts)
            yield path, found.st_size + extra, found.st_mtime


def _begins(path: Path, head: "re.Pattern[bytes]") -> bool:
    """It is a file, no link to one, and begins like that."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return regular and head.match(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def is_ours(path: Path) -> bool:
    """It begins as a journal of ours and is in a name that `new_journal` makes."""
    return _NAME.fullmatch(path.name) is not None and _begins(path, _JOURNAL)


def in_use(path: Path) -> bool:
    """A process writes it, or may."""
    try:
        import fcntl  # noqa: PLC0415

        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except ImportError:
        return False
    except OSError:
        return True


def _slug(label: str) -> str:
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in label)
    return kept.strip("-")[:40] or "call"
