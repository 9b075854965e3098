"""Which of a list's lines changed since a widget last looked.

Knows indices only; what is too long ago is everything.
"""

from collections import deque

_KEPT = 512


class Changes:
    """`version` grows with each change."""

    def __init__(self) -> None:
        self.version = 0
        self._changes: deque[tuple[int, int]] = deque(maxlen=_KEPT)

    def add(self, index: int) -> None:
        self.version += 1
        self._changes.append((self.version, index))

    def first(self, since: int) -> int | None:
        """The lowest index changed after version `since`; None when nothing was."""
        if since >= self.version:
            return None
        if self._changes[0][0] > since + 1:
            return 0  # too long ago to know
        return min(index for version, index in self._changes if version > since)
