"""A frame's text as lines of a tree that can be folded, each with the path of its value.

Knows JSON's tokens and nothing of frames. It never decodes the whole: numbers stay as they were
written, doubled keys stay doubled, a deep nesting costs no stack, and a broken text is laid out
as far as it goes. Only strings are decoded, so that `\\u00e9` reads as it should.
"""

import json
import re
from dataclasses import dataclass, field

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|".*', re.DOTALL)
_BASE64 = re.compile(r'"[A-Za-z0-9+/]{400,}={0,2}"')
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONG_STRING = 8000
DEEPEST = 100
"""Levels that have paths."""
MAX_MARGIN = 40


@dataclass(slots=True)
class TreeLine:
    """One line: `text` without its margin, `depth` levels in."""

    text: str
    depth: int
    path: str
    """JSONPath of the value that the line shows or opens; of a closing bracket, what it closes.
    "" far inside, where no path is of use to anybody."""
    end: int = -1
    """Index of the line that closes what this one opens; -1 where it opens nothing."""
    items: int = 0
    """How many values are directly inside."""
    flat: bool = False
    """A list of nothing but words and numbers."""
    value: tuple[int, int] = (0, 0)
    """Where the value stands in the text: first character and the one behind its last."""

    @property
    def opens(self) -> bool:
        return self.end >= 0


@dataclass(slots=True)
class _Open:
    """A bracket that waits for its other half."""

    line: int
    path: str
    is_list: bool
    index: int = 0
    key: str = ""
    nested: bool = False

    def child(self) -> str:
        if self.is_list:
            return f"{self.path}[{self.index}]"
        if _PLAIN_NAME.fullmatch(self.key):
            return f"{self.path}.{self.key}"
        return f"{self.path}[{json.dumps(self.key, ensure_ascii=False)}]"


@dataclass(slots=True)
class _Layout:
    lines: list[TreeLine] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    label: str = ""
    """The key that stands before the value that is to come."""

    def path(self) -> str:
        if len(self.stack) > DEEPEST:
            return ""
        return self.stack[-1].child() if self.stack else "$"

    def add(self, text: str, span: tuple[int, int]) -> TreeLine:
        line = TreeLine(self.label + text, len(self.stack), self.path(), value=span)
        self.lines.append(line)
        self.label = ""
        if self.stack:
            self.lines[self.stack[-1].line].items += 1
        return line

    def open(self, bracket: str, at: int) -> None:
        path = self.path()
        if self.stack:
            self.stack[-1].nested = True
        self.add(bracket, (at, at + 1))
        self.stack.append(_Open(len(self.lines) - 1, path, bracket == "["))

    def close(self, bracket: str, at: int) -> None:
        if not self.stack:
            self.add(bracket, (at, at + 1))
            return
        opened = self.stack.pop()
        line = self.lines[opened.line]
        line.value = (line.value[0], at + 1)
        if opened.line == len(self.lines) - 1:
            line.text += bracket  # nothing inside: one line for both
            return
        line.end = len(self.lines)
        line.flat = opened.is_list and not opened.nested
        self.lines.append(TreeLine(bracket, len(self.stack), line.path, value=line.value))

    def comma(self) -> None:
        if self.lines:
            self.lines[-1].text += ","
        if self.stack:
            self.stack[-1].index += 1


def tree_lines(text: str) -> list[TreeLine]:
    """Lines of `text`; base64 and very long strings are cut short."""
    layout = _Layout()
    pieces = list(_PIECE.finditer(text))
    for position, found in enumerate(pieces):
        piece, span = found.group(), found.span()
        if piece in ("{", "["):
            layout.open(piece, span[0])
        elif piece in ("}", "]"):
            layout.close(piece, span[0])
        elif piece == ",":
            layout.comma()
        elif piece == ":":
            continue
        elif layout.stack and not layout.stack[-1].is_list and _is_key(pieces, position):
            layout.stack[-1].key = _decoded(piece)
            layout.label += f"{_scalar(piece)}: "
        else:
            layout.add(_scalar(piece), span)
    if layout.label:
        layout.add("", (len(text), len(text)))
    return layout.lines


def layout(text: str) -> list[str]:
    """`text` as indented lines."""
    return [" " * min(2 * line.depth, MAX_MARGIN) + line.text for line in tree_lines(text)]


def indented(text: str) -> str:
    """`text` with a value a line, its pieces as they are; what is no JSON as it is."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    pieces = [found.group() for found in _PIECE.finditer(text)]
    parts, depth = [], 0
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        empty = before + piece in ("{}", "[]") or piece + after in ("{}", "[]")
        depth += (piece in ("{", "[")) - (piece in ("}", "]"))
        line = "\n" + " " * min(2 * depth, MAX_MARGIN)
        if piece in ("}", "]") and not empty:
            parts.append(line)
        parts.append(": " if piece == ":" else piece)
        if piece == "," or (piece in ("{", "[") and not empty):
            parts.append(line)
    return "".join(parts)


def size_of_base64(characters: int) -> str:
    """`10.7 kB`: how much a run of base64 holds."""
    size = characters * 3 // 4
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB"


def _is_key(pieces: list[re.Match[str]], position: int) -> bool:
    return position + 1 < len(pieces) and pieces[position + 1].group() == ":"


def _decoded(piece: str) -> str:
    try:
        return str(json.loads(piece, strict=False))
    except ValueError:
        return piece


def _scalar(piece: str) -> str:
    if not piece.startswith('"') or len(piece) < 2:
        return piece
    if _BASE64.fullmatch(piece):
        return f'"‹{size_of_base64(len(piece) - 2)} base64›"'
    if len(piece) > LONG_STRING:
        return f'{piece[:LONG_STRING]}… "‹{len(piece) - LONG_STRING:,} more characters›'
    try:
        return json.dumps(json.loads(piece, strict=False), ensure_ascii=False)
    except ValueError:
        return piece
