"""The rows of detail: wrapped, folded, and which one the reader is at.

Knows rows of text and trees; no journal, no painting.
"""

from collections.abc import Callable, Sequence

from tui.analysis.json_tree import TreeLine
from tui.widgets.frame_text import Row
from tui.widgets.paint import wrap

Lay = Callable[[set[str], int], list[Row]]
"""Gives the rows, for the paths that are folded and a width in cells."""


class DetailText:
    def __init__(self) -> None:
        self.lines: list[Row] = []
        self.rows: list[tuple[str, int]] = []
        """Wrapped rows, and the line that each is of."""
        self.at = 0
        """The row that the reader is at."""
        self.folded: set[str] = set()
        """By path, so that the next frame of the same kind is folded alike."""

    def lay_out(self, lay: Lay | None, width: int) -> None:
        """None: nothing to show."""
        self.lines = lay(self.folded, width) if lay else []
        self.rows = [
            (text, line) for line, row in enumerate(self.lines) for text in _wrap(row, width)
        ]
        self.move(0)

    def text(self) -> str:
        return "\n".join(row.text for row in self.lines)

    def of(self, row: int) -> tuple[str, Row, bool]:
        """Text, the line that it is of, and whether it is the first row of it."""
        text, line = self.rows[row]
        return text, self.lines[line], row == 0 or self.rows[row - 1][1] != line

    @property
    def pointed(self) -> Row | None:
        return self.lines[self.rows[self.at][1]] if self.rows else None

    @property
    def _line(self) -> TreeLine | None:
        return self.pointed.line if self.pointed else None

    def is_folded(self, row: Row) -> bool:
        return row.line is not None and row.line.path in self.folded

    def move(self, rows: int) -> None:
        self.at = max(min(self.at + rows, len(self.rows) - 1), 0)

    def fold(self) -> None:
        """What the row opens; where that is folded or nothing, go to what it is inside of."""
        line = self._line
        if line is None:
            return
        if line.opens and line.path not in self.folded:
            self.folded.add(line.path)
        else:
            above = range(self.at, -1, -1)
            self.at = next((at for at in above if self._is_parent(at, line.depth)), self.at)

    def _is_parent(self, at: int, depth: int) -> bool:
        line = self.lines[self.rows[at][1]].line
        return line is not None and line.opens and line.depth < depth

    def unfold(self) -> None:
        if self._line is not None:
            self.folded.discard(self._line.path)

    def toggle(self) -> None:
        if self._line is not None and self._line.opens:
            self.folded ^= {self._line.path}

    def fold_all(self) -> None:
        """All but the outermost."""
        lines: Sequence[TreeLine | None] = [row.line for row in self.lines]
        self.folded |= {line.path for line in lines if line and line.opens and line.depth}

    def unfold_all(self) -> None:
        self.folded.clear()


def _wrap(row: Row, width: int) -> list[str]:
    """Wrapped rows of one line, the later ones under the line's own text."""
    bare = row.text.lstrip(" ")
    margin = " " * min(len(row.text) - len(bare), width // 2)
    return [margin + text for text in wrap(bare, width - len(margin))]
