"""How long nothing had come before a record: what the log's column shows, and what `gap:` filters.

Knows the journal's index and categories. A record that tells of something is measured from the one
before that does, so that plumbing does not cut a silence into pieces; plumbing is measured from
that one or the one of its kind before, whichever came last: within a stream that is its jitter.
"""

from tui.analysis.records.categories import Categories
from tui.journal.reader import JournalReader

TELLING = -1


class Gaps:
    def __init__(self, reader: JournalReader, categories: Categories) -> None:
        self._reader = reader
        self._categories = categories
        self._streams: dict[int, int] = {}

    def of(self, number: int) -> int:
        """Nanoseconds; 0 where there is none before. Negative where the clock ran back."""
        before = self._before(number)
        time_ns = self._reader.time_ns
        return time_ns(number) - time_ns(before) if before is not None else 0

    def stream(self, number: int) -> int:
        """What it is measured in: the number of its kind where it is plumbing, else `TELLING`."""
        sort = self._categories.sort(number)
        found = self._streams.get(sort)
        if found is None:
            quiet = self._categories.quiet(number)
            found = self._streams[sort] = self._reader.index.kinds[number] if quiet else TELLING
        return found

    def _before(self, number: int) -> int | None:
        wanted = (TELLING, self.stream(number))
        return next((n for n in range(number - 1, -1, -1) if self.stream(n) in wanted), None)
