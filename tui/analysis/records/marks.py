"""Records that the user marked, to come back to. Numbers only."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable


class Marks:
    """In order; `toggle` one, then go from one to the next."""

    def __init__(self) -> None:
        self._numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: int) -> bool:
        return self.within(number, number)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(self._numbers)

    def toggle(self, number: int) -> bool:
        """True when it is marked now."""
        if number in self:
            self._numbers.remove(number)
            return False
        insort(self._numbers, number)
        return True

    def clear(self) -> None:
        self._numbers.clear()

    def within(self, first: int, last: int) -> bool:
        """Whether one of `first..last` is marked."""
        return bisect_right(self._numbers, last) > bisect_left(self._numbers, first)

    def near(self, number: int, step: int, shown: Callable[[int], bool]) -> int | None:
        """The next one that is shown, after (`step` 1) or before (-1) `number`; then around."""
        find = bisect_right if step > 0 else bisect_left
        place = find(self._numbers, number)
        before, after = self._numbers[:place], self._numbers[place:]
        order = after + before if step > 0 else before[::-1] + after[::-1]
        return next((found for found in order if shown(found)), None)
