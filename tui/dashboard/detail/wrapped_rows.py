"""The rows of detail: wrapped, folded, and which one the reader is at.

Knows rows of text and trees; no journal, no painting.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from tui.analysis.records.json_tree import TreeLine
from tui.dashboard.common.cells import wrap
from tui.dashboard.detail.frame_text import Folds, Row

Lay = Callable[[Folds, int], list[Row]]
"""Gives the rows, for what is folded and a width in cells."""


class WrappedRows:
    def __init__(self) -> None:
        self.lines: list[Row] = []
        self.rows: list[tuple[str, int]] = []
        """Wrapped rows, and the line that each is of."""
        self.at = 0
        """The row that the reader is at."""
        self._folds = Folds()

    def lay_out(self, lay: Lay | None, width: int) -> None:
        """None: nothing to show."""
        self.lines = lay(self._folds, width) if lay else []
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

    def texts(self) -> Iterator[tuple[int, list[str]]]:
        """Of each line its first row, and the text of each of its rows."""
        at = 0
        for _, rows in groupby(self.rows, key=itemgetter(1)):
            texts = [text for text, _ in rows]
            yield at, texts
            at += len(texts)

    @property
    def pointed(self) -> Row | None:
        return self.lines[self.rows[self.at][1]] if self.rows else None

    @property
    def _line(self) -> TreeLine | None:
        return self.pointed.line if self.pointed else None

    def is_folded(self, row: Row) -> bool:
        return row.line is not None and self._folds.closed(row.line)

    def move(self, rows: int) -> None:
        self.at = max(min(self.at + rows, len(self.rows) - 1), 0)

    def fold(self) -> None:
        """What the row opens; where that is folded or nothing, go to what it is inside of."""
        line = self._line
        if line is None:
            return
        if line.opens and not self._folds.closed(line):
            self._folds.close([line])
        else:
            above = range(self.at, -1, -1)
            self.at = next((at for at in above if self._is_parent(at, line.depth)), self.at)

    def _is_parent(self, at: int, depth: int) -> bool:
        line = self.lines[self.rows[at][1]].line
        return line is not None and line.opens and line.depth < depth

    def unfold(self) -> None:
        if self._line is not None:
            self._folds.open([self._line])

    def toggle(self) -> None:
        if self._line is not None:
            change = self._folds.open if self._folds.closed(self._line) else self._folds.close
            change([self._line])

    def fold_all(self) -> None:
        """All but the outermost."""
        self._folds.close(line for line in self._trees if line.depth)

    def unfold_all(self) -> None:
        """All that there is a row for; what was inside of it may need another call."""
        self._folds.open(self._trees)

    @property
    def _trees(self) -> Iterator[TreeLine]:
        return (row.line for row in self.lines if row.line is not None)


def _wrap(row: Row, width: int) -> list[str]:
    """Wrapped rows of one line, the later ones under the line's own text."""
    bare = row.text.lstrip(" ")
    margin = " " * min(len(row.text) - len(bare), width // 2)
    return [margin + text for text in wrap(bare, width - len(margin))]
