"""Which rows of a growing list are in view, and whether the view follows its end.

Knows numbers only; the log and the transcript paint what it says. Theory of operation: while
following, `top` moves only when new rows do not fit, and then by two thirds of a page (a jump
scroll: most paints are then one row instead of the whole pane, which is what a slow line needs).
While paused nothing moves, whatever arrives.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Viewport:
    height: int = 1
    total: int = 0
    top: int = 0
    following: bool = True
    jump: bool = True

    @property
    def last_top(self) -> int:
        return max(self.total - self.height, 0)

    @property
    def bottom(self) -> int:
        """The last row in view; -1 when there is none."""
        return min(self.top + self.height, self.total) - 1

    def grow(self, total: int) -> None:
        """There are `total` rows now."""
        shrunk = total < self.total
        new = total - self.total
        self.total = total
        if shrunk:
            self.top = min(self.top, self.last_top)
        if self.following and total - self.top > self.height:
            page = self.height * 2 // 3
            room = page if self.jump and new <= page else 0
            self.top = self.last_top + room

    def resize(self, height: int) -> None:
        self.height = max(height, 1)
        if self.following:
            self.top = self.last_top
        self.top = max(min(self.top, self.total - 1), 0)

    def scroll(self, rows: int) -> None:
        """Up is negative, and pauses."""
        if rows < 0:
            self.following = False
        self.top = max(min(self.top + rows, max(self.last_top, self.top if rows > 0 else 0)), 0)

    def show(self, row: int) -> None:
        """Move as little as brings `row` into view."""
        if row < self.top:
            self.top = max(row, 0)
        elif row >= self.top + self.height:
            self.top = row - self.height + 1

    def follow(self) -> None:
        """On, and to the end."""
        self.following = True
        self.top = self.last_top

    def pause(self) -> None:
        self.following = False
