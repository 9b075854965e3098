"""Figures of all turns together: their spread, and which turns were slow.

Knows turns; no file, no screen. A turn in which a tool waited for a person's approval is left out:
that wait says nothing of the agent.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from statistics import median

import msgspec

from tui.analysis.turns.turn import Turn

TIMES_MEDIAN = 2
"""A turn that took more than so many medians is slow, where no limit is given."""


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


def slow_from_ms(turns: Sequence[Turn], limit_ms: int = 0) -> float | None:
    """A turn that the user waited for longer than this is slow; None while nothing is."""
    if limit_ms:
        return limit_ms
    usual = spread(turn.wait_ms for turn in counted(turns)).median_ms
    return None if usual is None else TIMES_MEDIAN * usual


def is_slow(turn: Turn, from_ms: float | None) -> bool:
    wait = turn.own_wait_ms
    return wait is not None and from_ms is not None and wait > from_ms
