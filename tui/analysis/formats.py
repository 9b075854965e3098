"""In which format the audio of a record is: what its conversation agreed on, or what came instead.

Knows entries only.
"""

from bisect import bisect_right

from tui.analysis.entry import Entry
from tui.events import AudioFormat, AudioReceived, ConversationStarted, Encoding
from tui.journal.record import Direction


class FormatFold:
    """Formats of all conversations of a journal, by the record that agreed on them."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._formats: list[tuple[AudioFormat, AudioFormat]] = []
        self._instead: dict[int, Encoding] = {}
        """Of records whose bytes are not of the encoding that was agreed on."""

    def add(self, entry: Entry) -> bool:
        """True when `entry` told of a format."""
        for event in entry.events:
            match event:
                case ConversationStarted():
                    self._numbers.append(entry.number)
                    self._formats.append((event.input_format, event.output_format))
                    return True
                case AudioReceived(encoding=Encoding() as encoding):
                    self._instead[entry.number] = encoding
                    return True
                case _:
                    pass
        return False

    def of(self, number: int, direction: Direction) -> AudioFormat | None:
        """None before the first agreement, and for local facts."""
        found = bisect_right(self._numbers, number)
        if not found or direction is Direction.FACT:
            return None
        heard, spoken = self._formats[found - 1]
        form = heard if direction is Direction.SENT else spoken
        instead = self._instead.get(number)
        return AudioFormat(instead, form.rate) if instead else form
