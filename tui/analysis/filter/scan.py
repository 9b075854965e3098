"""A slice of the journal as a filter looks at it: columns as arrays, texts as one piece of file.

Knows the index; not what is asked of it. A slice lies in one block of the
index. What it gives are views of the index: they stay true while the journal grows.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tui.analysis.filter.lines import SliceLines
from tui.analysis.records.categories import TELLING, Categories, Gaps
from tui.journal.index import BLOCK, Column
from tui.journal.indexing import NO_LEVEL
from tui.journal.reader import JournalReader

Mask = npt.NDArray[np.bool_]
FEW = 64
"""One record in so many: they are then read one by one instead of the whole slice."""


class Finder(Protocol):
    """Something that is looked for in texts."""

    def within(self, text: bytes) -> bool:
        """Whether it is in one text."""
        ...

    def over(self, lines: SliceLines) -> Callable[[int], int]:
        """Says where it is in the lines of a slice, from a place on; -1 for nowhere."""
        ...


class Scan:
    """Records `first..end` of a journal."""

    def __init__(self, reader: JournalReader, categories: Categories, first: int, end: int) -> None:
        self.reader = reader
        self.categories = categories
        self.first = first
        self.end = end

    def __len__(self) -> int:
        return self.end - self.first

    def column(self, column: Column) -> npt.NDArray[Any]:
        """The slice of a column, not copied."""
        block = column.blocks[self.first // BLOCK]
        at = self.first % BLOCK
        return np.frombuffer(block, dtype=block.typecode)[at : at + len(self)]

    @cached_property
    def gaps_ns(self) -> npt.NDArray[np.int64]:
        """As `Gaps.of` has them."""
        gaps = Gaps(self.reader, self.categories)
        times = self.column(self.reader.index.times).astype(np.int64)
        sorts = self.sorts
        streams = np.empty(len(self), dtype=np.int32)
        for sort in np.unique(sorts).tolist():
            here = sorts == sort
            streams[here] = gaps.stream(self.first + int(here.argmax()))
        found = np.zeros(len(self), dtype=np.int64)
        for stream in np.unique(streams).tolist():
            (places,) = np.nonzero((streams == stream) | (streams == TELLING))
            before = times[places[0]] - gaps.of(self.first + int(places[0]))
            own = streams[places] == stream
            found[places[own]] = np.diff(times[places], prepend=before)[own]
        return found

    @cached_property
    def sorts(self) -> npt.NDArray[np.int32]:
        """As `Categories.sort`."""
        index = self.reader.index
        kinds = self.column(index.kinds).astype(np.int32)
        levels: npt.NDArray[np.bool_] = self.column(index.levels) != NO_LEVEL
        return kinds * 2 + levels

    def every(self, truth: bool = True) -> Mask:
        return np.full(len(self), truth)

    def by_kind(self, true: Callable[[str], bool]) -> Mask:
        """The records whose kind's name passes; each name is asked about once."""
        kinds = self.column(self.reader.index.kinds)
        passes = np.array([False, *map(true, self.reader.kind_names)])
        found: Mask = passes[kinds]
        return found

    def numbers(self, mask: Mask) -> Iterator[int]:
        """Places in this slice that are set."""
        return iter(np.flatnonzero(mask).tolist())

    # ── Texts ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def lines(self) -> SliceLines:
        return SliceLines(self.reader, self.first, self.end)

    def lines_of(self, among: Mask) -> SliceLines:
        """The texts of `among`, which are going to be read: at once where they are many."""
        if not self.are_few(among):
            self.lines.read()
        return self.lines

    def are_few(self, among: Mask) -> bool:
        """So that their lines are better read one by one."""
        return int(among.sum()) * FEW <= len(self)

    def where(self, finder: Finder, among: Mask, *, anywhere: bool) -> Mask:
        """The records of `among` in whose text or kind `finder` finds something.

        `anywhere`: what it looks for is in no header but in the kind's name, so a hit in the line
        is one.
        """
        found = self.by_kind(lambda kind: finder.within(_raw(kind))) & among
        left = among & ~found
        if not left.any():
            return found
        few = self.are_few(left)
        places = list(self.numbers(left)) if few else self._hits(finder, anywhere)
        if few or self.lines.have_inline(places):
            places = [n for n in places if finder.within(_raw(self.lines.payload(n)))]
        found[places] = True
        return found & among

    def _hits(self, finder: Finder, anywhere: bool) -> list[int]:
        """Places of lines in which there is a hit, behind the header unless `anywhere`."""
        lines = self.lines
        following, newline = finder.over(lines), lines.data.find
        hits: list[int] = []
        position = following(0)
        while position >= 0:
            if not anywhere and position < (body := lines.body(position)):
                position = following(body)
                continue
            hits.append(position)
            position = following(newline(b"\n", position) + 1)
        places: list[int] = lines.places(hits).tolist()
        return places


def _raw(text: str) -> bytes:
    return text.encode(errors="replace")
