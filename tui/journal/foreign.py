"""A journal that went through other hands (an editor, a mail, a formatter) as we would write it.

Knows encodings and the spelling of JSON; no index. Byte order marks, line ends, spaces and the
order of keys are put right; a line that is no record stays as it is.
"""

import codecs
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

import msgspec

from tui.journal.record import INLINE, AudioSpan, Direction, Header, encode_line

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONGEST_HEAD = 4096
_EMPTY = re.compile(r'(?:"([^"]*)"\s*:\s*)?""')


class _Line(msgspec.Struct):
    n: int
    t: int
    d: Direction
    k: str
    s: int = 0
    u: int = 0
    l: int | None = None  # noqa: E741  the format's own name
    a: tuple[int, int, int] | None = None
    r: int = 0
    f: msgspec.Raw = msgspec.Raw()
    x: str | None = None


def respelled(file: BinaryIO) -> BinaryIO | None:
    """The journal in `file` in a file without a name; None when it is no journal at all.

    Raises OSError.
    """
    file.seek(0)
    head = file.read(_LONGEST_HEAD)
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
    if "journal_opened" not in head.decode(encoding, "ignore"):
        return None
    file.seek(0)
    try:
        with open(os.dup(file.fileno()), encoding=encoding, errors="replace") as text:
            values = _values(text)
            first = next(values, "")
            opened = _decoded(first)
            if opened is None or opened.n != 0 or opened.k != "journal_opened":
                return None
            copy = tempfile.TemporaryFile(buffering=0)
            for value in chain([first], values):
                copy.write(_respelled(value))
    except UnicodeError:
        return None
    return copy


def _values(text: Iterable[str]) -> Iterator[str]:
    """Each JSON object, which may have several lines; other lines one by one."""
    parts: list[str] = []
    for line in text:
        if parts and not line.startswith("}"):
            parts.append(line)
            continue
        if line.rstrip() == "{":
            parts.append(line)
            continue
        yield "".join([*parts, line])
        parts.clear()
    yield from parts


def _respelled(line: str) -> bytes:
    found = _decoded(line)
    if found is None:
        rest = line.strip().replace("\n", " ")
        return f"{rest}\n".encode() if rest else b""
    payload = found.x if found.x is not None else _on_one_line(found.f)
    header = Header(
        number=found.n,
        time_ns=found.t,
        direction=found.d,
        kind=found.k,
        size=found.s,
        turn=found.u,
        level=found.l,
        audio=_span(AudioSpan(*found.a), payload) if found.a else None,
        redacted=bool(found.r),
    )
    return encode_line(header, payload)


def _decoded(line: str) -> _Line | None:
    try:
        return msgspec.json.decode(line.strip(), type=_Line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _on_one_line(raw: msgspec.Raw) -> str:
    text = bytes(raw).decode() or "null"
    return msgspec.json.format(text, indent=-1) if "\n" in text else text


def _span(span: AudioSpan, text: str) -> AudioSpan:
    """Its place in a text that may have other spaces now: the nearest empty string, that of a key
    called after audio before any other."""
    if span.offset == INLINE or span.position < 0 or text[span.position - 1 :][:2] == '""':
        return span
    found = list(_EMPTY.finditer(text))
    named = [match for match in found if "audio" in (match[1] or "")]
    places = [match.end() - 1 for match in named or found]
    near = min(places, key=lambda place: abs(place - span.position), default=span.position)
    return span._replace(position=near)
