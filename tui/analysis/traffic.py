"""How much goes over the wire now: rates of a journal.

Knows the index; no text is read.
"""

from bisect import bisect_left

from tui.journal.index import spans
from tui.journal.indexing import DIRECTIONS
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

_SENT, _RECEIVED = DIRECTIONS.index(Direction.SENT), DIRECTIONS.index(Direction.RECEIVED)


class Traffic:
    """Of the first `records` of a journal; `take` in more of them as they are to be shown."""

    def __init__(self, reader: JournalReader) -> None:
        self._index = reader.index
        self.records = 0

    def take(self, records: int) -> None:
        self.records = max(records, self.records)

    def newest(self, ns: int) -> tuple[int, int]:
        """How many frames were sent and received in the newest `ns` of it."""
        if not self.records:
            return 0, 0
        times = self._index.times
        since = times[self.records - 1] - ns
        sent = received = 0
        for first, end in spans(bisect_left(times, since, 0, self.records), self.records):
            directions = self._index.directions.slice(first, end)
            sent += directions.count(_SENT)
            received += directions.count(_RECEIVED)
        return sent, received
