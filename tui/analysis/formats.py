"""In which format the audio of a record is: what its conversation agreed on.

Knows entries only.
"""

from bisect import bisect_right

from tui.analysis.entry import Entry
from tui.events import AudioFormat, ConversationStarted
from tui.journal.record import Direction


class FormatFold:
    """Formats of all conversations of a journal, by the record that agreed on them."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._formats: list[tuple[AudioFormat, AudioFormat]] = []

    def add(self, entry: Entry) -> bool:
        """True when `entry` agreed on formats."""
        for event in entry.events:
            if isinstance(event, ConversationStarted):
                self._numbers.append(entry.number)
                self._formats.append((event.input_format, event.output_format))
                return True
        return False

    def of(self, number: int, direction: Direction) -> AudioFormat | None:
        """None before the first agreement, and for local facts."""
        found = bisect_right(self._numbers, number)
        if not found or direction is Direction.FACT:
            return None
        heard, spoken = self._formats[found - 1]
        return heard if direction is Direction.SENT else spoken
