"""What comes back after a frame that was written by hand.

Knows entries and the journal; plumbing is left out.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.text import Text
from textual.widgets import Static

from tui.analysis.entry import Entry
from tui.analysis.records.categories import QUIET, Category, judge
from tui.analysis.units import bytes_text, wait_text
from tui.dashboard.common.cells import ARROWS
from tui.dashboard.detail.frame_text import elided_text
from tui.events import RawSent
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.provider import Summarize
from tui.sanitize import sanitize

MOST = 20
"""Frames after one that was sent."""
LONG = 600
NOTHING = "What the agent answers will stand here."


class Answer(Static):
    """`wait` when a frame goes out; it is on record soon, and what comes behind it is shown."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"answer--kind", "answer--error"}

    def __init__(self, reader: JournalReader, summarize: Summarize, *, id: str) -> None:
        super().__init__(NOTHING, markup=False, id=id)
        self._reader, self._summarize = reader, summarize
        self._waits = False
        self._raw = False
        """The next sent frame is the one."""
        self._sent: Entry | None = None
        self._came: list[Entry] = []

    def wait(self) -> None:
        self._waits = True

    def take(self, entries: Sequence[Entry]) -> None:
        before = self._sent, len(self._came)
        for entry in entries:
            self._take(entry)
        if (self._sent, len(self._came)) != before:
            self.update(Text("\n").join(self._lines()))

    def _take(self, entry: Entry) -> None:
        if self._waits and any(isinstance(event, RawSent) for event in entry.events):
            self._waits, self._raw = False, True
        elif self._raw and entry.direction is Direction.SENT:
            self._raw, self._sent, self._came = False, entry, []
        elif self._sent and entry.direction is Direction.RECEIVED and len(self._came) < MOST:
            if judge(entry.events) not in QUIET:
                self._came.append(entry)

    def _lines(self) -> Iterator[Text]:
        if self._sent is None:
            return
        sent_ns = self._sent.time_ns
        yield self._line(self._sent, "", bytes_text(self._sent.size))
        for entry in self._came:
            said = self._summarize(entry.kind, elided_text(self._reader, entry.number))
            after = f"+{wait_text((entry.time_ns - sent_ns) / 1e6)} "
            yield self._line(entry, after, sanitize(said, LONG))
        if not self._came:
            yield Text("nothing yet")

    def _line(self, entry: Entry, after: str, said: str) -> Text:
        wrong = judge(entry.events) is Category.ERROR
        name = "answer--error" if wrong else "answer--kind"
        style = self.get_component_rich_style(name, partial=True)
        line = Text(f"{after}{ARROWS[entry.direction]}{'!' if wrong else ' '}")
        line.append(sanitize(entry.kind, 60), style)
        return line.append(f" {said}", style if wrong else "")
