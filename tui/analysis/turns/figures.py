"""Figures of all turns together: their spread, and which turns were slow.

Knows turns; no file, no screen. A turn in which a tool waited for a person's approval is left out:
that wait says nothing of the agent.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from statistics import median

import msgspec

from tui.analysis.turns.segments import Name, lengths_ms, reason
from tui.analysis.turns.turn import Turn, TurnSource

TIMES_MEDIAN = 2
"""A turn that took more than so many medians is slow, where no limit is given."""


BARGE_IN_MS = 500
PARTS = (
    ("endpointing", (Name.ENDPOINTING,), 1500),
    ("the agent", (Name.THINKING, Name.SYNTHESIS), 2500),
    ("the network", (Name.NETWORK,), 400),
    ("first byte to the ear", (Name.BUFFER, Name.DEVICE), 500),
    ("silence at the head of the reply", (Name.SILENCE,), 300),
)
"""Segments of a turn, and of how many ms on they are a problem together."""


class Spread(msgspec.Struct, frozen=True):
    """Figures of all turns that have one, in ms; None when no turn has. `p95_ms` is one of them
    (nearest rank): of fewer than 20 it is the largest."""

    count: int = 0
    median_ms: float | None = None
    p95_ms: float | None = None
    max_ms: float | None = None


def spread(figures: Iterable[float | None]) -> Spread:
    known = sorted(figure for figure in figures if figure is not None)
    if not known:
        return Spread()
    p95 = known[ceil(0.95 * len(known)) - 1]
    return Spread(len(known), round(median(known), 1), round(p95, 1), round(known[-1], 1))


def counted(turns: Iterable[Turn]) -> list[Turn]:
    """Those that waited for no person."""
    return [turn for turn in turns if not turn.is_human]


def segment_spreads(turns: Iterable[Turn]) -> dict[str, Spread]:
    """By the name of a segment, of the turns that have one, in the order of `Name`."""
    lengths = [lengths_ms(turn) for turn in turns]
    found = {name.value: spread(one.get(name.value) for one in lengths) for name in Name}
    return {name: one for name, one in found.items() if one.count}


def unmeasured(turns: Iterable[Turn]) -> dict[str, int]:
    """How many turns have no time to the ear, by why. Of those that nobody waited for nothing is
    missing."""
    asked = (turn for turn in turns if turn.source is not TurnSource.NOBODY)
    return dict(Counter(why for turn in asked if (why := reason(turn))))


def slow_from_ms(turns: Sequence[Turn], limit_ms: int = 0) -> float | None:
    """A turn that the user waited for longer than this is slow; None while nothing is."""
    if limit_ms:
        return limit_ms
    usual = spread(turn.wait_ms for turn in counted(turns)).median_ms
    return None if usual is None else TIMES_MEDIAN * usual


def is_slow(turn: Turn, from_ms: float | None) -> bool:
    wait = turn.own_wait_ms
    return wait is not None and from_ms is not None and wait > from_ms
