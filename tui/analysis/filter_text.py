"""Terms of a filter that read texts: words, regular expressions, event ids.

Knows how a text may stand in a journal's line; not how a filter is written. A regular expression
cannot be interrupted, so those that can take for ever are refused (`check_regex`), and the more
of a pattern repeats without bound, the less of a long text it sees.
"""

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as sre_parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tui.analysis.filter_scan import Find, Mask, Scan

SEEN = (65_536, 16_384, 2_048, 512)
"""Characters of a text that a pattern sees, by how many of its repetitions have no bound."""
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}|[^\x00-\x7f]")


@dataclass(frozen=True)
class Word:
    """The text or the kind contains `text`; case does not matter."""

    text: str
    cost = 2

    def mask(self, scan: Scan, among: Mask) -> Mask:
        anywhere = bool(_TWO_LETTERS.search(self.text))
        return scan.where(self._find, among, lower=self.text.isascii(), anywhere=anywhere)

    @cached_property
    def _find(self) -> Find:
        return finder(self.text)

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        """Where it is in a painted text."""
        found = re.finditer(re.escape(self.text), text, re.IGNORECASE)
        return [match.span() for match in found]


def finder(text: str) -> Find:
    """Finds `text` in bytes; plain ASCII in bytes that are small letters already."""
    if text.isascii():
        needle = text.lower().encode()
        return lambda data, start: data.find(needle, start)
    pattern = re.compile(b"".join(map(_character, text)), re.IGNORECASE)

    def find(data: bytes, start: int) -> int:
        found = pattern.search(data, start)
        return found.start() if found else -1

    return find


def _character(char: str) -> bytes:
    """A character in small and large, as UTF-8 and as JSON may escape it."""
    if char.isascii():
        return re.escape(char.encode())
    forms = []
    for form in {char, char.lower(), char.upper()}:
        forms.append(re.escape(form.encode()))
        units = form.encode("utf-16-be").hex()
        escaped = "".join(rf"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
        forms.append(escaped.encode())
    return b"(?:" + b"|".join(forms) + b")"


@dataclass(frozen=True)
class Pattern:
    """The text matches a regular expression. `seen`: how many characters of it are looked at.

    `literal` is in every text that matches, in small or large: most texts are told by that.
    """

    regex: re.Pattern[str]
    seen: int
    literal: str = ""
    cost = 3

    def mask(self, scan: Scan, among: Mask) -> Mask:
        if self.literal:
            among = scan.where(finder(self.literal), among, lower=True, anywhere=True)
        found = np.zeros(len(scan), dtype=np.bool_)
        search, seen = self.regex.search, self.seen
        found[[n for n in scan.numbers(among) if search(scan.payload(n)[:seen])]] = True
        return found

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        return [m.span() for m in self.regex.finditer(text[: self.seen]) if m.end() > m.start()]


@dataclass(frozen=True)
class EventId:
    """The frame is about one event of the conversation, by the provider's number."""

    number: int
    regex: re.Pattern[bytes] = field(init=False, repr=False)
    cost = 2

    def __post_init__(self) -> None:
        number = rb'event_id\\?"\s*:\s*%d(?!\d)' % self.number
        object.__setattr__(self, "regex", re.compile(number))

    def mask(self, scan: Scan, among: Mask) -> Mask:
        return scan.where(self._find, among, lower=False, anywhere=True)

    def _find(self, data: bytes, start: int) -> int:
        found = self.regex.search(data, start)
        return found.start() if found else -1

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        return [m.span() for m in re.finditer(rf"\bid={self.number}\b", text)]


# ── Regular expressions that end ─────────────────────────────────────────────────────────────────


class RegexRefused(Exception):
    """Why a pattern is not run."""


def check_regex(pattern: str, flags: int = 0) -> Pattern:
    """Raises re.error for one that is none, RegexRefused for one that can take for ever."""
    compiled = re.compile(pattern, flags)
    parsed = sre_parser.parse(pattern, flags)
    count = _unbounded(parsed, inside=False)
    if count >= len(SEEN):
        raise RegexRefused(f"{count} repetitions without end are too slow; 3 at most")
    return Pattern(compiled, SEEN[count], _literal(parsed))


def _literal(items: Iterable[Any]) -> str:
    """The longest run of letters, digits and spaces that the pattern is bound to have."""
    runs, run = [], ""
    for operation, argument in items:
        char = chr(argument) if operation is sre.LITERAL else ""
        plain = char.isascii() and (char.isalnum() or char in " _-")
        run = run + char if plain else ""
        runs.append(run)
    longest = max(runs, key=len, default="")
    return longest.lower() if len(longest) > 1 else ""


def _unbounded(items: Iterable[Any], *, inside: bool) -> int:
    """How many repetitions have no bound. Raises RegexRefused for one inside another."""
    count = 0
    for operation, argument in items:
        if operation in _REPEATS:
            low, high, body = argument
            many = high - low > MANY
            if inside and high - low > 0:
                raise RegexRefused("a repetition inside a repetition can take for ever")
            count += many + _unbounded(body, inside=inside or many)
        elif operation is sre.SUBPATTERN:
            count += _unbounded(argument[3], inside=inside)
        elif operation is sre.BRANCH:
            if inside and not _told_apart(argument[1]):
                raise RegexRefused("alternatives that begin alike, repeated, can take for ever")
            count += sum(_unbounded(branch, inside=inside) for branch in argument[1])
        elif operation in (sre.ASSERT, sre.ASSERT_NOT):
            count += _unbounded(argument[1], inside=inside)
        elif operation is sre.GROUPREF and inside:
            raise RegexRefused("a back reference inside a repetition can take for ever")
        elif operation is sre.ATOMIC_GROUP:
            count += _unbounded(argument, inside=inside)
        elif operation is sre.GROUPREF_EXISTS:
            branches = [branch for branch in argument[1:] if branch]
            count += sum(_unbounded(branch, inside=inside) for branch in branches)
    return count


MANY = 200
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def _told_apart(branches: Iterable[Any]) -> bool:
    """Each begins with a character of its own."""
    firsts = []
    for branch in branches:
        if not len(branch) or branch[0][0] is not sre.LITERAL:
            return False
        firsts.append(branch[0][1])
    return len(set(firsts)) == len(firsts)
