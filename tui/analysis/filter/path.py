"""A term of a filter that looks into the JSON of a frame: `$.client_tool_call.tool_name == "x"`.

Knows JSONPath (RFC 9535, by python-jsonpath) and how its values compare; no syntax of the filter.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import jsonpath
import msgspec
import numpy as np

from tui.analysis.filter.index_terms import COMPARE
from tui.analysis.filter.scan import Mask, Scan
from tui.analysis.filter.text_terms import Pattern, finder

_STEP = re.compile(r'\.([A-Za-z_]\w*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]')
"""How a copied path goes on: by a name, an index, or a name as JSON."""
_NAMES = re.compile(r"\$(?:\.\.?[A-Za-z_]\w*|\[['\"][A-Za-z_]\w*['\"]\])+")
_WORD = re.compile(r"[A-Za-z]\w*")
Value = str | Decimal | bool | None
_exact = msgspec.json.Decoder(float_hook=Decimal).decode


class BadPath(Exception):
    """Why a path is none, and at which of its characters."""

    def __init__(self, reason: str, place: int = 0) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(frozen=True)
class Path:
    """Some value at `path` exists, or compares with `value`; `pattern` for `=~`."""

    path: str
    find: Callable[[object], Sequence[object]]
    compare: str = ""
    value: Value = None
    pattern: Pattern | None = None
    cost = 3

    def mask(self, scan: Scan, among: Mask) -> Mask:
        for name in self._names():  # they have to be in the text: a scan is quicker than decoding
            among = scan.where(finder(name), among, anywhere=True)
        if isinstance(self.value, str) and self.compare == "==" and _WORD.fullmatch(self.value):
            among = scan.where(finder(self.value), among, anywhere=True)
        found = np.zeros(len(scan), dtype=np.bool_)
        lines = scan.lines_of(among)
        found[[n for n in scan.numbers(among) if self._passes(lines.payload(n))]] = True
        return found

    def lights(self, text: str) -> Iterable[tuple[int, int]]:
        if self.pattern:
            return self.pattern.lights(text)
        if isinstance(self.value, str) and self.value and self.compare == "==":
            return [m.span() for m in re.finditer(re.escape(self.value), text)]
        return ()

    def _names(self) -> list[str]:
        """Names that every text has in which the path leads somewhere."""
        begin = _NAMES.match(self.path)
        return re.findall(r"[A-Za-z_]\w*", begin[0]) if begin else []

    def _passes(self, text: str) -> bool:
        try:
            values = self.find(self._decoded(text))
        except (ValueError, RecursionError, jsonpath.JSONPathError):
            return False
        return any(map(self._compares, values)) if self.compare else len(values) > 0

    def _decoded(self, text: str) -> Any:
        """Numbers as they are written; where a path compares by itself, as it knows them."""
        if "?" in self.path or self.pattern:
            return msgspec.json.decode(text)
        try:
            return _exact(text)
        except msgspec.DecodeError:  # half a surrogate pair, an integer without end
            return json.loads(text, parse_float=Decimal, parse_int=Decimal)

    def _compares(self, found: object) -> bool:
        if self.pattern:
            text = found if isinstance(found, str) else msgspec.json.encode(found).decode()
            return self.pattern.regex.matches(text)
        if isinstance(found, float):
            found = Decimal(repr(found))
        if self.compare in ("==", "!="):
            same = found == self.value and isinstance(found, bool) == isinstance(self.value, bool)
            return same is (self.compare == "==")
        if isinstance(found, bool) or isinstance(self.value, bool):
            return False
        numbers = isinstance(found, int | Decimal) and isinstance(self.value, Decimal)
        texts = isinstance(found, str) and isinstance(self.value, str)
        return (numbers or texts) and bool(COMPARE[self.compare](found, self.value))


def path_finder(path: str) -> Callable[[object], Sequence[object]]:
    """Finds the values at a path. Raises BadPath with a reason."""
    if steps := _steps(path):
        return _walker(steps)
    try:
        compiled = jsonpath.compile(path, strict=True)
    except (jsonpath.JSONPathError, RecursionError) as error:
        reason = str(error).split("\n", 1)[0] or "this is no JSONPath"
        raise BadPath(reason, _place(error, path)) from error
    if not isinstance(compiled, jsonpath.JSONPath):
        raise BadPath("a path alone, please")
    return compiled.findall  # type: ignore[return-value]


def _place(error: Exception, path: str) -> int:
    token = getattr(error, "token", None)
    if token is None:
        return 0
    return int(token.index) if 0 <= token.index <= len(path) else len(path)  # -1 is its end


def _steps(path: str) -> list[str | int]:
    """Names and indices of a path that consists of nothing else."""
    steps: list[str | int] = []
    at = 1
    while path[:1] == "$" and (found := _STEP.match(path, at)):
        name, index, quoted = found.groups()
        try:
            steps.append(name or (int(index) if index else json.loads(quoted, strict=False)))
        except ValueError:
            return []
        at = found.end()
    return steps if at == len(path) else []


def _walker(steps: Sequence[str | int]) -> Callable[[object], Sequence[object]]:
    """The same for a path of names and indices, which is most of them, twenty times as fast."""

    def walk(found: Any) -> Sequence[object]:
        for step in steps:
            if isinstance(step, str):
                if not isinstance(found, dict) or step not in found:
                    return ()
            elif not isinstance(found, list) or step >= len(found):
                return ()
            found = found[step]
        return (found,)

    return walk
