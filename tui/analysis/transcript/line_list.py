"""The lines of a transcript in the order of reading, and which of them changed.

Knows lines only; not what they say. A line that changes is near the end, so it is looked for from
there.
"""

from bisect import bisect_right
from operator import itemgetter

from tui.analysis.transcript.line import Line, Role
from tui.events import ReplyId

_KEPT = 8192


class Changes:
    """`version` grows with each change."""

    def __init__(self) -> None:
        self.version = 0
        self._changes: list[tuple[int, int]] = []
        """(version, index) of those that no later one lies before: both only grow."""
        self._forgotten = 0
        """Changes up to this version are not known one by one."""

    def add(self, index: int) -> None:
        self.version += 1
        while self._changes and self._changes[-1][1] >= index:
            self._changes.pop()
        self._changes.append((self.version, index))
        if len(self._changes) > 2 * _KEPT:
            self._forgotten = self._changes[_KEPT - 1][0]
            del self._changes[:_KEPT]

    def first(self, since: int) -> int | None:
        """The lowest index changed after version `since`; None when nothing was."""
        if since >= self.version:
            return None
        if since < self._forgotten:
            return 0  # too long ago to know
        return self._changes[bisect_right(self._changes, since, key=itemgetter(0))][1]


class LineList:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.changes = Changes()
        self._first_of_conversation = 0
        self._answered: set[ReplyId] = set()
        """Ids of this conversation under which the agent did something."""

    def begin_conversation(self) -> None:
        self._first_of_conversation = len(self.lines)
        self._answered.clear()

    def insert(self, line: Line, *, last: Line | None, before: ReplyId | None = None) -> None:
        """Append `line`, or put it before what the agent did under the id `before`.

        `last` stays last: it is still to come."""
        index = len(self.lines)
        if index and self.lines[-1] is last:
            index -= 1
        if before is not None and before in self._answered:
            index = self._first_under(before, index)
        self.note(line)
        self.lines.insert(index, line)
        self.changes.add(index)

    def note(self, line: Line) -> None:
        """`line` is now of its `id`."""
        if line.role in (Role.AGENT, Role.TOOL) and line.id is not None:
            self._answered.add(line.id)

    def touch(self, line: Line) -> None:
        self.changes.add(self._index(line))

    def remove(self, line: Line) -> None:
        index = self._index(line)
        del self.lines[index]
        self.changes.add(index)

    def _first_under(self, reply_id: ReplyId, end: int) -> int:
        for index in range(self._first_of_conversation, len(self.lines)):
            line = self.lines[index]
            if line.id == reply_id and line.role in (Role.AGENT, Role.TOOL):
                return index
        return end

    def _index(self, line: Line) -> int:
        return next(i for i in range(len(self.lines) - 1, -1, -1) if self.lines[i] is line)
