"""Where the columns of an event's row stand, and which style each has. No text is made here."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.cells import cell_len

from tui.widgets.event_row import Columns
from tui.widgets.event_rows import QUIET, Trait
from tui.widgets.paint import drop_cells, fit

WIDE = 90
"""From this width on there is a column for the gap, and room for longer kinds."""
NARROW = 60
"""Below this width the size column goes."""
Span = tuple[str, str]


def event_spans(
    columns: Columns,
    width: int,
    *,
    pointed: bool,
    gap: bool,
    sideways: int,
    marked: bool = False,
) -> list[Span]:
    """(text, style) of one row: at most three styles, because each costs bytes on a slow line."""
    between = f" {columns.gap:>7}" if gap and width >= WIDE else ""
    edge = "▌" if pointed else "┌" if columns.begins_turn else " "
    head = f"{edge}{columns.time}{between}{'◆' if marked else ' '}{columns.arrow}"
    mark, style = ("!", "alert") if columns.wrong else (" ", _kind_style(columns.trait))
    name = mark + fit(columns.kind, 25 if width >= WIDE else 19)
    rest = f"{columns.size:>7}  " if width >= NARROW else " "
    rest += drop_cells(columns.summary, sideways)
    room = max(width - cell_len(head) - cell_len(name), 0)
    if pointed:
        return [(head + name + fit(rest, room), "pointed")]
    tail = "dim" if columns.trait in QUIET else "text"
    return [(head, "dim"), (name, style), (fit(rest, room), tail)]


def light(spans: Sequence[Span], lights: Iterable[tuple[int, int]], style: str) -> list[Span]:
    """`spans` with the characters of `lights`, counted over all of them, in `style`."""
    text = "".join(part for part, _ in spans)
    styles = [name for part, name in spans for _ in part]
    for begin, end in lights:
        styles[begin:end] = [style] * (min(end, len(styles)) - begin)
    cuts = [n for n in range(1, len(text)) if styles[n] != styles[n - 1]]
    edges = [0, *cuts, len(text)]
    return [(text[a:b], styles[a]) for a, b in pairwise(edges) if b > a]


def _kind_style(trait: Trait) -> str:
    match trait:
        case Trait.TALK:
            return "strong"
        case Trait.PLAIN | Trait.TOOL:
            return "accent"
        case _:
            return "dim"
