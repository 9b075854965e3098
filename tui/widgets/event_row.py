"""What a row of the event log says, column by column, as clean text.

Knows the journal, formats and the two widths of the screen; no styles, no scrolling.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tui.analysis.entry import Entry
from tui.analysis.formats import FormatFold
from tui.clean import clean
from tui.journal.reader import UNREADABLE, JournalReader
from tui.journal.record import Direction
from tui.widgets.event_rows import AUDIO, EventRows, Run, Trait
from tui.widgets.fact_text import fact_text
from tui.widgets.paint import bytes_text, duration_text, size_text

Summarize = Callable[[str, str], str]
"""Kind and elided text of a frame to one line, uncleaned."""

ARROWS = {Direction.RECEIVED: "←", Direction.SENT: "→", Direction.FACT: "·"}
SUMMARY_LIMIT = 1000


class TimeColumn(StrEnum):
    CLOCK = "clock"
    ELAPSED = "elapsed"
    GAP = "gap"

    def next(self) -> "TimeColumn":
        columns = list(TimeColumn)
        return columns[(columns.index(self) + 1) % len(columns)]


class Columns(NamedTuple):
    time: str
    gap: str
    arrow: str
    kind: str
    size: str
    summary: str
    trait: Trait
    wrong: bool = False
    """An error, or a tool that failed."""
    begins_turn: bool = False
    """The first row of a turn."""


class EventText:
    """Says rows. `formats` are learned from entries: they turn bytes of audio into time."""

    def __init__(self, reader: JournalReader, rows: EventRows, summarize: Summarize) -> None:
        self._reader = reader
        self.rows = rows
        self._summarize = summarize
        opened = reader.opened()
        self._start_ns = reader.time_ns(0)
        self._wall_ns = opened.wall_ns - self._start_ns
        self._formats = FormatFold()

    def learn(self, entries: Sequence[Entry]) -> bool:
        """Take the formats that calls negotiated; True when there were any."""
        return any([self._formats.add(entry) for entry in entries])

    @property
    def start_ns(self) -> int:
        return self._start_ns

    @property
    def wall_ns(self) -> int:
        """What to add to a time of the journal for Unix time."""
        return self._wall_ns

    def columns(self, row: int, column: TimeColumn) -> Columns:
        number = self.rows.number(row)
        reader, trait = self._reader, self.rows.trait(number)
        direction = reader.direction(number)
        run = self.rows.run(row)
        size = run.bytes if run else reader.size(number)
        shown = direction is not Direction.FACT or reader.kind(number) == UNREADABLE
        return Columns(
            time=self.time(number, row, column),
            gap=self._gap(number, row),
            arrow=ARROWS[direction],
            kind=clean(reader.kind(number), 64),
            size=size_text(size) if shown else "",
            summary=clean(self._summary(number, run, trait), SUMMARY_LIMIT),
            trait=trait,
            wrong=trait is Trait.ERROR or self.rows.traits.failed(number),
            begins_turn=self._begins_turn(number, row),
        )

    def _begins_turn(self, number: int, row: int) -> bool:
        turn = self._reader.turn(number)
        return turn > 0 and (row == 0 or self._reader.turn(self.rows.number(row - 1)) != turn)

    def time(self, number: int, row: int, column: TimeColumn) -> str:
        """12 cells: `14:03:40.011`, `   42.107 s`, `    +109 ms`."""
        at = self._reader.time_ns(number)
        match column:
            case TimeColumn.CLOCK:
                # The machine's own zone on purpose: a user compares with the clock on the wall.
                moment = datetime.fromtimestamp((at + self._wall_ns) / 1e9).astimezone()
                return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03}"
            case TimeColumn.ELAPSED:
                return f"{(at - self._start_ns) / 1e9:10.3f} s"
            case TimeColumn.GAP:
                return f"{self._gap(number, row):>9} ms"

    def _gap(self, number: int, row: int) -> str:
        """Milliseconds since the row before; `+0` for the first."""
        before = self.rows.number(row - 1) if row > 0 else number
        ns = self._reader.time_ns(number) - self._reader.time_ns(before)
        return f"{ns / 1e6:+.0f}"

    def _summary(self, number: int, run: Run | None, trait: Trait) -> str:
        if trait in AUDIO:
            return self._audio(number, run, trait)
        if run:
            return f"×{run.count} {self._frame(run.last)}"
        if self._reader.direction(number) is Direction.FACT:
            return self._fact(number)
        trouble = self.rows.trouble(number) if trait is Trait.ERROR else ""
        return f"{trouble} · {self._frame(number)}" if trouble else self._frame(number)

    def _fact(self, number: int) -> str:
        fact = self._reader.fact(number)
        return fact_text(fact) if fact else self._reader.elided(number)[:SUMMARY_LIMIT]

    def _frame(self, number: int) -> str:
        return self._summarize(self._reader.kind(number), self._reader.elided(number))

    def _audio(self, number: int, run: Run | None, trait: Trait) -> str:
        """`‹mic 20 ms ×41 · 820 ms · -18 dB›`: the frame's length, how many, all of them."""
        reader = self._reader
        span = reader.header(number).audio
        size = span.size if span else reader.size(number) * 3 // 4
        name = "mic" if trait is Trait.MIC else "agent"
        each = self._length(number, size, trait) or bytes_text(size)
        parts = [f"{name} {each}" + (f" ×{run.count}" if run else "")]
        if run:
            total = size * run.count
            if run.bytes != reader.size(number) * run.count:  # frames of several lengths
                total = self._unwrapped(number, size, run)
            parts.append(self._length(number, total, trait) or bytes_text(total))
        level = reader.level(run.last if run else number)
        if level is not None:
            parts.append(f"{level} dB")
        text = f"‹{' · '.join(parts)}›"
        return text if trait is Trait.MIC else f"{text} {self._frame(number)}"

    def _unwrapped(self, number: int, size: int, run: Run) -> int:
        """Bytes of audio in a run whose first frame carries `size`."""
        # Base64 takes 4 bytes for 3; what else is in a frame is the same in each of a run.
        around = self._reader.size(number) - (size + 2) // 3 * 4
        return (run.bytes - around * run.count) * 3 // 4

    def _length(self, number: int, size: int, trait: Trait) -> str:
        found = self._formats.of(number, self._reader.direction(number))
        ms = found.milliseconds(size) if found else 0.0
        return duration_text(ms) if ms else ""
