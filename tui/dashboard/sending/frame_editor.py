"""The text of a frame that is written by hand: JSON in colours, its wrong place marked.

Knows text, what was sent before, and the words of a frame check as far as they name a place.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text

from tui.analysis.records.json_tree import tree_lines
from tui.dashboard.common.text_entry import Editor

_BYTE = re.compile(r"\(byte (\d+)\)")
_FIELD = re.compile(r"^[^:\s]+: ([\w.\[\]]+): ")
_TYPE = re.compile(r"`type`|no client message is called")
_TOKEN = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)"
)
LONGEST = 4000
"""Characters of a line that is coloured."""


def wrong_place(reason: str, text: str) -> tuple[int, int] | None:
    """Which characters of `text` a check's `reason` is about; None where it does not say."""
    if found := _BYTE.search(reason):
        at = len(text.encode()[: int(found[1])].decode(errors="ignore"))
        return min(at, max(len(text.rstrip()) - 1, 0)), at + 1
    if "truncated" in reason:
        end = len(text.rstrip())
        return max(end - 1, 0), end
    field = _FIELD.match(reason)
    if field is None and not _TYPE.search(reason):
        return None
    wanted = re.escape(f"$.{field[1] if field else 'type'}").replace(r"\[\.\.\.\]", r"\[\d+\]")
    lines = tree_lines(text)
    return next((one.value for one in lines if re.fullmatch(wanted, one.path)), None)


class FrameEditor(Editor):
    """`history` is oldest first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"frame--{name}" for name in ("name", "string", "number", "word", "wrong")
    }

    def __init__(self, text: str, history: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(text, id=id)
        self.border_title = "Frame"
        self._wrong: tuple[int, int] | None = None
        self.history_is(history)

    # ── Colours ──────────────────────────────────────────────────────────────────────────────────

    def mark_wrong(self, place: tuple[int, int] | None) -> int | None:
        """Mark these characters; the number of the line that they begin in."""
        if place != self._wrong:
            self._wrong = place
            self._line_cache.clear()
            self.refresh()
        return None if place is None else self.text.count("\n", 0, place[0]) + 1

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if len(line) > LONGEST:
            return line
        for found in _TOKEN.finditer(line.plain):
            style = self.get_component_rich_style(f"frame--{found.lastgroup}", partial=True)
            line.stylize(style, *found.span())
        if self._wrong:
            before = sum(len(self.document.get_line(n)) + 1 for n in range(line_index))
            begin, end = (max(at - before, 0) for at in self._wrong)
            if begin < end and begin < len(line):
                style = self.get_component_rich_style("frame--wrong", partial=True)
                line.stylize(style, begin, end)
        return line

    # ── What was sent before ─────────────────────────────────────────────────────────────────────

    def history_is(self, history: Sequence[str]) -> None:
        self._sent = list(history)
        self._back = 0
        """How many steps back the shown text is; 0 is none of them."""

    def put_in(self, text: str) -> None:
        """In place of what is there, which undo brings back."""
        self.clear()
        self.insert(text)
        self.move_cursor((0, 0))

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self._recalls():
            self._back += 1
            self.put_in(self._sent[-self._back])
        else:
            super().action_cursor_up(select)

    def _recalls(self) -> bool:
        """Nothing is written, or what was brought back is unchanged."""
        if not self.text:
            self._back = 0
        unchanged = self._back and self.text == self._sent[-self._back]
        at_top = self.cursor_location[0] == 0
        return self._back < len(self._sent) and at_top and (not self.text or bool(unchanged))
