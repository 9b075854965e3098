"""The replies among the lines of the present conversation: how far each is spoken, which is last.

Knows the folds; paints nothing. Ids are a conversation's own, so lines of the
one before are none of these.
"""

from tui.analysis.entry import Entry
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Role
from tui.analysis.transcript.spoken_words import SpokenFold
from tui.events import LinkOpening, ReplyId


class SpokenReplies:
    """`before` each entry that the transcript's fold gets."""

    def __init__(self, fold: TranscriptFold) -> None:
        self._fold = fold
        self._spoken = SpokenFold()
        self._first = 0
        self._shown: tuple[int, int | None, bool] = (-1, None, False)

    def before(self, entry: Entry) -> None:
        if any(isinstance(event, LinkOpening) for event in entry.events):
            self._first = len(self._fold.lines)
        self._spoken.add(entry)

    def spoken(self, index: int, now_ns: int) -> int | None:
        """How many characters of the line have been heard; None: not known, or no reply."""
        line = self._fold.lines[index]
        if index < self._first or line.role is not Role.AGENT or line.id is None:
            return None
        if line.corrected is not None:
            return None  # the agent itself says what was heard
        return self._spoken.spoken(line.id, line.text, now_ns)

    @property
    def speaking(self) -> int | None:
        """The line that is being heard."""
        return self._index(self._spoken.playing)

    def progress(self, now_ns: int) -> int | None:
        """The line that is being heard, when it has come further, or to its end, since the last
        time."""
        found = self._index(self._spoken.playing)
        index = self._shown[0] if found is None else found  # once more after its end
        if not 0 <= index < len(self._fold.lines):
            return None
        now = index, self.spoken(index, now_ns), found is not None
        if now == self._shown:
            return None
        self._shown = now
        return index

    def reply_at(self, index: int) -> ReplyId | None:
        """The id of the last reply at or above line `index`."""
        for line in reversed(self._fold.lines[self._first : index + 1]):
            if line.role is Role.AGENT and line.id is not None:
                return line.id
        return None

    def _index(self, reply_id: ReplyId | None) -> int | None:
        if reply_id is None:
            return None
        lines = self._fold.lines
        return next(
            (
                index
                for index in range(len(lines) - 1, self._first - 1, -1)
                if lines[index].id == reply_id and lines[index].role is Role.AGENT
            ),
            None,
        )
