"""Lays out the text of a frame for reading, token by token.

Knows JSON's tokens and nothing of frames. It never decodes the whole: numbers stay as they were
written, doubled keys stay doubled, a deep nesting costs no stack, and a broken text is laid out
as far as it goes. Only strings are decoded, so that `\\u00e9` reads as it should.
"""

import json
import re
from collections.abc import Iterator

from tui.widgets.paint import bytes_text

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|"', re.DOTALL)
_BASE64 = re.compile(r'"[A-Za-z0-9+/]{400,}={0,2}"')
MAX_INDENT = 40
LONG_STRING = 8000


def layout(text: str, indent: int = 2) -> Iterator[str]:
    """Lines of `text`, indented like JSON; base64 and very long strings are cut short."""
    depth, line = 0, ""
    pieces = _PIECE.findall(text)
    for position, piece in enumerate(pieces):
        following = pieces[position + 1] if position + 1 < len(pieces) else ""
        if piece in "{[":
            line += piece
            if following in ("}", "]"):
                continue
            depth += 1
        elif piece in "}]":
            if pieces[position - 1] in ("{", "["):
                line += piece
                continue
            if line.strip():
                yield line
            depth = max(depth - 1, 0)
            line = _margin(depth, indent) + piece
            continue
        elif piece == ",":
            line += piece
        else:
            line += ": " if piece == ":" else _scalar(piece)
            continue
        yield line
        line = _margin(depth, indent)
    if line.strip():
        yield line


def _margin(depth: int, indent: int) -> str:
    return " " * min(depth * indent, MAX_INDENT)


def _scalar(piece: str) -> str:
    if not piece.startswith('"') or len(piece) < 2:
        return piece
    if _BASE64.fullmatch(piece):
        return f'"‹{bytes_text((len(piece) - 2) * 3 // 4)} base64›"'
    if len(piece) > LONG_STRING:
        return f'{piece[:LONG_STRING]}… "‹{len(piece) - LONG_STRING:,} more characters›'
    try:
        return json.dumps(json.loads(piece, strict=False), ensure_ascii=False)
    except ValueError:
        return piece
