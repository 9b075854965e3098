"""Where the columns of an event's row stand, and which style each has. No text is made here."""

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
    columns: Columns, width: int, *, pointed: bool, gap: bool, sideways: int
) -> list[Span]:
    """(text, style) of one row: at most three styles, because each costs bytes on a slow line."""
    between = f" {columns.gap:>7}" if gap and width >= WIDE else ""
    head = f"{'▌' if pointed else ' '}{columns.time}{between} {columns.arrow}"
    mark = "!" if columns.trait is Trait.ERROR else " "
    name = mark + fit(columns.kind, 25 if width >= WIDE else 19)
    rest = f"{columns.size:>7}  " if width >= NARROW else " "
    rest += drop_cells(columns.summary, sideways)
    room = max(width - cell_len(head) - cell_len(name), 0)
    if pointed:
        return [(head + name + fit(rest, room), "pointed")]
    tail = "dim" if columns.trait in QUIET else "text"
    return [(head, "dim"), (name, _kind_style(columns.trait)), (fit(rest, room), tail)]


def _kind_style(trait: Trait) -> str:
    match trait:
        case Trait.TALK:
            return "strong"
        case Trait.ERROR:
            return "alert"
        case Trait.PLAIN:
            return "accent"
        case _:
            return "dim"
