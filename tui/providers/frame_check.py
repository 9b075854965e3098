"""What is wrong with a client frame written by hand, in words, by the strict shapes of its wire.

Knows JSON and shapes; no frame of any protocol, and no state.
"""

import difflib
import re
from collections.abc import Callable
from typing import Any

import msgspec

from tui.providers.reading import reason

_decode_any = msgspec.json.Decoder().decode
_AT = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_BLANK = "Expected `str` matching regex '\\\\S'"


def object_of(text: str) -> dict[str, Any] | str:
    """The frame, or why it is none."""
    try:
        frame = _decode_any(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return reason(error)
    return frame if isinstance(frame, dict) else "a frame is a JSON object"


class FrameCheck:
    """Of one wire whose frames have a `type`. `frames` is the union of its strict shapes; `more`
    says of a frame what a shape cannot."""

    def __init__(self, frames: Any, more: Callable[[Any], str]) -> None:
        self._types = tuple(str(frame.__struct_config__.tag) for frame in frames.__args__)
        self._decode = msgspec.json.Decoder(frames).decode
        self._more = more

    def problem(self, frame: dict[str, Any], text: str) -> str:
        """What is wrong with `frame`, which is read from `text`; "" when nothing is."""
        kind = frame.get("type")
        if not isinstance(kind, str):
            return "the frame has no `type`"
        if kind not in self._types:
            near = difflib.get_close_matches(kind[:80], self._types, 1)
            hint = f"; {near[0]}?" if near else ""
            return f"no client message is called {kind[:80]!r}{hint}"
        try:
            problem = self._more(self._decode(text))
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            problem = _words(error)
        return f"{kind}: {problem}" if problem else ""


def _words(error: Exception) -> str:
    """The reader's message with the field in front."""
    text = reason(error)
    where = _AT.search(text)
    what = _AT.sub("", text).replace(_BLANK, "must not be blank")
    return f"{where[1]}: {what}" if where and where[1] else what
