"""Text in cells: fitting, wrapping. Knows no widget and no theme.

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


def turn_text(turn: int) -> str:
    """`#7  `: the number of a turn, in four cells or as many as it takes."""
    return f"#{turn:<3}"


@lru_cache(maxsize=64)
def thumb(total: int, top: int, height: int) -> range:
    """Which of `height` rows the scrollbar's thumb covers; empty when all is in view."""
    if total <= height or height <= 0:
        return range(0)
    length = max(height * height // total, 1)
    last = total - height
    start = round(min(top, last) / last * (height - length))
    return range(start, start + length)
