"""The texts of a slice of the journal, as one piece of the file and line by line.

Knows the index and the line format; not what is looked for. A few lines are read one by one: the
piece is read when it is first asked for.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader
from tui.journal.record import HEADER, decode_payload

_INLINE = b',"a":[-2,'
_PLAIN = b',"f":'
_STRING = b',"x":'
LONGEST_HEADER = 600
MANY = 8
"""One line in so many: the whole piece is then looked at instead."""
_CASE = 0x20
"""The bit in which ASCII's small letters differ from its large ones."""


class SliceLines:
    """Lines of the records `first..end`, which lie in one block of the index."""

    def __init__(self, reader: JournalReader, first: int, end: int) -> None:
        self._reader = reader
        self._first = first
        self._end = end

    def read(self) -> None:
        """All of them at once."""
        self.data  # noqa: B018

    @cached_property
    def data(self) -> bytes:
        return self._reader.lines(self._first, self._end)

    @cached_property
    def folded(self) -> bytearray:
        """`data` with the bit of case set in each byte, which keeps every place where it was: a
        text that is in `data`, in small or large, is in it when its own bits are set. Ten times
        as fast as `lower`; what is found is to be looked at again."""
        folded = bytearray(len(self.data))
        np.bitwise_or(
            np.frombuffer(self.data, np.uint8), _CASE, out=np.frombuffer(folded, np.uint8)
        )
        return folded

    @cached_property
    def _offsets(self) -> "array[int]":
        return self._reader.index.offsets.slice(self._first, self._end)

    @cached_property
    def _has_inline(self) -> bool:
        return _INLINE in self.data

    def have_inline(self, places: Sequence[int]) -> bool:
        """Whether audio may be in one of these texts, where nothing is to be found."""
        if len(places) * MANY > len(self._offsets):
            return self._has_inline
        return any(_INLINE in self._line(place)[:LONGEST_HEADER] for place in places)

    def places(self, positions: list[int]) -> npt.NDArray[np.intp]:
        """The records in whose lines these bytes of `data` are."""
        starts = np.frombuffer(self._offsets, np.uint64) - self._offsets[0]
        return np.searchsorted(starts, np.array(positions, np.uint64), side="right") - 1

    def body(self, position: int) -> int:
        """Where the payload begins of the line in which a byte of `data` is."""
        begin, end = self.data.rfind(b"\n", 0, position) + 1, self.data.find(b"\n", position)
        body = self.data.find(_PLAIN, begin, end)
        return max(body if body >= 0 else self.data.find(_STRING, begin, end), begin)

    def _line(self, place: int) -> bytes:
        """From what was read or from the file."""
        if "data" not in self.__dict__:
            return self._reader.lines(self._first + place, self._first + place + 1)
        offsets = self._offsets
        end = offsets[place + 1] - offsets[0] if place + 1 < len(offsets) else len(self.data)
        return self.data[offsets[place] - offsets[0] : end]

    def payload(self, place: int) -> str:
        """The record's own text, its audio left out."""
        line = self._line(place)
        found = HEADER.match(line)
        if found is None or self._is_unreadable(place):
            return line.decode(errors="replace").rstrip("\n")
        if _INLINE in line[: found.end()]:
            return self._reader.elided(self._first + place)
        return decode_payload(line, found)

    def plain(self, places: Iterable[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
        """The beginnings of texts as they stand in their lines, where each byte is a character:
        `payload` in a tenth of the time. None for those that have to be decoded."""
        data, offsets = self.data, self._offsets
        first, last, find = offsets[0], len(offsets) - 1, self.data.find
        all_plain = not self._has_inline and data.isascii()
        odd = self._unreadable
        for place in places:
            begin = offsets[place] - first
            end = offsets[place + 1] - first if place < last else len(data)
            body = find(_PLAIN, begin, end) + len(_PLAIN)
            text = data[body : min(end - 2, body + limit)]
            if body < begin + len(_PLAIN) or (odd and self._is_unreadable(place)):
                yield place, None
            elif all_plain or (text.isascii() and data.find(_INLINE, begin, body) < 0):
                yield place, text
            else:
                yield place, None

    def _is_unreadable(self, place: int) -> bool:
        return self._reader.index.kinds[self._first + place] in self._unreadable

    @cached_property
    def _unreadable(self) -> frozenset[int]:
        names = enumerate(self._reader.kind_names, 1)
        return frozenset(kind for kind, name in names if name == UNREADABLE)
