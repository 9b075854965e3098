"""Which rows of a growing list are in view, and whether the view follows its end.

Knows numbers only; the log and the transcript paint what it says. Theory of operation: while
following, the last row in view is the newest one; while paused nothing moves, whatever arrives.
Rows never stand above blank space that other rows could fill.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Viewport:
    height: int = 1
    total: int = 0
    top: int = 0
    following: bool = True

    @property
    def last_top(self) -> int:
        return max(self.total - self.height, 0)

    @property
    def bottom(self) -> int:
        """The last row in view; -1 when there is none."""
        return min(self.top + self.height, self.total) - 1

    def grow(self, total: int) -> None:
        """There are `total` rows now."""
        self.total = total
        self.top = self.last_top if self.following else min(self.top, self.last_top)

    def resize(self, height: int) -> None:
        self.height = max(height, 1)
        self.grow(self.total)

    def scroll(self, rows: int) -> None:
        """Up is negative, and pauses."""
        if rows < 0:
            self.following = False
        self.top = max(min(self.top + rows, self.last_top), 0)

    def show(self, row: int, around: int = 0) -> None:
        """Move as little as brings `row` into view, and so many rows above and below it."""
        around = min(around, (self.height - 1) // 2)
        if row - around < self.top:
            self.top = max(row - around, 0)
        elif row + around >= self.top + self.height:
            self.top = min(row + around - self.height + 1, self.last_top)

    def follow(self) -> None:
        """On, and to the end."""
        self.following = True
        self.top = self.last_top

    def pause(self) -> None:
        self.following = False
