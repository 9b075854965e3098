"""Writes a journal as one file, to hand on: the audio goes back into its frames.

Knows the journal only. The result opens and replays like the original.
"""

from pathlib import Path

from tui.journal.reader import UNREADABLE, JournalReader
from tui.journal.record import INLINE, NOT_KEPT, encode_line
from tui.journal.writer import create


def export_one_file(reader: JournalReader, target: Path) -> int:
    """Write all records of `reader` to the new file `target`; returns how many.

    Raises FileExistsError when `target` exists, OSError when it cannot be written.
    """
    written = 0
    with open(create(target), "wb") as file:
        for number in range(len(reader)):
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
