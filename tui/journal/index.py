"""The journal's index in memory: what is known of each record without reading the file.

Knows columns of numbers; no file, no line format. A column is a list of blocks that never change
their size: a filter can lay an array over one (`np.frombuffer`) while the journal goes on growing.
"""

from array import array
from collections.abc import Sequence

BLOCK = 1 << 16
"""Records in a block."""
_MASK = BLOCK - 1
_SHIFT = 16


class Column:
    """Numbers by record. `typecode` is `array`'s."""

    __slots__ = ("_typecode", "blocks", "count")

    def __init__(self, typecode: str) -> None:
        self._typecode = typecode
        self.blocks: list[array[int]] = []
        """All of them `BLOCK` long; what lies behind `count` means nothing."""
        self.count = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> int:
        if number < 0:
            number += self.count
        if not 0 <= number < self.count:
            raise IndexError(number)
        return self.blocks[number >> _SHIFT][number & _MASK]

    def append(self, value: int) -> None:
        at = self.count & _MASK
        if not at:
            self._add_block()
        self.blocks[-1][at] = value
        self.count += 1

    def extend(self, values: Sequence[int]) -> None:
        new = array(self._typecode, values)
        done = 0
        while done < len(new):
            at = self.count & _MASK
            if not at:
                self._add_block()
            part = new[done : done + BLOCK - at]
            self.blocks[-1][at : at + len(part)] = part
            self.count += len(part)
            done += len(part)

    def slice(self, first: int, end: int) -> "array[int]":
        """A copy of the values of records `first..end`, which lie in one block."""
        block = self.blocks[first >> _SHIFT]
        at = first & _MASK
        return block[at : at + end - first]

    def _add_block(self) -> None:
        empty = array(self._typecode, [0])
        self.blocks.append(empty * BLOCK)

    @property
    def bytes(self) -> int:
        return sum(block.itemsize * len(block) for block in self.blocks)


class Index:
    """The columns of one journal, 28 bytes a record. Times are monotonic ns."""

    __slots__ = ("directions", "kinds", "levels", "offsets", "sizes", "times", "turns")

    def __init__(self) -> None:
        self.offsets = Column("Q")
        """Where the record's line begins; it ends where the next one's does."""
        self.times = Column("Q")
        self.sizes = Column("I")
        self.turns = Column("I")
        self.kinds = Column("H")
        self.directions = Column("B")
        self.levels = Column("b")

    def __len__(self) -> int:
        return self.levels.count  # the one that is filled last

    def row(self, number: int) -> tuple[int, int, int, int, int, int]:
        """Time, size, turn, kind, direction and level of a record that is there."""
        block, at = number >> _SHIFT, number & _MASK
        return (
            self.times.blocks[block][at],
            self.sizes.blocks[block][at],
            self.turns.blocks[block][at],
            self.kinds.blocks[block][at],
            self.directions.blocks[block][at],
            self.levels.blocks[block][at],
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        return (
            self.offsets,
            self.times,
            self.sizes,
            self.turns,
            self.kinds,
            self.directions,
            self.levels,
        )

    @property
    def bytes(self) -> int:
        return sum(column.bytes for column in self.columns)


def spans(first: int, end: int) -> list[tuple[int, int]]:
    """`first..end` cut where blocks end."""
    found = []
    while first < end:
        stop = min((first | _MASK) + 1, end)
        found.append((first, stop))
        first = stop
    return found
