"""A record as rows to read: its sound drawn, what was made of it, its text as a tree or otherwise.

Knows the journal and the layout of JSON; no styles, no widths. Rows are clean.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from tui.analysis.records.annotations import Annotation
from tui.analysis.records.json_tree import TreeLine, tree_lines
from tui.analysis.units import bytes_text, duration_text
from tui.dashboard.common.cells import ARROWS
from tui.dashboard.common.keys import Cycle
from tui.events import Event
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader
from tui.journal.record import AudioSpan, Direction
from tui.sanitize import sanitize

BYTES = 16
LIMIT = 16_384
"""More is in the journal."""


def hex_lines(data: bytes, width: int = 80) -> list[str]:
    """`00000010  7b 22 74 …  {"t…`: as many bytes a line as `width` cells hold, 16 at most."""
    step = BYTES if width >= 9 + BYTES * 4 + 2 else BYTES // 2
    lines = [
        f"{at:06x}  {part.hex(' '):<{step * 3 - 1}}  {_shown(part)}"
        for at in range(0, min(len(data), LIMIT), step)
        for part in (data[at : at + step],)
    ]
    rest = len(data) - LIMIT
    return [*lines, f"‹{rest:,} more bytes are in the journal›"] if rest > 0 else lines


def _shown(part: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)


TEXT_LIMIT = 200_000
"""More of a frame than this is in the journal and not on the screen."""
MAX_MARGIN = 40
LONG_LIST = 12
BEGINNING = 6
"""Values of a folded list that are shown."""


class View(Cycle):
    """What of a record is shown."""

    TREE = "tree"
    MEANING = "meaning"
    RAW = "raw"
    HEX = "hex"


class Role(StrEnum):
    JSON = "json"
    TEXT = "text"
    VERDICT = "verdict"


class Row(NamedTuple):
    """`line` is the tree's own line, where the row is one of a tree."""

    text: str
    role: Role = Role.TEXT
    line: TreeLine | None = None


class Folds:
    """Which values are folded, by path: the next frame of the same kind is folded alike.

    Long lists of words or numbers (characters and their times) are folded until somebody opens
    them.
    """

    def __init__(self) -> None:
        self._closed: set[str] = set()
        self._opened: set[str] = set()

    def closed(self, line: TreeLine) -> bool:
        if not (line.opens and line.path):
            return False
        by_itself = line.flat and line.items > LONG_LIST and line.path not in self._opened
        return by_itself or line.path in self._closed

    def close(self, lines: Iterable[TreeLine]) -> None:
        paths = {line.path for line in lines if line.opens and line.path}
        self._closed |= paths
        self._opened -= paths

    def open(self, lines: Iterable[TreeLine]) -> None:
        paths = {line.path for line in lines if line.opens and line.path}
        self._opened |= paths
        self._closed -= paths


def frame_title(reader: JournalReader, number: int) -> str:
    """`#1236 ← client_tool_call 214 B · turn #7`."""
    direction = reader.direction(number)
    size = "" if direction is Direction.FACT else f" {bytes_text(reader.size(number))}"
    kind = sanitize(reader.kind(number), 64)
    return f"#{number} {ARROWS[direction]} {kind}{size} · turn #{reader.turn(number)}"


def frame_source(
    reader: JournalReader, number: int, view: View, events: Sequence[Event], ms: float = 0.0
) -> str:
    """The text that a view lays out. Not clean."""
    match view:
        case View.TREE | View.HEX:
            return elided_text(reader, number, ms)
        case View.RAW:
            return reader.text(number)
        case View.MEANING:
            return meaning(events, _span_text(reader, number, ms))


def frame_rows(text: str, view: View, folds: Folds | None, width: int) -> list[Row]:
    """Rows of a frame's `text`; what is folded is left out, nothing where `folds` is None."""
    cut = len(text) - TEXT_LIMIT
    shown = text[:TEXT_LIMIT]
    if view is View.HEX:
        return [Row(line) for line in hex_lines(text.encode("utf-8", "surrogatepass"), width)]
    if view is View.RAW or not shown.lstrip().startswith(("{", "[")):
        lines = sanitize(shown, TEXT_LIMIT, keep_lines=True).split("\n")
        rows = [Row(line) for line in lines]
    else:
        rows = list(_tree_rows(tree_lines(shown), folds))
    if cut > 0:
        rows.append(Row(f"‹{cut:,} more characters are in the journal›"))
    return rows


def whole_lines(
    reader: JournalReader, number: int, view: View, events: Sequence[Event]
) -> list[str]:
    """A record in a view, nothing folded: what is compared."""
    text = frame_source(reader, number, view, events)
    return [row.text for row in frame_rows(text, view, None, 0)]


def verdict_rows(annotations: Sequence[Annotation]) -> list[Row]:
    found = []
    for annotation in annotations:
        other = f" (#{annotation.other})" if annotation.other is not None else ""
        found.append(Row(f"» {sanitize(annotation.text, 400)}{other}", Role.VERDICT))
    return found


def elided_text(reader: JournalReader, number: int, ms: float = 0.0) -> str:
    """The frame's text with a note where its audio was. Not clean."""
    text = reader.elided(number)
    span = reader.header(number).audio
    if span is None or reader.kind(number) == UNREADABLE:
        return text
    note = f"‹{bytes_text(span.encoded_size)} base64{_more(span, ms)}›"
    return text[: span.position] + note + text[span.position :]


def _span_text(reader: JournalReader, number: int, ms: float) -> str:
    """`8.0 kB, 250 ms`: the audio that a frame carried; "" where it carried none."""
    span = reader.header(number).audio
    return f"{bytes_text(span.size)}{_more(span, ms)}" if span else ""


def _more(span: AudioSpan, ms: float) -> str:
    length = f", {duration_text(ms)}" if ms else ""
    return length if span.kept else f"{length}, not kept"


def meaning(events: Sequence[Event], audio: str = "") -> str:
    """What the codec read from a frame, as JSON: each event by its name, and its fields.

    `audio` says what the frame carried: events are read without it.
    """
    if not events:
        return "nothing: this record has no meaning of its own"
    found = [{"event": type(event).__name__, **_fields(event, audio)} for event in events]
    return msgspec.json.encode(found if len(found) > 1 else found[0]).decode()


def _fields(event: Event, audio: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, bytes):
            value = f"‹{audio or bytes_text(len(value))}›"
        shown[name] = value
    return shown


def _tree_rows(lines: Sequence[TreeLine], folds: Folds | None) -> list[Row]:
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        closed = folds is not None and folds.closed(line)
        text = _folded(lines, at) if closed else line.text
        margin = " " * min(2 * line.depth, MAX_MARGIN)
        rows.append(Row(margin + sanitize(text, TEXT_LIMIT), Role.JSON, line))
        at = line.end + 1 if closed else at + 1
    return rows


def _folded(lines: Sequence[TreeLine], at: int) -> str:
    """`"chars": [ "I", "t", … 34 values ]`."""
    line = lines[at]
    noun = "value" if line.items == 1 else "values"
    shown = ""
    if line.flat:
        first = lines[at + 1 : min(at + 1 + BEGINNING, line.end)]
        shown = " ".join(inside.text[:40] for inside in first) + " "
        shown += "… " if line.items > BEGINNING else ""
    return f"{line.text} {shown}{line.items} {noun} {lines[line.end].text}"
