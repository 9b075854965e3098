"""Regular expressions that end: which of them are run, and on how much of a text.

Knows how Python's are put together, nothing of records. One cannot be interrupted, so those that
can take for ever are refused, and the more of a pattern repeats without bound, the less of a long
text it sees.
"""

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as sre_parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from typing import Any, NamedTuple

SEEN = (65_536, 16_384, 2_048, 512)
"""Characters of a text that a pattern sees, by how many of its repetitions have no bound."""
MANY = 200
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


class RegexRefused(Exception):
    """Why a pattern is not run."""


class Regex(NamedTuple):
    """One that ends. `seen`: how many characters of a text are looked at.

    `raw` does the same to the bytes of a text that is all ASCII; None for a pattern that is not.
    `literal` is in every text that matches, in small or large: most texts are told by that.
    """

    compiled: re.Pattern[str]
    raw: re.Pattern[bytes] | None
    seen: int
    literal: str

    def matches(self, text: str) -> bool:
        return self.compiled.search(text[: self.seen]) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        found = self.compiled.finditer(text[: self.seen])
        return [match.span() for match in found if match.end() > match.start()]


def check_regex(pattern: str, flags: int = 0) -> Regex:
    """Raises re.error for one that is none, RegexRefused for one that can take for ever."""
    compiled = re.compile(pattern, flags)
    parsed = sre_parser.parse(pattern, flags)
    count = _unbounded(parsed, inside=False)
    if count >= len(SEEN):
        raise RegexRefused(f"{count} repetitions without end are too slow; 3 at most")
    return Regex(compiled, _raw(pattern, flags), SEEN[count], _literal(parsed))


def _raw(pattern: str, flags: int) -> re.Pattern[bytes] | None:
    """Classes such as \\w are of ASCII in bytes, which in a text that is all ASCII is the same."""
    try:
        return re.compile(pattern.encode("ascii"), flags)
    except (UnicodeEncodeError, re.error):
        return None


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


def _told_apart(branches: Iterable[Any]) -> bool:
    """Each begins with a character of its own."""
    firsts = []
    for branch in branches:
        if not len(branch) or branch[0][0] is not sre.LITERAL:
            return False
        firsts.append(branch[0][1])
    return len(set(firsts)) == len(firsts)
