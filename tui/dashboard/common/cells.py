"""Text in cells: fitting, wrapping, numbers for people. Knows no widget and no theme.

All text that comes in here is clean already (`tui.sanitize`): nothing here looks for escapes.
"""

from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len, set_cell_size, split_graphemes

from tui.journal.record import Direction

ARROWS = {Direction.RECEIVED: "←", Direction.SENT: "→", Direction.FACT: "·"}


def crop(text: str, width: int) -> str:
    """`text` in `width` cells at most, with an ellipsis where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"[:width]


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells."""
    return set_cell_size(crop(text, width), max(width, 0))


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken between words where that is possible."""
    width = max(width, 1)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_words(paragraph, width))
    return lines


def _wrap_words(text: str, width: int) -> Iterator[str]:
    while len(text) > width or cell_len(text) > width:
        cut = cells_prefix(text, width)
        space = text.rfind(" ", 0, cut + 1)
        if space <= 0:
            yield text[:cut]
            text = text[cut:]
        else:
            yield text[:space]
            text = text[space + 1 :]
    yield text


def cells_prefix(text: str, width: int) -> int:
    """How many characters of `text` fit in `width` cells; 1 at least, so that loops end."""
    if text[:width].isascii():
        return max(min(width, len(text)), 1)
    head = text[: width * 4 + 16]
    used = 0
    for first, _, cells in split_graphemes(head)[0]:  # a joined emoji is not cut in two
        used += cells
        if used > width:
            return max(first, 1)
    return max(len(head), 1)


def drop_cells(text: str, count: int) -> str:
    """`text` without its first `count` cells: how a row is scrolled sideways."""
    if count <= 0:
        return text
    return text[count:] if text.isascii() else text[cells_prefix(text, count) :]


def size_text(size: int) -> str:
    """`62`, `3.2k`, `64.0k`, `1.2M`, `1.9G`."""
    if size < 1000:
        return str(size)
    value, units = size / 1000, "kMG"
    while value >= 999.95 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f}{units[0]}"


def bytes_text(size: int) -> str:
    """`812 B`, `3.2 kB`, `1.2 MB`."""
    short = size_text(size)
    return f"{short[:-1]} {short[-1]}B" if short[-1] in "kMG" else f"{short} B"


def duration_text(ms: float) -> str:
    """`640 ms`, `4.1 s`."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def wait_text(ms: float) -> str:
    """`712 ms`, `3,425 ms`, `63.3 s`: how long somebody waited, to the millisecond up to 10 s."""
    return f"{ms:,.0f} ms" if ms < 10_000 else f"{ms / 1000:.1f} s"


def turn_text(turn: int) -> str:
    """`#7  `: the number of a turn, in four cells or as many as it takes."""
    return f"#{turn:<3}"


def minutes_text(ns: int) -> str:
    """`00:42`, `1:02:03`."""
    seconds = max(ns, 0) // 1_000_000_000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


@lru_cache(maxsize=64)
def thumb(total: int, top: int, height: int) -> range:
    """Which of `height` rows the scrollbar's thumb covers; empty when all is in view."""
    if total <= height or height <= 0:
        return range(0)
    length = max(height * height // total, 1)
    last = total - height
    start = round(min(top, last) / last * (height - length))
    return range(start, start + length)
