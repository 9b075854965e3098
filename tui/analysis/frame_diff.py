"""Two frames side by side: which lines belong together, and what in them differs.

Knows lines of text only.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

CLOSELY = 400
"""Characters of a changed line that are compared one by one; beyond, all of them are lit."""

Span = tuple[int, int]
"""First character and the one behind the last."""


class Pair(NamedTuple):
    """A row of the comparison; None where the other frame has a line more."""

    left: str | None
    right: str | None
    left_changed: tuple[Span, ...] = ()
    right_changed: tuple[Span, ...] = ()

    @property
    def same(self) -> bool:
        return self.left == self.right


def compare(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Rows in order; lines that differ stand beside each other as far as both have some."""
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, l0, l1, r0, r1 in matcher.get_opcodes():
        if tag == "equal":
            pairs += [Pair(a, b) for a, b in zip(left[l0:l1], right[r0:r1], strict=True)]
        else:
            pairs += _changed(left[l0:l1], right[r0:r1])
    return pairs


def _changed(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Lines of the same key beside each other first: they are what a reader compares."""
    rows: list[Pair] = []
    rest = list(right)
    for line in left:
        partner = next((i for i, other in enumerate(rest) if _key(other) == _key(line)), None)
        if partner is None:
            rows.append(Pair(line, None, left_changed=((0, len(line)),)))
            continue
        rows += [Pair(None, other, right_changed=((0, len(other)),)) for other in rest[:partner]]
        rows.append(_beside(line, rest[partner]))
        del rest[: partner + 1]
    return rows + [Pair(None, other, right_changed=((0, len(other)),)) for other in rest]


def _key(line: str) -> str:
    """What a line of JSON is about: its margin and its key, or just its margin."""
    key, colon, _ = line.partition(": ")
    return key if colon else line[: len(line) - len(line.lstrip())]


def _beside(left: str, right: str) -> Pair:
    """What both begin and end with is the same; only a short middle is looked at closely."""
    start = _shared(left, right)
    end = min(
        _shared(left[::-1], right[::-1]),
        len(left) - start,
        len(right) - start,
    )
    middle = left[start : len(left) - end], right[start : len(right) - end]
    if max(map(len, middle)) > CLOSELY:
        whole = [tuple((start, start + len(part)) for part in (text,) if part) for text in middle]
        return Pair(left, right, *whole)
    spans: tuple[list[Span], list[Span]] = ([], [])
    for tag, l0, l1, r0, r1 in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        if tag != "equal":
            if l1 > l0:
                spans[0].append((start + l0, start + l1))
            if r1 > r0:
                spans[1].append((start + r0, start + r1))
    return Pair(left, right, tuple(spans[0]), tuple(spans[1]))


def _shared(left: str, right: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))
