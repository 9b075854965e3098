"""Terms of a filter that read columns of the index, and how terms are put together.

Knows arrays; no text, no syntax. A term gives a mask over a slice, among the records that still
count; the cheaper term of two is asked first, so that texts are read for what is left.
"""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import translate
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tui.analysis.filter.scan import Mask, Scan
from tui.analysis.records.categories import NAMES
from tui.journal.record import Direction

Lights = Iterable[tuple[int, int]]


class Term(Protocol):
    """One part of a filter."""

    @property
    def cost(self) -> int:
        """0 reads nothing, 1 decodes a few records, 2 scans the file, 3 looks at each text."""
        ...

    def mask(self, scan: Scan, among: Mask) -> Mask:
        """Which records of `among` pass."""
        ...

    def lights(self, text: str) -> Lights:
        """Spans of a painted text that show why a record passes."""
        ...


class Dark:
    """A term that no span of a row shows."""

    def lights(self, text: str) -> Lights:
        return ()


@dataclass(frozen=True)
class Everything(Dark):
    cost = 0

    def mask(self, scan: Scan, among: Mask) -> Mask:
        return among


@dataclass(frozen=True)
class Kind(Dark):
    """The kind is like one of these globs; case does not matter."""

    globs: tuple[str, ...]
    cost = 0

    def mask(self, scan: Scan, among: Mask) -> Mask:
        regex = re.compile("|".join(translate(glob.lower()) for glob in self.globs))
        return scan.by_kind(lambda kind: bool(regex.match(kind.lower()))) & among


@dataclass(frozen=True)
class Is(Dark):
    """What a record is to a reader, whatever the provider calls it."""

    name: str
    cost = 1

    def mask(self, scan: Scan, among: Mask) -> Mask:
        wanted, categories, sorts = NAMES[self.name], scan.categories, scan.sorts
        found = np.zeros(len(scan), dtype=np.bool_)
        for sort in np.unique(sorts[among]).tolist():
            here = (sorts == sort) & among
            category = categories.of_sort(scan.first + int(here.argmax()))
            if category in wanted:
                found |= here
            elif category is None:
                passing = [n for n in scan.numbers(here) if categories.of(scan.first + n) in wanted]
                found[passing] = True
        return found


@dataclass(frozen=True)
class Way(Dark):
    direction: Direction
    cost = 0

    def mask(self, scan: Scan, among: Mask) -> Mask:
        wanted = list(Direction).index(self.direction)
        found: Mask = scan.column(scan.reader.index.directions) == wanted
        return found & among


Compare = Callable[[Any, Any], Any]
COMPARE: dict[str, Compare] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Number(Dark):
    """A column compared with a number: `size` in bytes, `gap` in ns, `turn`, the record's `n`."""

    column: str
    compare: str
    value: int
    cost = 0

    def mask(self, scan: Scan, among: Mask) -> Mask:
        passes: Mask = COMPARE[self.compare](self._values(scan), self.value)
        return passes & among

    def _values(self, scan: Scan) -> npt.NDArray[Any]:
        match self.column:
            case "size":
                return scan.column(scan.reader.index.sizes)
            case "turn":
                return scan.column(scan.reader.index.turns)
            case "gap":
                return scan.gaps_ns
            case _:
                return np.arange(scan.first, scan.end)


@dataclass(frozen=True)
class Not(Dark):
    term: Term

    @property
    def cost(self) -> int:
        return self.term.cost

    def mask(self, scan: Scan, among: Mask) -> Mask:
        return among & ~self.term.mask(scan, among)


@dataclass(frozen=True)
class All:
    terms: tuple[Term, ...]

    @property
    def cost(self) -> int:
        return max(term.cost for term in self.terms)

    def mask(self, scan: Scan, among: Mask) -> Mask:
        for term in sorted(self.terms, key=_cost):
            among = term.mask(scan, among)
        return among

    def lights(self, text: str) -> Lights:
        return [span for term in self.terms for span in term.lights(text)]


@dataclass(frozen=True)
class Any_(All):
    def mask(self, scan: Scan, among: Mask) -> Mask:
        found = np.zeros(len(scan), dtype=np.bool_)
        for term in sorted(self.terms, key=_cost):
            found |= term.mask(scan, among & ~found)
        return found


def _cost(term: Term) -> int:
    return term.cost
