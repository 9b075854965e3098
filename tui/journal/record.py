"""What a journal line is: its header, its payload, and how both are written as bytes.

Knows the line format only; no file, no clock, no provider. A line is one JSON object whose keys
come in a fixed order, so that a header is read without decoding the payload behind it:

    {"n":12,"t":8412345,"d":"<","k":"audio","s":10923,"u":3,"l":-18,"a":[4096,8000,34],"f":{…}}

`n` number, `t` monotonic ns, `d` direction (< received, > sent, . fact), `k` kind, `s` size of the
frame in bytes as it was on the wire, `u` turn. Optional: `l` level in dBFS of the audio it carries,
`a` where that audio lies in the audio file ([offset, bytes, position in the payload's text]; offset
-1 when it is not kept, -2 when it is in the payload), `r` 1 when secrets were taken out. Then the
payload: `f` is the frame's own text, byte for byte, `x` a JSON string holding a text that cannot
stand in a line by itself.
"""

import binascii
import contextlib
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

FORMAT = 1


def audio_path(journal: Path) -> Path:
    """The file beside a journal that holds its audio, raw, in the order of the records."""
    return journal.with_name(journal.name + ".audio")


class Direction(StrEnum):
    RECEIVED = "<"
    SENT = ">"
    FACT = "."


NOT_KEPT = -1
INLINE = -2
"""Offsets of audio that is nowhere, and of audio that is in the frame's own text."""


class AudioSpan(NamedTuple):
    """Where a frame's audio is: bytes `offset..offset+size` of the audio file, or see above."""

    offset: int
    size: int
    position: int
    """Character of the payload's text before which the audio's base64 belongs."""

    @property
    def kept(self) -> bool:
        return self.offset != NOT_KEPT

    @property
    def encoded_size(self) -> int:
        """Characters of its base64."""
        return (self.size + 2) // 3 * 4


class Header(NamedTuple):
    """All of a record but its payload. `time_ns` is monotonic; `level` dBFS or None."""

    number: int
    time_ns: int
    direction: Direction
    kind: str
    size: int
    turn: int
    level: int | None = None
    audio: AudioSpan | None = None
    redacted: bool = False


HEADER = re.compile(
    rb'\{"n":(\d{1,18}),"t":(\d{1,18}),"d":"([<>.])","k":"([ !#-\[\]-~]*(?:\\[ -~][ !#-\[\]-~]*)*)"'
    rb',"s":(\d{1,9}),"u":(\d{1,9})'
    rb'(?:,"l":(-?\d{1,3}))?(?:,"a":\[(-?\d{1,18}),(\d{1,9}),(\d{1,9})\])?(,"r":1)?,"([fx])":'
)
"""A line up to its payload; groups as `parse_header` reads them. Numbers fit the index."""

MAX_KIND = 64
"""Kinds come from servers: longer names are cut in the header (the payload has them whole)."""


def parse_header(match: re.Match[bytes]) -> Header:
    """The header that `HEADER` matched."""
    number, time_ns, direction, kind, size, turn, level, *_ = match.groups()
    return Header(
        number=int(number),
        time_ns=int(time_ns),
        direction=Direction(direction.decode()),
        kind=decode_kind(kind),
        size=int(size),
        turn=int(turn),
        level=int(level) if level else None,
        audio=parse_span(match),
        redacted=match.group(11) is not None,
    )


def parse_span(match: re.Match[bytes]) -> AudioSpan | None:
    """Where the audio is of the record that `HEADER` matched."""
    offset, size, position = match.group(8, 9, 10)
    return AudioSpan(int(offset), int(size), int(position)) if offset else None


def decode_kind(raw: bytes) -> str:
    try:
        return str(json.loads(b'"' + raw + b'"')) if b"\\" in raw else raw.decode()
    except ValueError:  # not written by us
        return raw.decode()


def encode_line(header: Header, text: str) -> bytes:
    """One journal line, newline included, for `text` with its audio already taken out."""
    parts = [
        f'{{"n":{header.number},"t":{header.time_ns},"d":"{header.direction}",'.encode(),
        b'"k":%s,"s":%d,"u":%d' % (_kind(header.kind), header.size, header.turn),
    ]
    if header.level is not None:
        parts.append(b',"l":%d' % header.level)
    if header.audio is not None:
        parts.append(b',"a":[%d,%d,%d]' % header.audio)
    if header.redacted:
        parts.append(b',"r":1')
    parts.append(_payload(text))
    parts.append(b"}\n")
    return b"".join(parts)


def plain_json(value: msgspec.Struct) -> bytes:
    """`value` as JSON, also of a file whose name is no text: `?` stands for its bytes."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode(errors="replace")


def _kind(kind: str) -> bytes:
    """As a JSON string of ASCII, whatever a server puts into its names."""
    return json.dumps(kind[:MAX_KIND]).encode()


def _payload(text: str) -> bytes:
    try:
        raw = text.encode()
        if b"\n" not in raw and b"\r" not in raw:
            msgspec.json.decode(raw, type=msgspec.Raw)
            return b',"f":' + raw
    except (UnicodeEncodeError, msgspec.DecodeError, RecursionError):
        pass  # kept as a string below, exactly as it came
    return b',"x":' + _json_string(text)


def _json_string(text: str) -> bytes:
    try:
        return msgspec.json.encode(text)
    except UnicodeEncodeError:  # a lone surrogate: only an ASCII escape can stand for it
        return json.dumps(text).encode()


def decode_payload(line: bytes, match: re.Match[bytes]) -> str:
    """The text behind a matched header. Of a line not written by us, what can be read of it."""
    raw = line[match.end() : -2]  # without the closing brace and the newline
    if match.group(12) == b"x":
        with contextlib.suppress(ValueError):  # also what msgspec raises
            return str(json.loads(raw)) if b"\\ud" in raw else str(msgspec.json.decode(raw))
    return raw.decode(errors="replace")


def take_audio_out(text: str, audio: bytes) -> tuple[str, int]:
    """`text` without the base64 of `audio`, and where it was; -1 when it is not there as such."""
    encoded = binascii.b2a_base64(audio, newline=False).decode()
    position = text.find(encoded) if encoded else -1
    if position < 0:
        return text, -1
    return text[:position] + text[position + len(encoded) :], position


def take_base64(text: str, span: AudioSpan) -> tuple[str, str]:
    """`text` without the base64 that stands in it at `span.position`, and that base64."""
    end = span.position + span.encoded_size
    return text[: span.position] + text[end:], text[span.position : end]


def put_audio_back(text: str, audio: bytes, position: int) -> str:
    """The frame's exact text again."""
    encoded = binascii.b2a_base64(audio, newline=False).decode()
    return text[:position] + encoded + text[position:]
