"""What the user says of a recorded call: a tag and a note, in a file beside the journal.

Knows that one file; the journal itself is never changed.
"""

from pathlib import Path

import msgspec

from tui.journal.new_file import replace_file

MOST = 1 << 16
"""Bytes: what is larger was not written here."""


class About(msgspec.Struct, frozen=True):
    tag: str = ""
    note: str = ""


def about_path(journal: Path) -> Path:
    """`call.jsonl.about` beside `call.jsonl`."""
    return journal.with_name(f"{journal.name}.about")


def read_about(journal: Path) -> About:
    """What was said of it; nothing where that cannot be read."""
    path = about_path(journal)
    try:
        if not path.is_file() or path.stat().st_size > MOST:
            return About()
        return msgspec.json.decode(path.read_bytes(), type=About)
    except (OSError, msgspec.DecodeError, UnicodeError):
        return About()


def write_about(journal: Path, about: About) -> None:
    """Raises OSError."""
    if about == About():
        about_path(journal).unlink(missing_ok=True)
    else:
        replace_file(about_path(journal), msgspec.json.encode(about) + b"\n")
