"""Finds the places where credentials stand on these wires: headers, queries, URLs, variables.

Knows how JSON quotes, and the names that it is given; no secret's value. A name alone is only a
word: it counts where it names something, `"secret__pin": "…"`, `authorization: …`, `?token=…`, and
what it names looks like it.

Theory of operation: names are searched for in C; what follows one is parsed on the spot, and never
twice, so that the time stays in proportion to the text. Within a JSON string other JSON may be
quoted, and in that again: `depth` is the number of backslashes before each quote mark there,
0, 1, 3, 7 and so on.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from tui.journal.secret_values import MOST, MOST_FOUND, Tangled
from tui.provider import SecretShapes

MASK = "***"

DEEPEST = 255
"""Backslashes before a quote mark: eight JSON texts, one in a string of the other."""
LONGEST_NAME = 200

_GAP = re.compile(r"(?:\s|\\++[nrt])*+:(?:\s|\\++[nrt])*+")
_SCALAR = re.compile(r"-?\d[\w.+-]*|true|false|null")
_BRACKET = re.compile(r'["{}\[\]]')
_VALUE = r"(?:[^&\s\"'\\<>]|\\++(?:/|u(?!0026|0022|0027|003[cCeE])[0-9a-fA-F]{4}))++"
TOKEN = "token"  # noqa: S105  its name
"""A parameter of any wire, where it stands as one."""
_KEY = re.compile(r"[A-Za-z0-9_-]{12,}+")
_QUERY_BEGINS = ("?", "&", "%3f", "%26", "u003f", "u0026", "&amp;")
_LOGIN = re.compile(
    r":(?:\\*+/){2}[^\s/?#\"'\\<>:@]*+:([^\s/?#\"'\\<>]+)@"  # the last @ ends it
)
_SCHEME = re.compile(r"(?:bearer|basic|token|digest)(?:\s|\+|%20)++", re.I)


class Place(NamedTuple):
    """What stands at `start:end`, and with what it is hidden."""

    start: int
    end: int
    mask: str = MASK


class Places:
    """Finds them for a set of wires; `shapes` add to what every wire has."""

    def __init__(self, shapes: Iterable[SecretShapes] = ()) -> None:
        given = list(shapes)
        self._own_headers = frozenset(name for one in given for name in one.headers)
        self._headers = (*sorted(self._own_headers), "authorization")
        self._parameters = tuple({name: 0 for one in given for name in one.parameters} | {TOKEN: 0})
        self._members = tuple({name: 0 for one in given for name in one.members})
        self._values = tuple({name: 0 for one in given for name in one.values})
        self._marks = (*self._headers, *self._parameters, *self._members, *self._values, "@")
        self._query = re.compile(
            rf"(?:{_any(self._parameters)})(?:(?:=|\\++u003d)({_VALUE})"
            r"|%(?:25)*3D((?:[^&%\s\"'\\<>]|%(?:25)++(?!26)[0-9a-f]{2})++))",
            re.I,
        )
        self._header = re.compile(
            rf"(?:{_any(self._headers)})\\*+[\"']?\s*+[:=]\s*+\\*+[\"']?"
            rf"((?:bearer|basic|token|digest)\s++)?({_VALUE})",
            re.I,
        )

    def find(self, text: str) -> list[Place]:
        """Where credentials stand in `text`. Raises Tangled."""
        # Of all characters this one alone gets longer in small letters.
        lowered = text.replace("\u0130", "i").lower()
        found: list[Place] = []
        if not any(mark in lowered for mark in self._marks):
            return found
        for name in self._members:
            found += _variables(text, lowered, name)
        for name in self._headers:
            places = (self._header_at(text, at, name) for at in _each(lowered, name))
            found += filter(None, places)
        for name in self._parameters:
            for at in _each(lowered, name):
                if name == TOKEN and not lowered[max(0, at - 5) : at].endswith(_QUERY_BEGINS):
                    continue
                if match := self._query.match(text, at):
                    found.append(Place(*match.span(match.lastindex or 0)))
        for prefix in self._values:
            found += _keys(text, lowered, prefix)
        if "@" in text:
            found += [Place(*match.span(1)) for match in islice(_LOGIN.finditer(text), MOST)]
        if len(found) > MOST_FOUND:
            raise Tangled
        return found

    def _header_at(self, text: str, at: int, name: str) -> Place | None:
        """The credential in a header, be it a member of an object or a line of text."""
        depth = _depth(text, at)
        value_at = None if depth is None else _member(text, at + len(name), depth)
        if depth is None or value_at is None:
            match = self._header.match(text, at)
            own = name in self._own_headers
            if not match or not (match[1] or own) or not _looks_secret(match[2]):
                return None
            start, end = match.span(2)
            return Place(start, end - (text[end - 1] in ",;.}"))
        quote = "\\" * depth + '"'
        if not text.startswith(quote, value_at):
            return None  # no string, so no header: `"authorization": true`
        start = value_at + len(quote)
        end = _string_end(text, start, depth)
        if name not in self._own_headers:
            scheme = _SCHEME.match(text, start, end)
            if scheme is None:
                return None
            start = scheme.end()
            if scheme[0][:6].lower() != "bearer" and not _looks_secret(text[start:end]):
                return None
        return Place(start, end)


def _any(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, names))


def _keys(text: str, lowered: str, prefix: str) -> Iterator[Place]:
    """Values that begin so, such as `sk-…`."""
    for at in _each(lowered, prefix):
        match = _KEY.match(text, at + len(prefix))
        if match and not _within_word(text, at):
            yield Place(at, match.end())


def _within_word(text: str, at: int) -> bool:
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] in "_-")


def _each(lowered: str, name: str) -> Iterator[int]:
    at, count = lowered.find(name), 0
    while at >= 0:
        yield at
        count += 1
        if count > MOST:
            raise Tangled
        at = lowered.find(name, at + len(name))


def _variables(text: str, lowered: str, prefix: str) -> Iterator[Place]:
    """Values of members whose names begin with `prefix`."""
    end = 0
    for at in _each(lowered, prefix):
        if at >= end and (place := _variable(text, at)):
            end = place.end
            yield place


def _variable(text: str, at: int) -> Place | None:
    depth = _depth(text, at)
    if depth is None:
        return None
    name_end = _string_end(text, at, depth)
    value_at = _member(text, name_end, depth)
    if value_at is None or name_end - at > LONGEST_NAME:
        return None
    quote = "\\" * depth + '"'
    if text.startswith(quote, value_at):
        start = value_at + len(quote)
        return Place(start, _string_end(text, start, depth))
    if scalar := _SCALAR.match(text, value_at):
        return Place(value_at, scalar.end(), f"{quote}{MASK}{quote}")
    if text[value_at : value_at + 1] in ("{", "["):
        return Place(value_at, _brackets_end(text, value_at, depth), f"{quote}{MASK}{quote}")
    return None


def _looks_secret(word: str) -> bool:
    """Unlike a word that is spoken: `authorization: basic training`."""
    return len(word) >= 6 and any(c.isdigit() or c.isupper() or c in "=+/_" for c in word[1:])


# ── JSON, at any depth of quoting ───────────────────────────────────────────────────────────────


def _depth(text: str, at: int) -> int | None:
    """Backslashes before the quote mark that opens a string at `at`; None where there is none."""
    if at == 0 or text[at - 1] != '"':
        return None
    depth = _backslashes(text, at - 1)
    return depth if depth <= DEEPEST and depth & (depth + 1) == 0 else None


def _backslashes(text: str, end: int) -> int:
    before = text[max(0, end - DEEPEST - 1) : end]
    return len(before) - len(before.rstrip("\\"))


def _string_end(text: str, start: int, depth: int) -> int:
    """Where the string that begins at `start` ends, its quote mark not included; also where one
    around it does, or the text. Raises Tangled."""
    at = start
    for _ in range(MOST):
        quote = text.find('"', at)
        if quote < 0:
            return len(text)
        run = min(_backslashes(text, quote), quote - start)
        more, odd = divmod(run - depth, depth + 1)
        if run < depth or odd or run > DEEPEST:
            return quote - run
        if more % 2 == 0:  # backslashes of the text itself, each written twice
            return quote - depth
        at = quote + 1
    raise Tangled


def _member(text: str, name_end: int, depth: int) -> int | None:
    """Where the value begins of the member whose name ends here; None where it is no name."""
    quote = "\\" * depth + '"'
    if not text.startswith(quote, name_end):
        return None
    gap = _GAP.match(text, name_end + len(quote))
    return gap.end() if gap else None


def _brackets_end(text: str, start: int, depth: int) -> int:
    """Behind the object or array that begins at `start`. Raises Tangled."""
    level, at = 0, start
    for _ in range(MOST):
        match = _BRACKET.search(text, at)
        if match is None:
            return len(text)
        at = match.end()
        if match[0] == '"':
            run = _backslashes(text, match.start())
            if run < depth:
                return match.start() - run
            at = _string_end(text, at, depth) + depth + 1
        else:
            level += 1 if match[0] in "{[" else -1
            if level == 0:
                return at
    raise Tangled
