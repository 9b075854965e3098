"""Finds known secrets in text, however their characters are written there.

Knows the escapes of JSON (in strings of strings, too) and of URLs; not whose secrets these are.

Theory of operation: text and secret are brought into one flat form, in which every escape is
undone, and compared there. `flat` does this for all of a text in a few passes of C, so that a
hostile text costs no more than its length; only a text that does hold a secret is gone through
piece by piece, to learn where.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

MOST = 100_000
"""Escapes in one text, or names: more are nobody's honest frame."""
MOST_FOUND = 20_000
"""Secrets in one text."""

_HEX = "[0-9a-fA-F]"
_BACKSLASH = r"(?:\\|%(?:25)*5[cC])"
_PIECE = re.compile(
    rf"{_BACKSLASH}++u([dD][89abAB]{_HEX}{{2}}){_BACKSLASH}++u([dD][c-fC-F]{_HEX}{{2}})"
    rf"|{_BACKSLASH}++u({_HEX}{{4}})|{_BACKSLASH}++|%(?:25)*({_HEX}{{2}})|%++|([^\x00-\x7f])"
)
_PIECE_BEGINS = re.compile(r"[\\%\x80-\U0010ffff]")  # much quicker to search for
_PERCENT_BACKSLASH = re.compile(r"%(?:25)*5[cC]")
_ESCAPE = re.compile(rf"\\u{_HEX}{{4}}")
_NO_ESCAPE = re.compile(rf"\\(?=U|u(?!{_HEX}{{4}}))")
_PERCENTS = re.compile(rb"%(?:25)+(?=[0-9a-fA-F]{2})")
_NO_PERCENT = re.compile(rb"(?:%(?![0-9a-fA-F]{2}))++")
# Controls are as in JSON without the backslash, a space is as in a query.
_MARKS = b"\\%"
_TABLE = bytes.maketrans(b"\n\r\t\b\f ", b"nrtbf+")


class Tangled(Exception):
    """The text holds more than can be gone through in passing."""


def flat(text: str) -> bytes:
    """`text` as UTF-8 with every escape undone, and without what marks escapes."""
    if "%" in text:
        text = _PERCENT_BACKSLASH.sub(r"\\", text)
    while "\\\\" in text:
        text = text.replace("\\\\", "\\")
    if _ESCAPE.search(text):
        text = _NO_ESCAPE.sub("", text)
        text = text.encode("raw_unicode_escape").decode("raw_unicode_escape")
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    data = text.encode(errors="surrogatepass")
    if b"%" in data:
        data = _NO_PERCENT.sub(b"", _PERCENTS.sub(b"%", data)).replace(b"\\", b"")
        data = data.replace(b"%", rb"\u00").decode("raw_unicode_escape").encode("latin-1")
    return data.translate(_TABLE, _MARKS)


class Flattened:
    """A text in its flat form, and where each piece of that stands in the text. Raises Tangled."""

    def __init__(self, text: str) -> None:
        pieces: list[bytes] = []
        self._at: list[int] = []
        self._spans: list[tuple[int, int]] = []
        self._whole: list[bool] = []
        """Escapes are taken out whole, plain text by the character."""
        size = last = 0
        while begins := _PIECE_BEGINS.search(text, last):
            match = _PIECE.match(text, begins.start())
            assert match is not None  # noqa: S101  each beginning is a piece by itself
            start, end = match.span()
            plain = text[last:start].encode().translate(_TABLE)
            undone = _undone(match)
            self._at += (size, size + len(plain))
            self._spans += ((last, start), (start, end))
            self._whole += (False, True)
            pieces += (plain, undone)
            size += len(plain) + len(undone)
            last = end
            if len(pieces) > MOST:
                raise Tangled
        self._at.append(size)
        self._spans.append((last, len(text)))
        self._whole.append(False)
        pieces.append(text[last:].encode().translate(_TABLE))
        self.data = b"".join(pieces)

    def find(self, flat_secrets: Iterable[bytes]) -> list[tuple[int, int]]:
        """Where in the text these stand, which its flat form has. Raises Tangled."""
        found = []
        for secret in flat_secrets:
            at = self.data.find(secret)
            while at >= 0:
                found.append((self._start(at), self._end(at + len(secret) - 1)))
                if len(found) > MOST_FOUND:
                    raise Tangled
                at = self.data.find(secret, at + len(secret))
        if not found:  # escapes of one kind that make an escape of the other
            raise Tangled
        return found

    def _start(self, at: int) -> int:
        """Backslashes before the first character belong to it."""
        index = bisect_left(self._at, at)
        if index == len(self._at) or self._at[index] != at:
            index -= 1
        start = self._spans[index][0]
        return start if self._whole[index] else start + at - self._at[index]

    def _end(self, at: int) -> int:
        index = bisect_right(self._at, at) - 1
        start, end = self._spans[index]
        return end if self._whole[index] else start + at - self._at[index] + 1


def _undone(match: re.Match[str]) -> bytes:
    high, low, unit, byte, character = match.groups()
    if high:
        return bytes.fromhex(high + low).decode("utf-16-be").encode()
    if unit:
        return _of(chr(int(unit, 16)))
    if byte:
        return bytes((int(byte, 16),)).translate(_TABLE, _MARKS)
    return _of(character) if character else b""


def _of(character: str) -> bytes:
    return character.encode(errors="surrogatepass").translate(_TABLE, _MARKS)
