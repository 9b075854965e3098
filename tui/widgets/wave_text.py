"""A waveform in cells: braille dots, two columns and four levels a cell.

Knows peaks and characters; no sound, no widget.
"""

from collections.abc import Sequence

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
