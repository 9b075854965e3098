"""Two frames side by side: which lines belong together, and what in them differs.

Knows lines of text only.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"\w+|\W")
CLOSELY = 400
"""Words of a changed line that are compared one by one; what is behind them is lit."""

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
    """Lit are whole words: matches of single letters inside of them mean nothing to a reader."""
    words: list[list[str]] = [_WORD.findall(text)[:CLOSELY] for text in (left, right)]
    lit: tuple[list[Span], list[Span]] = ([], [])
    matcher = SequenceMatcher(None, words[0], words[1], autojunk=False)
    for tag, l0, l1, r0, r1 in matcher.get_opcodes():
        if tag != "equal":
            for side, first, behind in ((0, l0, l1), (1, r0, r1)):
                if behind > first:
                    start = len("".join(words[side][:first]))
                    lit[side].append((start, start + len("".join(words[side][first:behind]))))
    for side, text in enumerate((left, right)):
        known = len("".join(words[side]))
        if known < len(text):
            lit[side].append((known, len(text)))
    return Pair(left, right, tuple(lit[0]), tuple(lit[1]))
