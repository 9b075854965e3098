"""Takes in what the backend says: its notices, and what the journal has grown by, as messages.

Knows the backend and the vocabulary of the screen; no widget. One reads at a time.
"""

import asyncio
from collections.abc import Callable

from textual.message import Message

from tui.analysis.entry import EntryStream, events_of
from tui.analysis.stream_selection import STREAMS
from tui.backend.base import Backend
from tui.dashboard.common.messages import JournalChanged, NoticeArrived, RecordsArrived
from tui.events import Event

SLICE = 150
"""Records decoded before the loop gets its turn: some 3 ms."""
REST_S = 0.001
"""That turn: a key needs several rounds of the loop."""


class JournalFeed:
    """`read` until the session is gone; `restart` begins with the backend's present journal."""

    def __init__(self, backend: Backend, post: Callable[[Message], object]) -> None:
        self._backend = backend
        self._post = post
        self._entries = EntryStream(backend.reader, backend.open_codec, STREAMS)
        self._wanted = 0
        self._more = asyncio.Event()
        self._ended = False

    @property
    def records(self) -> int:
        """How many have been taken in."""
        return self._entries.position

    async def read(self) -> None:
        """Records are taken in beside the notices: a long journal does not hold those up."""
        async with asyncio.TaskGroup() as group:
            self._ended = False
            group.create_task(self._take_in())
            try:
                async for notice in self._backend.notices():
                    self._backend.reader.refresh()
                    self._turn_back(notice.records)
                    self._post(NoticeArrived(notice))
                    self._wanted = notice.records
                    self._more.set()
            finally:
                self._ended = True
                self._more.set()

    def restart(self) -> None:
        self._wanted = 0
        self._entries = EntryStream(self._backend.reader, self._backend.open_codec, STREAMS)
        self._post(JournalChanged(self._backend.reader))

    def _turn_back(self, records: int) -> None:
        """A replay can be sent back to an earlier record."""
        if records < self._entries.position:
            self.restart()

    async def _take_in(self) -> None:
        """Decode and post what came, in slices, so that keys are answered in between."""
        while self._left() > 0 or not self._ended:
            if self._left() <= 0:
                self._more.clear()
                await self._more.wait()
                continue
            entries = list(self._entries.advance(SLICE, self._wanted))
            self._post(RecordsArrived(entries, self._entries.position))
            await asyncio.sleep(REST_S)

    def _left(self) -> int:
        """Records told of and not yet taken in; a notice may count more than the file has."""
        return min(self._wanted, len(self._backend.reader)) - self._entries.position

    def events_of(self, number: int) -> tuple[Event, ...]:
        """What one record means, out of order: enough to judge its kind."""
        return events_of(self._backend.reader, self._backend.open_codec, number)
