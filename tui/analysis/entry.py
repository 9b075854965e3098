"""A record and what it meant: what every fold and widget reads.

Knows the journal reader and what a codec is; no provider by name, no screen. The same entries come
from a growing journal and from a finished one, through the same codec: that is why a replayed
call looks like the live one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tui.codec import OpenCodec
from tui.events import Event, LinkOpening
from tui.journal.reader import JournalReader, decode_fact
from tui.journal.record import Direction


class Entry(NamedTuple):
    """`number`, `time_ns` (monotonic), `direction`, `kind`, `size`, `turn` and `level` (dBFS) are
    the record's; `events` is what it meant, never empty for a frame. Audio events are without
    their audio: its length `audio_size` (bytes on the wire) and level are the record's."""

    number: int
    time_ns: int
    direction: Direction
    kind: str
    size: int
    turn: int
    level: int | None
    events: tuple[Event, ...]
    audio_size: int = 0


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
        header, text = self._reader.record(number)
        return Entry(
            number=number,
            time_ns=header.time_ns,
            direction=header.direction,
            kind=header.kind,
            size=header.size,
            turn=header.turn,
            level=header.level,
            events=self._events(number, header.direction, text),
            audio_size=header.audio.size if header.audio else 0,
        )

    def _events(self, number: int, direction: Direction, text: str) -> tuple[Event, ...]:
        match direction:
            case Direction.RECEIVED:
                return self._codec.receive(text).events
            case Direction.SENT:
                return self._codec.sent(text).events
            case Direction.FACT:
                fact = decode_fact(text)
                if isinstance(fact, LinkOpening):
                    self._codec = self._open_codec()
                return () if fact is None else (fact,)
