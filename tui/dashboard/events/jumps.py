"""Jumps in the event log: to marks, turns, partners, the next of a kind, a moment.

Knows records and the rows they have in this view; moves nothing and paints nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from tui.analysis.records import jump
from tui.analysis.records.marks import Marks
from tui.analysis.records.pairing import partner
from tui.dashboard.events.cursor import Here
from tui.dashboard.events.rows import EventRows, PlumbingView

TRIES = 20_000
"""Records looked at for one that has a row of its own in this view."""


class Found(NamedTuple):
    """Where a search or a jump leads, and what is said of it; keys as in `keyed`."""

    record: int | None = None
    said: str = ""

    def or_say(self, said: str) -> Found:
        return self if self.record is not None else Found(said=said)


def first(candidates: Iterable[int], rows: EventRows, pointed: int | None) -> Found:
    """The first candidate that has a row in this view, which is not the pointed record's."""
    here = rows.place(pointed)
    near = (n for n in islice(candidates, TRIES) if rows.place(n) not in (-1, here))
    return Found(next(near, None))


def to_mark(marks: Marks, rows: EventRows, here: Here, step: int) -> Found:
    found = Found(marks.near(here.record, step, rows.holds))
    return found.or_say("No marks here: {events.mark|b} marks a row.")


def to_same_kind(rows: EventRows, here: Here, step: int) -> Found:
    candidates = jump.same_kind(rows.reader, here.record, step, rows.records)
    return first(candidates, rows, here.pointed).or_say("There is no other of this kind.")


def to_turn(rows: EventRows, here: Here, step: int) -> Found:
    """Back: to the beginning of this turn, then to the one before."""
    turns, turn = range(rows.records), rows.reader.turn
    begin = bisect_left(turns, turn(here.record) + (step > 0), key=turn)
    shown = next((n for n in range(begin, here.record) if rows.holds(n)), None)
    at_begin = shown is None or rows.row_of(shown) == rows.place(here.pointed)
    if step < 0 and at_begin and begin:
        begin = bisect_left(turns, turn(begin - 1), key=turn)
    return first(turns[begin:], rows, here.pointed).or_say("There is no other turn.")


def to_partner(rows: EventRows, here: Here) -> Found:
    if here.pointed is None:
        return Found()
    found, why = partner(here.pointed, rows.reader, rows.categories)
    if found is not None and not rows.holds(found):
        return Found(said=f"Its partner #{found:,} is not shown.")
    return Found(found).or_say(f"No partner: {why}.")


def to_place(rows: EventRows, text: str) -> Found:
    """What is typed: a number, a turn, a time. Raises JumpError."""
    target = jump.jump_target(text, rows.reader, rows.reader.wall_ns(0))
    if not len(rows):
        return Found(said=f"#{target:,} is not shown.")
    number = min(target, rows.records - 1)
    shown = rows.number(max(rows.row_of(number), 0))
    if shown == number:
        return Found(number)
    if rows.holds(number):
        return Found(number, f"#{number:,} is in #{shown:,}; {{events.plumbing|a}} unfolds it.")
    if rows.categories.quiet(number) and rows.view is PlumbingView.HIDDEN:
        return Found(number, f"#{number:,} is hidden plumbing; {{events.plumbing|a}} shows it.")
    return Found(number, f"#{number:,} is not shown; this is the one before it: #{shown:,}.")
