"""Terms of a filter that read texts: words, regular expressions, event ids.

Knows how a text may stand in a journal's line; not how a filter is written.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tui.analysis.filter.lines import SliceLines
from tui.analysis.filter.regex import Regex
from tui.analysis.filter.scan import Finder, Mask, Scan

_TWO_LETTERS = re.compile(r"[A-Za-z]{2}|[^\x00-\x7f]")
_SURE = re.compile(rb"[a-z]*")
"""What no other byte of a journal's line becomes when it is folded."""
_CASE = bytes(byte | 0x20 for byte in range(256))
_PLAIN = re.compile(r"[!#$%()*,.0-9:;?@A-Z\[\]^_a-z{|}~-]+")
"""What writers of JSON leave as it is, and a row too."""
_SPACE = rb"(?: |\\[nrt]|\\u00(?:09|0a|0d|20|a0)|\xc2\xa0)"
"""What a row shows as a space."""
_IDS = ("reply_id", "user_turn_id", "ping_id")


@dataclass(frozen=True)
class Word:
    """The text or the kind contains `text`; case does not matter."""

    text: str
    cost = 2

    def mask(self, scan: Scan, among: Mask) -> Mask:
        return scan.where(self._finder, among, anywhere=bool(_TWO_LETTERS.search(self.text)))

    @cached_property
    def _finder(self) -> Finder:
        return finder(self.text)

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        """Where it is in a painted text."""
        found = re.finditer(re.escape(self.text), text, re.IGNORECASE)
        return [match.span() for match in found]


def finder(text: str) -> Finder:
    """Finds `text` in bytes, in small or large."""
    if _PLAIN.fullmatch(text):
        return _Letters(text.lower().encode())
    found = _Regex(re.compile(b"".join(map(_character, text)), re.IGNORECASE))
    run = max(_PLAIN.findall(text), key=len, default="")
    return _Around(_Letters(run.lower().encode()), found) if len(run) > 1 else found


class _Letters:
    """Plain ASCII, in small letters."""

    def __init__(self, small: bytes) -> None:
        self._small = small
        self._folded = small.translate(_CASE)
        self._is_sure = _SURE.fullmatch(small) is not None

    def within(self, text: bytes) -> bool:
        return self._small in text.lower()

    def over(self, lines: SliceLines) -> Callable[[int], int]:
        find, data, folded = lines.folded.find, lines.data, self._folded
        if self._is_sure:
            return lambda start: find(folded, start)

        def following(start: int) -> int:
            at = find(folded, start)
            while at >= 0 and data[at : at + len(folded)].lower() != self._small:
                at = find(folded, at + 1)
            return at

        return following


class _Regex:
    def __init__(self, regex: re.Pattern[bytes]) -> None:
        self._regex = regex

    def within(self, text: bytes) -> bool:
        return self._regex.search(text) is not None

    def between(self, data: bytes, start: int, end: int) -> int:
        found = self._regex.search(data, start, end)
        return found.start() if found else -1

    def over(self, lines: SliceLines) -> Callable[[int], int]:
        search, data = self._regex.search, lines.data

        def following(start: int) -> int:
            found = search(data, start)
            return found.start() if found else -1

        return following


class _Around:
    """A text that may be escaped, in the lines in which a plain part of it is."""

    def __init__(self, part: _Letters, whole: _Regex) -> None:
        self._part, self._whole = part, whole

    def within(self, text: bytes) -> bool:
        return self._part.within(text) and self._whole.within(text)

    def over(self, lines: SliceLines) -> Callable[[int], int]:
        next_part, data = self._part.over(lines), lines.data

        def following(start: int) -> int:
            at = next_part(start)
            while at >= 0:
                begin, end = data.rfind(b"\n", start, at) + 1, data.find(b"\n", at)
                end = len(data) if end < 0 else end
                found = self._whole.between(data, max(begin, start), end)
                if found >= 0:
                    return found
                at = next_part(end)
            return -1

        return following


def _character(char: str) -> bytes:
    """A character in small and large, as UTF-8 and as JSON may escape it."""
    if char == " ":
        return _SPACE
    if _PLAIN.fullmatch(char):
        return re.escape(char.encode())
    forms = [rb"\\" + re.escape(char.encode())] if char in '"\\/' else []
    for form in {char, char.lower(), char.upper()}:
        forms.append(re.escape(form.encode()))
        units = form.encode("utf-16-be").hex()
        escaped = "".join(rf"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
        forms.append(escaped.encode())
    return b"(?:" + b"|".join(forms) + b")"


@dataclass(frozen=True)
class Pattern:
    """The text matches a regular expression."""

    regex: Regex
    cost = 3

    def mask(self, scan: Scan, among: Mask) -> Mask:
        if self.regex.literal:
            among = scan.where(finder(self.regex.literal), among, anywhere=True)
        found = np.zeros(len(scan), dtype=np.bool_)
        found[list(self._matching(scan, among))] = True
        return found

    def _matching(self, scan: Scan, among: Mask) -> Iterator[int]:
        places, lines, raw = scan.numbers(among), scan.lines_of(among), self.regex.raw
        if raw is None or scan.are_few(among):
            yield from (n for n in places if self.regex.matches(lines.payload(n)))
            return
        search = raw.search
        for place, text in lines.plain(places, self.regex.seen):
            if search(text) if text is not None else self.regex.matches(lines.payload(place)):
                yield place

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        return self.regex.spans(text)


@dataclass(frozen=True)
class EventId:
    """The record is about one reply, turn of the user or ping, by the provider's name for it."""

    id: str
    cost = 2

    def mask(self, scan: Scan, among: Mask) -> Mask:
        found = scan.every(False)
        if self.id.isdecimal():
            found = scan.where(self._number, among, anywhere=True)
        lettered = bool(_TWO_LETTERS.search(self.id))
        said = scan.where(finder(f'"{self.id}"'), among & ~found, anywhere=lettered)
        found[[n for n in scan.numbers(said) if self._means(scan, scan.first + n)]] = True
        return found

    def _means(self, scan: Scan, number: int) -> bool:
        meant = scan.categories.events_of(number)
        return any(getattr(event, name, None) == self.id for event in meant for name in _IDS)

    @cached_property
    def _number(self) -> Finder:
        return _Regex(re.compile(rb'event_id\\?"\s*:\s*%b(?!\d)' % self.id.encode()))

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        return [m.span() for m in re.finditer(rf"\bid={re.escape(self.id)}(?!\w)", text)]
