"""A record and what it meant: what every fold and widget reads.

Knows the journal reader and what a codec is; no provider by name, no screen. The same entries come
from a growing journal and from a finished one, through the same codec: that is why a replayed
call looks like the live one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tui.events import Event, LinkOpening
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.base import OpenCodec


class Entry(NamedTuple):
    """`number`, `time_ns` (monotonic), `direction`, `kind`, `size`, `turn` and `level` (dBFS) are
    the record's; `events` is what it meant, never empty for a frame. Audio events are without
    their audio: only its length and level are in the record."""

    number: int
    time_ns: int
    direction: Direction
    kind: str
    size: int
    turn: int
    level: int | None
    events: tuple[Event, ...]


class EntryStream:
    """Decodes a journal's records in order, once; a new conversation gets a new codec."""

    def __init__(self, reader: JournalReader, open_codec: OpenCodec) -> None:
        self._reader = reader
        self._open_codec = open_codec
        self._codec = open_codec()
        self.position = 0
        """Number of the next record."""

    def advance(self, limit: int | None = None) -> Iterator[Entry]:
        """Entries of the records that are indexed and not yet read, `limit` at most."""
        end = len(self._reader)
        if limit is not None:
            end = min(end, self.position + limit)
        while self.position < end:
            number = self.position
            self.position += 1
            yield self._entry(number)

    def _entry(self, number: int) -> Entry:
        reader = self._reader
        direction = reader.direction(number)
        return Entry(
            number=number,
            time_ns=reader.time_ns(number),
            direction=direction,
            kind=reader.kind(number),
            size=reader.size(number),
            turn=reader.turn(number),
            level=reader.level(number),
            events=self._events(number, direction),
        )

    def _events(self, number: int, direction: Direction) -> tuple[Event, ...]:
        match direction:
            case Direction.RECEIVED:
                return self._codec.receive(self._reader.elided(number)).events
            case Direction.SENT:
                return self._codec.sent(self._reader.elided(number)).events
            case Direction.FACT:
                fact = self._reader.fact(number)
                if isinstance(fact, LinkOpening):
                    self._codec = self._open_codec()
                return () if fact is None else (fact,)
