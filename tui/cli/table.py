"""Rows of a table on standard output, by the cells that a terminal gives to characters."""

from collections.abc import Collection, Iterable

from rich.cells import cell_len, set_cell_size

from tui.sanitize import sanitize

LONGEST = 200


def table_row(cells: Iterable[str], widths: Iterable[int], right: Collection[int] = ()) -> str:
    """`widths` in cells of the terminal, 0: as long as it is; `right`: columns of figures."""
    shown = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = sanitize(cell, LONGEST)
        if width and place in right:
            text = " " * (width - cell_len(text)) + text
        elif width:
            text = set_cell_size(text, width)
        shown.append(text)
    return "  ".join(shown).rstrip()
