"""What a row of the event log says, column by column, as clean text, and how that is painted.

Knows the journal, formats and the two widths of the screen; not which rows are in view.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.analysis.entry import Entry
from tui.analysis.formats import FormatFold
from tui.analysis.records.categories import AUDIO, QUIET, WRONG, Category, Gaps
from tui.analysis.records.fact_text import fact_text
from tui.analysis.records.marks import Marks
from tui.analysis.units import bytes_text, duration_text, size_text
from tui.dashboard.common.cells import ARROWS, drop_cells, fit, turn_text
from tui.dashboard.common.keys import Cycle
from tui.dashboard.events.rows import EventRows, Run
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.provider import Summarize
from tui.sanitize import sanitize

SUMMARY_LIMIT = 1000
KEPT_STRIPS = 512
PLAIN_WIDTH = 400
"""Cells of a row that is copied."""
Span = tuple[str, str]
"""Text and the name of its style."""


class TimeColumn(Cycle):
    CLOCK = "clock"
    ELAPSED = "elapsed"
    GAP = "gap"


class Columns(NamedTuple):
    time: str
    gap: str
    arrow: str
    kind: str
    size: str
    summary: str
    category: Category
    wrong: bool = False
    """An error, or a tool that failed."""
    turn: int = 0
    begins_turn: bool = False
    """The first row of a turn."""


class Shown(Protocol):
    """The rows that there are, and what stands out in them."""

    reader: JournalReader
    rows: EventRows
    gaps: Gaps
    marks: Marks

    def lights(self, first: int, last: int, text: str) -> Sequence[tuple[int, int]] | None:
        """Spans of the text of a row that show why it was found; None where it was not."""


class RowPainter:
    """Paints rows and keeps them: `forget` those that may look different."""

    def __init__(
        self, shown: Shown, summarize: Summarize, style_of: Callable[[str], Style]
    ) -> None:
        self._shown = shown
        self._summarize = summarize
        self._style_of = style_of
        self.time_column = TimeColumn.CLOCK
        self.selected: frozenset[int] = frozenset()
        """Records of what is pointed at in another pane."""
        self.sideways = 0
        """Cells of the summaries that are scrolled out of view."""
        self._strips: OrderedDict[int, Strip] = OrderedDict()
        self.open()

    def open(self) -> None:
        """Another journal is shown."""
        self._reader = self._shown.reader
        self._wall_ns = self._reader.wall_ns(0)
        """Added to a time of the journal: Unix time."""
        self._formats = FormatFold()
        self._strips.clear()

    def learn(self, entries: Sequence[Entry]) -> bool:
        """Take the formats that calls negotiated, which make time of bytes; True for any."""
        return any([self._formats.add(entry) for entry in entries])

    def forget(self, row: int | None = None) -> None:
        """A row, or all of them."""
        if row is None:
            self._strips.clear()
        else:
            self._strips.pop(row, None)

    def strip(self, row: int, width: int, *, pointed: bool) -> Strip:
        found = self._strips.get(row)
        if found is not None and found.cell_length == width:
            self._strips.move_to_end(row)
            return found
        strip = self._strips[row] = self._paint(row, width, pointed)
        if len(self._strips) > KEPT_STRIPS:
            self._strips.popitem(last=False)
        return strip

    def _paint(self, row: int, width: int, pointed: bool) -> Strip:
        number, run = self._shown.rows.number(row), self._shown.rows.run(row)
        marked = number in self._shown.marks
        looks = {"pointed": pointed, "marked": marked, "selected": number in self.selected}
        parts = self._spans(row, width, sideways=self.sideways, **looks)
        text = "".join(part for part, _ in parts)
        lights = self._shown.lights(number, run.last if run else number, text)
        if lights is not None:
            parts = light(parts, lights, "lit")
        segments = [Segment(text, self._style_of(style)) for text, style in parts]
        return Strip(segments).adjust_cell_length(width)

    def plain(self, row: int) -> str:
        """The row as it is listed, for a clipboard."""
        return "".join(text for text, _ in self._spans(row, PLAIN_WIDTH)).strip()

    def _spans(self, row: int, width: int, **looks: Any) -> list[Span]:
        gap = self.time_column is not TimeColumn.GAP
        return event_spans(self.columns(row), width, gap=gap, **looks)

    def columns(self, row: int) -> Columns:
        rows, reader = self._shown.rows, self._reader
        number, run = rows.number(row), rows.run(row)
        category, direction = rows.categories.of(number), reader.direction(number)
        size = run.bytes if run else reader.size(number)
        shown = direction is not Direction.FACT or reader.kind(number) == UNREADABLE
        return Columns(
            time=self._time(number),
            gap=self._gap(number),
            arrow=ARROWS[direction],
            kind=sanitize(reader.kind(number), 64),
            size=size_text(size) if shown else "",
            summary=sanitize(self._summary(number, run, category), SUMMARY_LIMIT),
            category=category,
            wrong=category in WRONG,
            turn=reader.turn(number),
            begins_turn=self._begins_turn(number, row),
        )

    def _begins_turn(self, number: int, row: int) -> bool:
        turn = self._reader.turn(number)
        return turn > 0 and (
            row == 0 or self._reader.turn(self._shown.rows.number(row - 1)) != turn
        )

    def _time(self, number: int) -> str:
        """12 cells: `14:03:40.011`, `   42.107 s`, `    +109 ms`."""
        at = self._reader.time_ns(number)
        match self.time_column:
            case TimeColumn.CLOCK:
                # The machine's own zone on purpose: a user compares with the clock on the wall.
                moment = datetime.fromtimestamp((at + self._wall_ns) / 1e9).astimezone()
                return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03}"
            case TimeColumn.ELAPSED:
                return f"{(at - self._reader.time_ns(0)) / 1e9:10.3f} s"
            case TimeColumn.GAP:
                gap = self._gap(number)
                return f"{gap:>12}" if gap.endswith("s") else f"{gap:>9} ms"

    def _gap(self, number: int) -> str:
        """What `gap:` filters: in milliseconds, above ten seconds in those."""
        ms = self._shown.gaps.of(number) / 1e6
        return f"{ms:+.0f}" if abs(ms) < 10_000 else f"{ms / 1000:+.1f}s"

    def _summary(self, number: int, run: Run | None, category: Category) -> str:
        if category in AUDIO:
            return self._audio(number, run, category)
        if run:
            return f"×{run.count} {self._frame(run.last)}"
        if self._reader.direction(number) is Direction.FACT:
            return self._fact(number)
        trouble = self._shown.rows.trouble(number) if category is Category.ERROR else ""
        return f"{trouble} · {self._frame(number)}" if trouble else self._frame(number)

    def _fact(self, number: int) -> str:
        fact = self._reader.fact(number)
        return fact_text(fact) if fact else self._reader.elided(number)[:SUMMARY_LIMIT]

    def _frame(self, number: int) -> str:
        return self._summarize(self._reader.kind(number), self._reader.elided(number))

    def _audio(self, number: int, run: Run | None, category: Category) -> str:
        """`‹mic 20 ms ×41 · 820 ms · -18 dB›`: the frame's length, how many, all of them."""
        reader = self._reader
        span = reader.header(number).audio
        size = span.size if span else reader.size(number) * 3 // 4
        name = "mic" if category is Category.MIC else "agent"
        each = self._length(number, size, category) or bytes_text(size)
        parts = [f"{name} {each}" + (f" ×{run.count}" if run else "")]
        if run:
            total = size * run.count
            if run.bytes != reader.size(number) * run.count:  # frames of several lengths
                total = self._unwrapped(number, size, run)
            parts.append(self._length(number, total, category) or bytes_text(total))
        level = reader.level(run.last if run else number)
        if level is not None:
            parts.append(f"{level} dB")
        text = f"‹{' · '.join(parts)}›"
        return text if category is Category.MIC else f"{text} {self._frame(number)}"

    def _unwrapped(self, number: int, size: int, run: Run) -> int:
        """Bytes of audio in a run whose first frame carries `size`."""
        # Base64 takes 4 bytes for 3; what else is in a frame is the same in each of a run.
        around = self._reader.size(number) - (size + 2) // 3 * 4
        return (run.bytes - around * run.count) * 3 // 4

    def _length(self, number: int, size: int, category: Category) -> str:
        found = self._formats.of(number, self._reader.direction(number))
        ms = found.milliseconds(size) if found else 0.0
        return duration_text(ms) if ms else ""


