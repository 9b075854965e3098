"""Which of a list's lines changed since a widget last looked.

Knows indices only; what is too long ago is everything.
"""

from bisect import bisect_right
from operator import itemgetter

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
