"""Writes a journal, or some of its records, as one file to hand on: audio back in its frames.

Knows the journal only. The result opens and replays like the original.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tui.journal.indexing import UNREADABLE
from tui.journal.new_file import whole_file
from tui.journal.reader import JournalReader
from tui.journal.record import INLINE, NOT_KEPT, encode_line
from tui.journal.writer import create


def export_one_file(reader: JournalReader, target: Path) -> int:
    """Write all records of `reader` to the new file `target`; returns how many.

    Raises FileExistsError when `target` exists, OSError when it cannot be written, and leaves no
    file then.
    """
    with whole_file(target) as part, os.fdopen(create(part), "wb") as file:
        return write_records(reader, file, range(len(reader)))


def write_records(reader: JournalReader, file: BinaryIO, numbers: Iterable[int]) -> int:
    """Write these records as a journal; record 0 begins it, asked for or not."""
    written = 0
    for number in _beginning(numbers):
        header = reader.header(number)
        if header.kind == UNREADABLE:
            continue
        span = header.audio
        if span:
            kept = reader.audio(number) is not None
            span = span._replace(offset=INLINE if kept else NOT_KEPT)
        line = encode_line(header._replace(number=written, audio=span), reader.text(number))
        file.write(line)
        written += 1
    return written


def _beginning(numbers: Iterable[int]) -> Iterable[int]:
    yield 0
    yield from (number for number in numbers if number != 0)
