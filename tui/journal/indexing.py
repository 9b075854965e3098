"""Takes lines of a journal into its index.

Knows the line format and the index's columns; no file. Whole chunks are taken column by column,
which is twice as fast as line by line; a chunk with a line that is no record is taken slowly.
"""

import re
from collections.abc import Sequence

from tui.journal.index import Index
from tui.journal.record import HEADER, Direction, decode_kind

UNREADABLE = "unreadable"
"""The kind of a line that is no record: a line that a full disk cut in two."""
NO_LEVEL = 127
DIRECTIONS = tuple(Direction)
"""By their number in the index."""
OTHER = "other"
"""The kind of all that come after `MOST_KINDS`: a server may invent names without end."""
MOST_KINDS = 65_000
_DIRECTION_IDS = {ord(d.value): n for n, d in enumerate(DIRECTIONS)}
_BETWEEN = b'","k":"'
_LINES = re.compile(
    rb'(?:\{"n":\d{1,18},"t":(\d{1,18}),"d":"'
    rb'([<>.]","k":"[ !#-\[\]-~]*(?:\\[ -~][ !#-\[\]-~]*)*)"'
    rb',"s":(\d{1,9}),"u":(\d{1,9})(?:,"l":(-?\d{1,3}))?'
    rb'(?:,"a":\[-?\d{1,18},\d{1,9},\d{1,9}\])?(?:,"r":1)?,"[fx]":[^\n]*\}|[^\n]*)\n'
)
"""Every line of a chunk, with what the index takes of its header: `HEADER`'s groups 2 to 7. A line
that is no record has none of them. Direction and kind are one group: one look-up tells both."""


class Indexing:
    """An index and the names of its kinds; `take` makes it grow."""

    def __init__(self) -> None:
        self.index = Index()
        self.kind_names: list[str] = []
        """Kinds by their number in the index, which begin at 1: `kind_names[id - 1]`. A number is
        of one direction: a name that both sides use has two."""
        self._kind_ids: dict[bytes, int] = {}

    def take(self, chunk: bytes, begin: int) -> None:
        """Whole lines, which lie at `begin` of the file."""
        lines: list[tuple[bytes, ...]] = _LINES.findall(chunk)
        if any(not line[0] for line in lines):
            self._take_slowly(chunk, begin)
            return
        index, ids = self.index, self._kind_ids
        times, kinds, sizes, turns, levels = zip(*lines, strict=True)
        index.offsets.extend(_line_starts(chunk, begin))
        index.times.extend(list(map(int, times)))
        index.sizes.extend(list(map(int, sizes)))
        index.turns.extend(list(map(int, turns)))
        for kind in set(kinds) - ids.keys():
            self._kind_id(kind)
        index.kinds.extend([ids.get(kind) or self._kind_id(kind) for kind in kinds])
        index.directions.extend([_DIRECTION_IDS[kind[0]] for kind in kinds])
        index.levels.extend([_bounded(level) if level else NO_LEVEL for level in levels])

    def _take_slowly(self, chunk: bytes, begin: int) -> None:
        """The same line by line, where one of them is no record."""
        position = 0
        match, index = HEADER.match, self.index
        while position < len(chunk):
            end = chunk.index(b"\n", position) + 1
            if end - position == 1:  # where a writer was not sure that a line had ended
                position = end
                continue
            whole = chunk.endswith(b"}\n", position, end)
            found = match(chunk, position, end) if whole else None
            index.offsets.append(begin + position)
            if found:
                time_ns, direction, kind, size, turn, level = found.group(2, 3, 4, 5, 6, 7)
                index.times.append(int(time_ns))
                index.sizes.append(int(size))
                index.turns.append(int(turn))
                index.kinds.append(self._kind_id(direction + _BETWEEN + kind))
                index.directions.append(_DIRECTION_IDS[direction[0]])
                index.levels.append(_bounded(level) if level else NO_LEVEL)
            else:
                self._take_unreadable(end - position)
            position = end

    def _take_unreadable(self, length: int) -> None:
        index = self.index
        known = len(index)
        index.times.append(index.times[-1] if known else 0)
        index.sizes.append(length)
        index.turns.append(index.turns[-1] if known else 0)
        index.kinds.append(self._kind_id(b"." + _BETWEEN + UNREADABLE.encode()))
        index.directions.append(DIRECTIONS.index(Direction.FACT))
        index.levels.append(NO_LEVEL)

    def _kind_id(self, raw: bytes) -> int:
        """A number for a direction and a kind; numbers begin at 1 so that `get(...) or` is enough
        to look one up."""
        if raw not in self._kind_ids:
            if len(self.kind_names) >= MOST_KINDS:
                raw = raw[:1] + _BETWEEN + OTHER.encode()
                if raw in self._kind_ids:
                    return self._kind_ids[raw]
            self.kind_names.append(decode_kind(raw[1 + len(_BETWEEN) :]))
            self._kind_ids[raw] = len(self.kind_names)
        return self._kind_ids[raw]


def _line_starts(chunk: bytes, begin: int) -> Sequence[int]:
    starts, position, find = [], 0, chunk.find
    while position < len(chunk):
        starts.append(begin + position)
        position = find(b"\n", position) + 1
    return starts


def _bounded(level: bytes) -> int:
    return min(max(int(level), -NO_LEVEL), NO_LEVEL - 1)
