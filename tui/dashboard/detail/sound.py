"""The sound of the record that detail shows: which records it goes over, and its drawing.

Knows the journal's columns and who can decode sound; no widget.
"""

from collections.abc import Iterator, Sequence

from tui.analysis.formats import FormatFold
from tui.analysis.units import duration_text
from tui.backend.base import Sounds
from tui.errors import BackendError
from tui.events import AudioFormat, Encoding
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

Peaks = Sequence[tuple[float, float]]
"""Lowest and highest sample of each column of dots, -1.0 to 1.0."""

COLUMNS = 2
"""Of dots in a cell."""
LEVELS = 4
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800
GAINS = (1, 2, 4, 8, 16, 32)


def gain_of(peaks: Peaks) -> int:
    """How much larger it can be drawn, so that quiet speech is more than a line."""
    loudest = max((max(-low, high) for low, high in peaks), default=0.0)
    return max((gain for gain in GAINS if gain * loudest <= 1.0), default=1)


def wave_rows(peaks: Peaks, rows: int, gain: int = 1) -> list[str]:
    """`rows` lines of text, the loudest up at the top."""
    height = rows * LEVELS
    grid = [[0] * ((len(peaks) + 1) // COLUMNS) for _ in range(rows)]
    for column, (low, high) in enumerate(peaks):
        top, bottom = _level(high * gain, height), _level(low * gain, height)
        for dot in range(top, bottom + 1):
            cell = grid[dot // LEVELS]
            cell[column // COLUMNS] |= _DOTS[column % COLUMNS][dot % LEVELS]
    return ["".join(chr(_BLANK + cell) for cell in row) for row in grid]


def _level(sample: float, height: int) -> int:
    """Dots from the top."""
    return min(max(int((1.0 - sample) / 2 * height), 0), height - 1)


MOST_DRAWN = 200
"""Frames of a folded row that are drawn together."""
MOST_OF_TURN = 4000


class DetailSound:
    def __init__(self, sounds: Sounds | None) -> None:
        self._sounds = sounds
        self._reader: JournalReader | None = None
        self._number = 0
        self._count = 0
        self._formats = FormatFold()

    def point(self, reader: JournalReader, number: int, count: int, formats: FormatFold) -> None:
        """At record `number`, the first of `count` of its kind."""
        self._reader, self._number, self._count = reader, number, count
        self._formats = formats

    @property
    def wire(self) -> AudioFormat | None:
        """What the record's conversation agreed on, in its direction."""
        if self._reader is None:
            return None
        return self._formats.of(self._number, self._reader.direction(self._number))

    @property
    def agent_wire(self) -> AudioFormat | None:
        """What it agreed on for the agent."""
        return self._formats.of(self._number, Direction.RECEIVED)

    @property
    def numbers(self) -> list[int]:
        """The records whose sound the row stands for; none where it has no sound."""
        reader = self._reader
        if reader is None or not self._sounds_at(reader, self._number):
            return []
        return list(self._same_kind(reader))

    @property
    def turn(self) -> list[int]:
        """The agent's sound of the turn that the record belongs to."""
        reader = self._reader
        if reader is None:
            return []
        wanted, first, last = reader.turn(self._number), self._number, self._number
        while first > 0 and reader.turn(first - 1) == wanted:
            first -= 1
        while last + 1 < len(reader) and reader.turn(last + 1) == wanted:
            last += 1
        said = (
            number
            for number in range(first, last + 1)
            if reader.direction(number) is Direction.RECEIVED and self._sounds_at(reader, number)
        )
        return [number for number, _ in zip(said, range(MOST_OF_TURN), strict=False)]

    def rows(self, width: int, rows: int) -> list[str]:
        """The waveform and a line about it; nothing for a record without sound."""
        numbers = self.numbers
        if not numbers or self._sounds is None or self.wire is None:
            return []
        try:
            shape = self._sounds.shape(numbers, self.wire, width * COLUMNS)
        except BackendError as error:
            return [str(error)]
        gain = gain_of(shape.columns)
        larger = f" · drawn ×{gain}" if gain > 1 else ""
        level = "silence" if shape.dbfs <= -119 else f"{shape.dbfs:.0f} dBFS"
        caption = f"{shape.format} · {duration_text(shape.ms)} · {level}{larger}"
        return [*wave_rows(shape.columns, rows, gain), caption]

    def _sounds_at(self, reader: JournalReader, number: int) -> bool:
        """A record without a level has sound where nobody could decode it when it came."""
        if reader.level(number) is not None:
            return True
        wire = self._formats.of(number, reader.direction(number))
        mp3 = wire is not None and wire.encoding is Encoding.MP3
        return mp3 and reader.header(number).audio is not None

    def _same_kind(self, reader: JournalReader) -> Iterator[int]:
        kind, direction = reader.kind(self._number), reader.direction(self._number)
        left = min(self._count, MOST_DRAWN)
        number = self._number
        while left and number < len(reader):
            if reader.kind(number) == kind and reader.direction(number) is direction:
                left -= 1
                yield number
            number += 1
