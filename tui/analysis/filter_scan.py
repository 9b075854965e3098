"""A slice of the journal as a filter looks at it: columns as arrays, texts as one piece of file.

Knows the index and the line format; not what is asked of them. A slice lies in one block of the
index. What it gives are views of the index: they stay true while the journal grows.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tui.analysis.filter_traits import Traits
from tui.journal.index import BLOCK, Column
from tui.journal.reader import UNREADABLE, JournalReader
from tui.journal.record import HEADER, decode_payload

Mask = npt.NDArray[np.bool_]
Find = Callable[[bytes, int], int]
"""Where a text is in bytes, from a place on; -1 for nowhere."""

_INLINE = b',"a":[-2,'
FEW = 64
"""One record in so many: they are then read one by one instead of the whole slice."""


class Scan:
    """Records `first..end` of a journal."""

    def __init__(self, reader: JournalReader, traits: Traits, first: int, end: int) -> None:
        self.reader = reader
        self.traits = traits
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
        """Time since the record before; 0 for the first of the journal."""
        times = self.column(self.reader.index.times).astype(np.int64)
        before = self.reader.time_ns(self.first - 1) if self.first else times[0]
        return np.diff(times, prepend=before)

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

    # ── Texts ───────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def data(self) -> bytes:
        return self.reader.lines(self.first, self.end)

    @cached_property
    def lowered(self) -> bytes:
        """ASCII letters only, which keeps every place where it was."""
        return self.data.lower()

    @cached_property
    def starts(self) -> "array[int]":
        """Where each line begins in `data`."""
        offsets = self.reader.index.offsets.slice(self.first, self.end)
        begin = offsets[0]
        return array("q", [offset - begin for offset in offsets])

    def line(self, place: int) -> bytes:
        """The line of the record at `place`, from what was read or from the file."""
        if "data" not in self.__dict__:
            return self.reader.lines(self.first + place, self.first + place + 1)
        begin = self.starts[place]
        end = self.starts[place + 1] if place + 1 < len(self) else len(self.data)
        return self.data[begin:end]

    def payload(self, place: int) -> str:
        """The record's own text, its audio left out."""
        line = self.line(place)
        found = HEADER.match(line)
        if found is None or self.reader.kind(self.first + place) == UNREADABLE:
            return line.decode(errors="replace").rstrip("\n")
        if _INLINE in line[: found.end()]:
            return self.reader.elided(self.first + place)
        return decode_payload(line, found)

    def where(self, find: Find, among: Mask, *, lower: bool, anywhere: bool) -> Mask:
        """The records of `among` in whose text or kind `find` finds something.

        `lower`: it looks for small letters. `anywhere`: what it looks for is in no header but in
        the kind's name, so a hit in the line is one.
        """
        found = self.by_kind(lambda kind: find(_raw(kind, lower), 0) >= 0) & among
        left = among & ~found
        count = int(left.sum())
        if not count:
            return found
        few = count * FEW <= len(self)
        places = list(self.numbers(left)) if few else self._hits(find, lower, anywhere)
        if few or _INLINE in self.data:
            places = [n for n in places if find(_raw(self.payload(n), lower), 0) >= 0]
        found[places] = True
        return found & among

    def _hits(self, find: Find, lower: bool, anywhere: bool) -> list[int]:
        """Places of lines in which there is a hit, behind the header unless `anywhere`."""
        data, starts = self.lowered if lower else self.data, self.starts
        hits: list[int] = []
        position = find(data, 0)
        while position >= 0:
            place = bisect_right(starts, position) - 1
            end = starts[place + 1] if place + 1 < len(starts) else len(data)
            if not anywhere and position < (body := _body(data, starts[place], end)):
                position = find(data, body)
                continue
            hits.append(place)
            if end == len(data):
                break
            position = find(data, end)
        return hits


def _body(data: bytes, begin: int, end: int) -> int:
    """Where the payload of a line begins."""
    body = data.find(b',"f":', begin, end)
    return max(body if body >= 0 else data.find(b',"x":', begin, end), begin)


def _raw(text: str, lower: bool) -> bytes:
    raw = text.encode(errors="replace")
    return raw.lower() if lower else raw
