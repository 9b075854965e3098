"""Takes in what the backend says: its notices, and what the journal has grown by, as messages.

Knows the backend and the vocabulary of the screen; no widget. One reads at a time.
"""

import asyncio
from collections.abc import Callable

from textual.message import Message

from tui.analysis.entry import EntryStream
from tui.backend import Backend
from tui.events import Event
from tui.journal.record import Direction
from tui.messages import JournalChanged, NoticeArrived, RecordsArrived

SLICE = 100
"""Records decoded before the loop gets its turn: some 5 ms."""


class Intake:
    """`read` until the session is gone; `restart` begins with the backend's present journal."""

    def __init__(self, backend: Backend, post: Callable[[Message], object]) -> None:
        self._backend = backend
        self._post = post
        self._entries = EntryStream(backend.reader, backend.open_codec)

    @property
    def records(self) -> int:
        """How many have been taken in."""
        return self._entries.position

    async def read(self) -> None:
        async for notice in self._backend.notices():
            self._backend.reader.refresh()
            self._turn_back(notice.records)
            self._post(NoticeArrived(notice))
            await self._take_in(notice.records)

    def restart(self) -> None:
        self._entries = EntryStream(self._backend.reader, self._backend.open_codec)
        self._post(JournalChanged(self._backend.reader))

    def _turn_back(self, records: int) -> None:
        """A replay can be sent back to an earlier record."""
        if records < self._entries.position:
            self.restart()

    async def _take_in(self, records: int) -> None:
        """Decode and post what came, in slices, so that keys are answered in between."""
        while self._entries.position < records:
            before = self._entries.position
            limit = min(SLICE, records - before)
            self._post(RecordsArrived(list(self._entries.advance(limit))))
            await asyncio.sleep(0)
            if self._entries.position == before:
                return  # the notice counts more than the file has

    def events_of(self, number: int) -> tuple[Event, ...]:
        """What one record means, out of order: enough to judge its kind."""
        reader, codec = self._backend.reader, self._backend.open_codec()
        match reader.direction(number):
            case Direction.RECEIVED:
                return codec.receive(reader.elided(number)).events
            case Direction.SENT:
                return codec.sent(reader.elided(number)).events
            case Direction.FACT:
                fact = reader.fact(number)
                return () if fact is None else (fact,)
