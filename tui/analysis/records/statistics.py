"""What each kind of record amounts to: how many, how much, how often, with which gaps.

Knows the index; no text is read. Arrays do the counting, a kind at a time, so that a screen can
give way in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tui.journal.index import BLOCK, Column
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

BINS = 24
"""Parts of the call that the rate line has."""


class Gaps(NamedTuple):
    """Milliseconds between a record and the next one of its kind."""

    min: float
    median: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class KindStatistics:
    kind: str
    direction: Direction
    count: int
    bytes: int
    per_second: float
    """Over the whole call."""
    gaps: Gaps | None
    """None for a kind that came once."""
    rate: tuple[int, ...]
    """Records in each of `BINS` equal parts of the call."""


def statistics(reader: JournalReader, records: int) -> Iterator[KindStatistics]:
    """Each kind among the first `records`, in the order of their first."""
    index = reader.index
    kinds = _whole(index.kinds, records)
    times, sizes = _whole(index.times, records), _whole(index.sizes, records)
    # A damaged journal's times go to and fro.
    first = int(times.min())
    span = max(int(times.max()) - first, 1)
    found, begins = np.unique(kinds, return_index=True)
    for kind, begin in sorted(zip(found, begins, strict=True), key=lambda pair: int(pair[1])):
        mine = kinds == kind
        at = times[mine].astype(np.int64) - first
        bins = np.bincount(
            np.minimum((at * (BINS / span)).astype(np.int64), BINS - 1), minlength=BINS
        )
        yield KindStatistics(
            kind=reader.kind(int(begin)),
            direction=reader.direction(int(begin)),
            count=len(at),
            bytes=int(sizes[mine].sum()),
            per_second=len(at) / span * 1e9,
            gaps=_gaps(np.diff(at)),
            rate=tuple(bins.tolist()),
        )


def _whole(column: Column, records: int) -> npt.NDArray[Any]:
    blocks = [np.frombuffer(block, dtype=block.typecode) for block in column.blocks]
    return np.concatenate(blocks[: (records - 1) // BLOCK + 1])[:records]


def _gaps(gaps_ns: npt.NDArray[np.int64]) -> Gaps | None:
    if not len(gaps_ns):
        return None
    low, median, p95, high = np.percentile(gaps_ns, [0, 50, 95, 100]) / 1e6
    return Gaps(float(low), float(median), float(p95), float(high))
