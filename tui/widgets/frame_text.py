"""A record as lines to read: what the detail pane shows and `y` copies.

Knows the journal and the layout of JSON; no styles. Lines are clean.
"""

from tui.clean import clean
from tui.journal.reader import UNREADABLE, JournalReader
from tui.journal.record import Direction
from tui.widgets.event_row import ARROWS
from tui.widgets.json_text import layout
from tui.widgets.paint import bytes_text, duration_text

TEXT_LIMIT = 200_000
"""More of a frame than this is in the journal and not on the screen."""


def frame_title(reader: JournalReader, number: int) -> str:
    """`#1236 ← client_tool_call 214 B`."""
    direction = reader.direction(number)
    size = "" if direction is Direction.FACT else f" {bytes_text(reader.size(number))}"
    return f"#{number} {ARROWS[direction]} {clean(reader.kind(number), 64)}{size}"


def frame_lines(reader: JournalReader, number: int, ms: float = 0.0) -> list[str]:
    """The record laid out; its audio is `‹8.0 kB base64, 250 ms›` (`ms` of it; 0 = not known)."""
    text = elided_text(reader, number, ms)
    cut = len(text) - TEXT_LIMIT
    if reader.kind(number) == UNREADABLE or not text.lstrip().startswith(("{", "[")):
        lines = clean(text[:TEXT_LIMIT], TEXT_LIMIT, keep_lines=True).split("\n")
    else:
        lines = [clean(line, TEXT_LIMIT) for line in layout(text[:TEXT_LIMIT])]
    if cut > 0:
        lines.append(f"‹{cut:,} more characters are in the journal›")
    return lines


def elided_text(reader: JournalReader, number: int, ms: float = 0.0) -> str:
    """The frame's text with a note where its audio was. Not clean."""
    text = reader.elided(number)
    span = reader.header(number).audio
    if span is None:
        return text
    length = f", {duration_text(ms)}" if ms else ""
    kept = "" if span.offset >= 0 else ", not kept"
    note = f"‹{bytes_text((span.size + 2) // 3 * 4)} base64{length}{kept}›"
    return text[: span.position] + note + text[span.position :]
