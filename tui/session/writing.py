"""The journal that a session appends to: opened, locked, mended where the one before was killed.

Knows the plan and files; nothing of what is written.
"""

import os

from tui import __version__
from tui.journal import folder
from tui.journal.redact import Redactor
from tui.journal.writer import JournalWriter
from tui.session.plan import Plan


def open_writer(plan: Plan, redact: Redactor) -> JournalWriter:
    """The journal that the plan names, locked against pruning. Raises OSError."""
    fd = _opened(plan.journal_fd, plan.journal)
    folder.lock(fd)
    audio_fd = _opened(plan.journal_audio_fd, plan.journal_audio) if plan.journal_audio else None
    records = plan.journal_records
    size = os.fstat(fd).st_size
    if size and _last_byte(fd, size) != b"\n":  # the writer before was killed in mid-line
        os.write(fd, b"\n")
        records += 1
    return JournalWriter(
        fd,
        audio_fd,
        provider=plan.provider,
        version=__version__,
        redact=redact,
        resume=records,
    )


def _opened(inherited: int, path: str) -> int:
    if inherited >= 0:
        return inherited
    flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags)


def _last_byte(fd: int, size: int) -> bytes:
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1)
