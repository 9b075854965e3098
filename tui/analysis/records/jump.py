"""Where a jump goes: what a user types to say a moment or a record.

Knows times and the index; no screen.

    1236 #1236        a record by its number        turn 7 t7     the first record of a turn
    14:03:40.7        a time of day                 +42.5 42.5s +1:02   time since the beginning
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta

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


_NUMBER = re.compile(r"#?(\d{1,12})")
_TURN = re.compile(r"(?:turn|t)\s*(\d{1,9})", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?")
_ELAPSED = re.compile(r"\+(?:(\d+):)?(?:(\d+):)?(\d+(?:\.\d+)?)s?|(\d+(?:\.\d+)?)s")
HELP = "a number, turn 7, 14:03:40, or +42.5 for seconds from the beginning"


class JumpError(Exception):
    """What is typed says no place; why."""


def jump_target(text: str, reader: JournalReader, wall_ns: int) -> int:
    """The number of the record to go to; `wall_ns` added to a record's time is Unix time.

    Raises JumpError.
    """
    text = text.strip()
    last = len(reader) - 1
    if found := _NUMBER.fullmatch(text):
        if int(found[1]) > last:
            raise JumpError(f"the last is #{last:,}")
        return int(found[1])
    if found := _TURN.fullmatch(text):
        return _turn(int(found[1]), reader)
    if found := _ELAPSED.fullmatch(text):
        seconds = float(found[3] or found[4])
        if found[1]:
            parts = [int(part) for part in found.group(1, 2) if part]
            for part in reversed(parts):
                seconds += part * (60 if part is parts[-1] else 3600)
        return _at(reader.time_ns(0) + round(seconds * 1e9), reader)
    if found := _CLOCK.fullmatch(text):
        return _at(_clock_ns(found, reader, wall_ns) - wall_ns, reader)
    raise JumpError(HELP)


def _turn(turn: int, reader: JournalReader) -> int:
    """Turns are counted up, so their column is in order."""
    number = bisect_left(range(len(reader)), turn, key=reader.turn)
    if number == len(reader):
        raise JumpError(f"the last turn is {reader.turn(len(reader) - 1)}")
    return number


def _at(time_ns: int, reader: JournalReader) -> int:
    """The first record at that time or after it; the last one when there is none."""
    found = bisect_left(range(len(reader)), time_ns, key=reader.time_ns)
    return min(found, len(reader) - 1)


def _clock_ns(found: re.Match[str], reader: JournalReader, wall_ns: int) -> int:
    """The time of day on the journal's day, or on the next one when that is before it began."""
    start = datetime.fromtimestamp((reader.time_ns(0) + wall_ns) / 1e9).astimezone()
    hour, minute, second = int(found[1]), int(found[2]), float(found[3] or 0)
    if hour > 23 or minute > 59 or second >= 60:
        raise JumpError("there is no such time of day")
    whole = int(second)
    moment = start.replace(
        hour=hour, minute=minute, second=whole, microsecond=int(round((second - whole) * 1e6) % 1e6)
    )
    if moment < start.replace(microsecond=0) - timedelta(minutes=1):
        moment += timedelta(days=1)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000