WIDE = 90
"""From this width on there are columns for gap and size, and room for longer kinds: below it what
a record says would be cut for them."""
SLIM = 45
"""Below this width the turn's number goes."""


def event_spans(
    columns: Columns,
    width: int,
    *,
    gap: bool,
    pointed: bool = False,
    sideways: int = 0,
    marked: bool = False,
    selected: bool = False,
) -> list[Span]:
    """(text, style) of one row: at most three styles, because each costs bytes on a slow line."""
    between = f" {columns.gap:>7}" if gap and width >= WIDE else ""
    edge = "▌" if pointed else "▎" if selected else "┌" if columns.begins_turn else " "
    turn = turn_text(columns.turn) if width >= SLIM else ""
    head = f"{edge}{columns.time}{between}{'◆' if marked else ' '}{turn}{columns.arrow}"
    mark, style = ("!", "alert") if columns.wrong else (" ", _kind_style(columns.category))
    name = mark + fit(columns.kind, 25 if width >= WIDE else 19)
    rest = f"{columns.size:>7}  " if width >= WIDE else " "
    rest += drop_cells(columns.summary, sideways)
    room = max(width - cell_len(head) - cell_len(name), 0)
    if pointed:
        return [(head + name + fit(rest, room), "pointed")]
    tail = "dim" if columns.category in QUIET else "text"
    return [(head, "strong" if selected else "dim"), (name, style), (fit(rest, room), tail)]


def light(spans: Sequence[Span], lights: Sequence[tuple[int, int]], style: str) -> list[Span]:
    """`spans` with the characters of `lights`, counted over all of them, in `style`.

    Where there are none, what was found is deeper in the frame: its kind is lit.
    """
    text = "".join(part for part, _ in spans)
    if not lights:
        begin = len(text) - len(text[13:].lstrip(" ◆+-#0123456789←→·!")) if len(text) > 13 else 0
        lights = [(begin, begin + len(text[begin:].split(" ", 1)[0]))]
    styles = [name for part, name in spans for _ in part]
    for begin, end in lights:
        styles[begin:end] = [style] * (min(end, len(styles)) - begin)
    cuts = [n for n in range(1, len(text)) if styles[n] != styles[n - 1]]
    edges = [0, *cuts, len(text)]
    return [(text[a:b], styles[a]) for a, b in pairwise(edges) if b > a]


def _kind_style(category: Category) -> str:
    match category:
        case Category.TALK:
            return "strong"
        case Category.PLAIN | Category.TOOL | Category.FAILED_TOOL:
            return "accent"
        case _:
            return "dim"
