"""Records of the same kind, found in the index's arrays.

Knows the index; no text, no view.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from tui.journal.index import BLOCK
from tui.journal.reader import JournalReader


def same_kind(reader: JournalReader, number: int, step: int, records: int) -> Iterator[int]:
    """Records of the same kind, the nearest first; arrays do the looking."""
    kinds = reader.index.kinds
    kind = kinds[number]
    while True:
        found = _next_kind(kinds.blocks, kind, number, step, records)
        if found is None:
            return
        number = found
        yield number


def _next_kind(
    blocks: list[array[int]], kind: int, number: int, step: int, records: int
) -> int | None:
    at = number + step
    while 0 <= at < records:
        block, inside = divmod(at, BLOCK)
        first = block * BLOCK
        try:
            if step > 0:
                found = first + blocks[block].index(kind, inside)
                return found if found < records else None
            return at - blocks[block][: inside + 1][::-1].index(kind)
        except ValueError:
            at = first + BLOCK if step > 0 else first - 1
    return None
