"""Files that the user takes away: named by us, never over another one, whole or not there at all.

Knows names and folders; nothing of what is written. A file is written in a private folder beside
its place, brought to the disk, and only then given its name: whoever runs out of room, or is
killed, leaves nothing under it.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

TRIES = 1000
LONGEST_STEM = 80
BESIDE = ".voicescope-"
"""How the private folders begin."""


def slug(text: str) -> str:
    """`text` as a part of a file name, whatever it was: letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:LONGEST_STEM] or "call"


@contextlib.contextmanager
def whole_file(target: Path, *, over: bool = False) -> Iterator[Path]:
    """Where to create what becomes the new file `target`, if the block ends well; in the place of
    one that is there where the user wants it (`over`).

    Raises OSError, FileExistsError among them.
    """
    if not over and os.path.lexists(target):
        raise FileExistsError(f"{target} exists")
    with _beside(target.parent) as folder:
        part = folder / target.name
        yield part
        _sync(part)
        if over:
            part.replace(target)
        else:
            _name(part, target)


@contextlib.contextmanager
def new_file(folder: Path, stem: str, suffix: str) -> Iterator[tuple[int, list[Path]]]:
    """A descriptor of a new, private file, to be closed by the block. When that ends well, the file
    is `stem.suffix`, with `-2` and so on where there is one already, which the list then says.

    Raises OSError.
    """
    named: list[Path] = []
    with _beside(folder) as private:
        part = private / "part"
        yield os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), named
        _sync(part)
        named.append(_first_free(part, folder, slug(stem), f".{suffix}"))


@contextlib.contextmanager
def new_folder(folder: Path, stem: str) -> Iterator[tuple[Path, list[Path]]]:
    """The same for a private folder with files in it."""
    named: list[Path] = []
    with _beside(folder) as private:
        part = private / "part"
        part.mkdir(mode=0o700)
        yield part, named
        for file in part.iterdir():
            _sync(file)
        named.append(_first_free(part, folder, slug(stem), ""))


def replace_file(path: Path, data: bytes) -> None:
    """The private file `path` is `data` then, or as it was. Raises OSError."""
    fd, part = tempfile.mkstemp(dir=path.parent, prefix=BESIDE)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    private = Path(tempfile.mkdtemp(prefix=BESIDE, dir=folder))
    try:
        yield private
    finally:
        shutil.rmtree(private, ignore_errors=True)


def numbered(folder: Path, stem: str, suffix: str, mark: str = "-") -> Iterator[Path]:
    """`stem` and `suffix`, then with numbers from 2 on: for who takes the first name that is free.
    Raises FileExistsError when none of them was."""
    yield folder / f"{stem}{suffix}"
    for count in range(2, TRIES):
        yield folder / f"{stem}{mark}{count}{suffix}"
    raise FileExistsError(f"there are {TRIES} files called {stem}{suffix} in {folder}")


def _first_free(part: Path, folder: Path, name: str, suffix: str) -> Path:
    for path in numbered(folder, name, suffix):
        with contextlib.suppress(FileExistsError):
            _name(part, path)
            return path
    raise AssertionError  # `numbered` has raised


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _name(part: Path, target: Path) -> None:
    """Raises FileExistsError rather than take another's place."""
    if part.is_file():
        try:
            os.link(part, target)
            return
        except FileExistsError:
            raise
        except OSError:  # FAT and some network disks have no links
            pass
    if os.path.lexists(target):
        raise FileExistsError(f"{target} exists")
    part.rename(target)
