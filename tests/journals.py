"""Makes journals for tests."""

from pathlib import Path
from typing import Any

from tui.journal.reader import JournalReader
from tui.journal.record import audio_path
from tui.journal.writer import JournalWriter, create


def write_journal(path: Path, *, audio: bool = True, **options: Any) -> JournalWriter:
    """A new journal at `path`, with a file for its audio."""
    return JournalWriter(
        create(path),
        create(audio_path(path)) if audio else None,
        **{"provider": "elevenlabs", "version": "test", **options},
    )


def texts(reader: JournalReader) -> list[str]:
    """The exact texts of all records but the first."""
    return [reader.text(number) for number in range(1, len(reader))]
