"""Finds the places where credentials stand on these wires: headers, queries, URLs, variables.

Knows names and how JSON quotes; no secret's value. A name alone is only a word: it counts where it
names something, `"secret__pin": "…"`, `xi-api-key: …`, `?token=…`, and what it names looks like it.

Theory of operation: names are searched for in C; what follows one is parsed on the spot, and never
twice, so that the time stays in proportion to the text. Within a JSON string other JSON may be
quoted, and in that again: `depth` is the number of backslashes before each quote mark there,
0, 1, 3, 7 and so on.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tui.journal.secret_values import MOST, MOST_FOUND, Tangled

MASK = "***"

DEEPEST = 255
"""Backslashes before a quote mark: eight JSON texts, one in a string of the other."""
LONGEST_NAME = 200

_GAP = re.compile(r"(?:\s|\\++[nrt])*+:(?:\s|\\++[nrt])*+")
_SCALAR = re.compile(r"-?\d[\w.+-]*|true|false|null")
_BRACKET = re.compile(r'["{}\[\]]')
_VALUE = r"(?:[^&\s\"'\\<>]|\\++(?:/|u(?!0026|0022|0027|003[cCeE])[0-9a-fA-F]{4}))++"
_QUERY = re.compile(
    rf"(?:conversation_signature|token)(?:(?:=|\\++u003d)({_VALUE})"
    r"|%(?:25)*3D((?:[^&%\s\"'\\<>]|%(?:25)++(?!26)[0-9a-f]{2})++))",
    re.I,
)
_QUERY_BEGINS = ("?", "&", "%3f", "%26", "u003f", "u0026", "&amp;")
_LOGIN = re.compile(
    r":(?:\\*+/){2}[^\s/?#\"'\\<>:@]*+:([^\s/?#\"'\\<>]+)@"  # the last @ ends it
)
_SCHEME = re.compile(r"(?:bearer|basic|token|digest)(?:\s|\+|%20)++", re.I)
_HEADER = re.compile(
    rf"(?:xi-api-key|authorization)\\*+[\"']?\s*+[:=]\s*+\\*+[\"']?"
    rf"((?:bearer|basic|token|digest)\s++)?({_VALUE})",
    re.I,
)


class Place(NamedTuple):
    """What stands at `start:end`, and with what it is hidden."""

    start: int
    end: int
    mask: str = MASK


def places(text: str) -> list[Place]:
    """Where credentials stand in `text`. Raises Tangled."""
    # Of all characters this one alone gets longer in small letters.
    lowered = text.replace("\u0130", "i").lower()
    found: list[Place] = []
    found += _variables(text, lowered)
    for name in ("xi-api-key", "authorization"):
        for at in _each(lowered, name):
            if place := _header(text, at, name):
                found.append(place)
    for name in ("conversation_signature", "token"):
        for at in _each(lowered, name):
            if name == "token" and not lowered[max(0, at - 5) : at].endswith(_QUERY_BEGINS):
                continue
            if match := _QUERY.match(text, at):
                found.append(Place(*match.span(match.lastindex or 0)))
    if "@" in text:
        found += [Place(*match.span(1)) for match in islice(_LOGIN.finditer(text), MOST)]
    if len(found) > MOST_FOUND:
        raise Tangled
    return found


def _each(lowered: str, name: str) -> Iterator[int]:
    at, count = lowered.find(name), 0
    while at >= 0:
        yield at
        count += 1
        if count > MOST:
            raise Tangled
        at = lowered.find(name, at + len(name))


def _variables(text: str, lowered: str) -> Iterator[Place]:
    """Values of `secret__` variables: ElevenLabs never shows them to the LLM."""
    end = 0
    for at in _each(lowered, "secret__"):
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


def _header(text: str, at: int, name: str) -> Place | None:
    """The credential in a header, be it a member of an object or a line of text."""
    depth = _depth(text, at)
    value_at = None if depth is None else _member(text, at + len(name), depth)
    if depth is None or value_at is None:
        match = _HEADER.match(text, at)
        if not match or not (match[1] or name == "xi-api-key") or not _looks_secret(match[2]):
            return None
        start, end = match.span(2)
        return Place(start, end - (text[end - 1] in ",;.}"))
    quote = "\\" * depth + '"'
    if not text.startswith(quote, value_at):
        return None  # no string, so no header: `"authorization": true`
    start = value_at + len(quote)
    end = _string_end(text, start, depth)
    if name == "authorization":
        scheme = _SCHEME.match(text, start, end)
        if scheme is None:
            return None
        start = scheme.end()
        if scheme[0][:6].lower() != "bearer" and not _looks_secret(text[start:end]):
            return None
    return Place(start, end)


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
