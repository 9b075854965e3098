"""What is slow again and again: three of the last five turns over a limit, with hysteresis.

Knows turns. The limits are those of the problems in a report.
"""

from collections import deque
from collections.abc import Iterable

from tui.analysis.turns.figures import BARGE_IN_MS, PARTS
from tui.analysis.turns.segments import Segment, barge_in_segments, segments
from tui.analysis.turns.turn import Turn

OF, ON, OFF = 5, 3, 1
"""Of the last five turns that have the figure three over the limit raise a warning; it goes when
no more than one is."""


def warnings(turns: Iterable[Turn]) -> list[str]:
    """Sentences for what is so at the end of `turns`."""
    known = list(turns)
    waits = [segments(turn) for turn in known]
    watched = [
        (name, limit, [[one for one in found if one.name in names] for found in waits])
        for name, names, limit in PARTS
    ]
    watched.append(("barge-in", BARGE_IN_MS, [list(barge_in_segments(turn)) for turn in known]))
    found = []
    for name, limit_ms, parts in watched:
        newest = _raised([one for one in parts if one], limit_ms)
        if newest:
            setting = max(newest, key=lambda one: one.ms).setting
            told = f"{name} over {limit_ms:,} ms in {ON} of {OF} turns"
            found.append(f"{told} ({setting})" if setting else told)
    return found


def _raised(turns: list[list[Segment]], limit_ms: float) -> list[Segment]:
    """Of the newest turn over the limit, where the warning stands."""
    last, standing, newest = deque[bool](maxlen=OF), False, list[Segment]()
    for parts in turns:
        last.append(sum(one.ms for one in parts) > limit_ms)
        newest = parts if last[-1] else newest
        standing = sum(last) >= ON or (standing and sum(last) > OFF)
    return newest if standing else []
