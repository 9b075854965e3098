"""A record and what it meant: what every fold and widget reads.

Knows the journal reader and what a codec is; no provider by name, no screen. The same entries come
from a growing journal and from a finished one, through the same codec: that is why a replayed
call looks like the live one.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from tui.analysis.sound_lengths import SoundLengths
from tui.analysis.stream_selection import NOTHING, LeftOut, StreamSelection
from tui.events import AudioReceived, Event, LinkOpening, ReplyId
from tui.journal.indexing import DIRECTIONS, NO_LEVEL
from tui.journal.reader import JournalReader, decode_fact
from tui.journal.record import AudioSpan, Direction, put_audio_back
from tui.provider import OpenCodec

HEAD = 3072
"""Bytes of a reply's first piece that a codec can know an encoding by; whole samples."""


class Entry(NamedTuple):
    """`number`, `time_ns` (monotonic), `direction`, `kind`, `size`, `turn` and `level` (dBFS) are
    the record's; `events` is what it meant, never empty for a frame. Audio events are without
    their audio; `audio_ms` is how long it sounds, None where that is not known."""

    number: int
    time_ns: int
    direction: Direction
    kind: str
    size: int
    turn: int
    level: int | None
    events: tuple[Event, ...]
    audio_ms: float | None = None


class EntryStream:
    """Decodes a journal's records in order, once; a new conversation gets a new codec."""

    def __init__(
        self, reader: JournalReader, open_codec: OpenCodec, left_out: LeftOut = NOTHING
    ) -> None:
        self._reader = reader
        self._open_codec = open_codec
        self._choice = StreamSelection(
            reader, lambda number: events_of(reader, open_codec, number), left_out
        )
        self.position = 0
        """Number of the next record."""
        self._begin()
        self._sound = SoundLengths()

    def _begin(self) -> None:
        self._codec = self._open_codec()
        self._replies: set[ReplyId] = set()
        """Whose first piece of audio has come."""

    def advance(self, limit: int | None = None, end: int | None = None) -> Iterator[Entry]:
        """Entries of the records that are indexed, before `end`, and not yet read.

        With a `limit` it gives up soon: that many at most, and maybe none of many records that are
        left out; `position` then tells how far it came.
        """
        known = len(self._reader)
        end = known if end is None else min(end, known)
        while self.position < end:
            numbers, after = self._choice.take(self.position, end, limit)
            for number in numbers:
                self.position = number + 1
                yield self._entry(number)
            self.position = after
            if limit is not None:
                return

    def _entry(self, number: int) -> Entry:
        reader = self._reader
        time_ns, size, turn, kind, way, level = reader.index.row(number)
        text, span = reader.payload(number)
        direction = DIRECTIONS[way]
        found = self._events(number, direction, text, span)
        audio_ms = None
        if span is not None:
            audio_ms = self._sound.of(
                direction, found, span.size, lambda: reader.audio(number, span)
            )
        return Entry(
            number,
            time_ns,
            direction,
            reader.kind_names[kind - 1],
            size,
            turn,
            None if level == NO_LEVEL else level,
            found,
            audio_ms,
        )

    def _events(
        self, number: int, direction: Direction, text: str, span: AudioSpan | None
    ) -> tuple[Event, ...]:
        match direction:
            case Direction.RECEIVED:
                found = self._codec.receive(text).events
                if span is not None:
                    return self._heard(number, text, span, found)
                self._sound.learn(found)
                return found
            case Direction.SENT:
                return self._codec.sent(text).events
            case Direction.FACT:
                fact = decode_fact(text)
                if isinstance(fact, LinkOpening):
                    self._begin()
                return () if fact is None else (fact,)

    def _heard(
        self, number: int, text: str, span: AudioSpan, found: tuple[Event, ...]
    ) -> tuple[Event, ...]:
        """The same, of a codec that saw how a reply's audio begins: it may be no PCM."""
        match found:
            case (AudioReceived(reply_id=reply),) if reply not in self._replies:
                self._replies.add(reply)
            case _:
                return found
        head = (self._reader.audio(number, span) or b"")[:HEAD]
        again = self._codec.receive(put_audio_back(text, head, span.position)).events
        return tuple(
            msgspec.structs.replace(event, audio=b"") if isinstance(event, AudioReceived) else event
            for event in again
        )


def events_of(reader: JournalReader, open_codec: OpenCodec, number: int) -> tuple[Event, ...]:
    """What one record means, out of order: enough to judge its kind."""
    match reader.direction(number):
        case Direction.RECEIVED:
            return open_codec().receive(reader.elided(number)).events
        case Direction.SENT:
            return open_codec().sent(reader.elided(number)).events
        case Direction.FACT:
            fact = reader.fact(number)
            return () if fact is None else (fact,)
