"""Takes secrets out of text before it is written, shown or sent anywhere.

Knows the values it was told and where credentials stand (`secret_places`); no file, no screen.
Only what is secret is changed: the rest of a text stays as it is to the byte, and JSON stays JSON.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from tui.journal.secret_places import MASK, Place, Places
from tui.journal.secret_values import Flattened, Tangled, flat
from tui.provider import SecretShapes

MIN_SECRET = 8
"""Shorter values would blank ordinary words: those are only hidden where they are named."""
MIN_MIXED = 6
"""The same for letters with digits, which are no word."""
_NUMBER = re.compile(r"-?[\d.eE+-]+")
_WORDS = re.compile(r"[a-z]+(?:_[a-z]+)*")
_STRINGS = re.compile(r'\\.|"', re.DOTALL)


class Redactor:
    """Hides known secrets, in any form they take on the wire, and what stands in their places."""

    def __init__(self, secrets: Iterable[str] = (), shapes: Iterable[SecretShapes] = ()) -> None:
        """`shapes`: of the providers' wires, beside those that every wire has."""
        self.learn(shapes)
        self._flat: set[bytes] = set()
        self._written: set[str] = set()
        """The usual forms, which may stand beside what looks like a part of an escape: `%`."""
        for secret in secrets:
            self.add(secret)

    def learn(self, shapes: Iterable[SecretShapes]) -> None:
        """From now on look for credentials in these places, beside those of every wire."""
        self._places = Places(shapes)

    def add(self, secret: str) -> None:
        """Hide `secret` from now on, however it is written."""
        secret = secret.strip().strip("\"'\\")
        mixed = any(c.isdigit() for c in secret) and any(c.isalpha() for c in secret)
        if len(secret) >= (MIN_MIXED if mixed else MIN_SECRET) and set(secret) != {"*"}:
            self._flat |= {flat(secret)} - {b""}
            escaped = json.dumps(secret, ensure_ascii=False)[1:-1]
            self._written |= {secret, escaped}
            for quoted in (quote(secret, "/", None, "replace"), quote(secret, "", None, "replace")):
                self._written |= {quoted, quoted.replace("%20", "+")}

    def __call__(self, text: str) -> str:
        return self.around(text, 0)[0]

    def around(self, text: str, position: int) -> tuple[str, int]:
        """`text` without secrets, and where the character at `position` of it is now."""
        try:
            found = self._values(text)
            found += self._places.find(text)
        except Tangled:
            return _whole(text)
        return _masked(text, found, position) if found else (text, position)

    def ours(self, text: str) -> str:
        """`text` without the secrets that are known, and otherwise as it is: for an agent."""
        try:
            found = self._values(text)
        except Tangled:
            return _whole(text)[0]
        return _masked(text, found, 0)[0] if found else text

    def _values(self, text: str) -> list[Place]:
        data = flat(text) if self._flat else b""
        present = [secret for secret in self._flat if secret in data]
        spans = set(Flattened(text).find(present)) if present else set()
        for form in self._written:
            if form in text:
                spans.update(match.span() for match in re.finditer(re.escape(form), text))
        return _in_their_place(text, sorted(spans)) if spans else []


def _in_their_place(text: str, spans: list[tuple[int, int]]) -> list[Place]:
    """In JSON a number is hidden whole, as a string, and a word that is a frame's own, a name or
    a type, is nobody's secret."""
    usual = not any(_NUMBER.fullmatch(text, *s) or _WORDS.fullmatch(text, *s) for s in spans)
    if usual or not _is_json(text):
        return [Place(*span) for span in spans]
    found, inside, last = [], False, 0
    for start, end in spans:
        inside ^= _STRINGS.findall(text, last, start).count('"') % 2 == 1
        last = start
        if inside:
            if not (_WORDS.fullmatch(text, start, end) and _is_grammar(text, start, end)):
                found.append(Place(start, end))
        elif not _NUMBER.match(text, start - 1, start) and not _NUMBER.match(text, end, end + 1):
            found.append(Place(start, end, f'"{MASK}"'))
    return found


def _is_grammar(text: str, start: int, end: int) -> bool:
    """A whole string that is the name of a member, or the value of one named `type`."""
    if text[start - 1 : start] != '"' or text[end : end + 1] != '"':
        return False
    after = text[end + 1 : end + 9].lstrip()
    before = text[max(0, start - 17) : start - 1].rstrip().removesuffix(":").rstrip()
    return after.startswith(":") or before.endswith('"type"')


def _masked(text: str, found: list[Place], position: int) -> tuple[str, int]:
    pieces, last, moved = [], 0, position
    for start, end, mask in sorted(found):
        if end <= last:
            continue
        kept = text[last : max(start, last)]
        hidden = mask if start >= last else ""  # two secrets may overlap
        pieces += [kept, hidden]
        if end <= position:
            moved += len(hidden) - (end - max(start, last))
        elif max(start, last) < position:
            moved -= position - max(start, last)
        last = end
    clean = "".join([*pieces, text[last:]])
    if clean != text and _is_json(text) and not _is_json(clean):
        return _whole(text)
    return clean, moved


def _whole(text: str) -> tuple[str, int]:
    """What cannot be hidden in part is hidden whole."""
    return (f'"{MASK}"', 1) if _is_json(text) else (MASK, 0)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        try:
            json.loads(text)  # which takes half a surrogate pair
        except (ValueError, RecursionError):
            return False
    return True
