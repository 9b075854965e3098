"""The journal that a session appends to: opened, locked, mended where the one before was killed.

Knows the plan and files; nothing of what is written.
"""

import os
from pathlib import Path

from tui import __version__
from tui.journal import folder
from tui.journal.redact import Redactor
from tui.journal.writer import JournalWriter
from tui.session.plan import Plan


def open_writer(plan: Plan, redact: Redactor) -> JournalWriter:
    """The journal that the plan names, locked against pruning. Raises OSError."""
    flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
    fd = os.open(plan.journal, flags)
    folder.lock(fd)
    audio_fd = os.open(plan.journal_audio, flags) if plan.journal_audio else None
    if plan.unlink_journal:
        folder.remove_temporary(Path(plan.journal))
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


def _last_byte(fd: int, size: int) -> bytes:
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1)
