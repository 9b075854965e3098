"""Where text is typed: what is read from it is what was typed or pasted, to the character.

What would act on the terminal is never painted: a stand-in is, in the same cells. A line end that
was pasted into a line is painted as one (`↵`) and stays one.
"""

import re
from unicodedata import category

from rich.cells import cell_len, get_character_cell_size
from rich.text import Text
from textual import events
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult, Location

from tui.dashboard.common.key_names import key_character
from tui.sanitize import face, sanitize

_LINE_END = re.compile(r"\r\n?")
_ACTING = frozenset(("Cc", "Cf", "Zl", "Zp", "Cs"))


def is_text(character: str | None) -> bool:
    """A key that is written: also a joiner or a space of another width, which keyboards have and
    Textual takes for no printable ones."""
    return bool(character) and len(character or "") == 1 and category(character or "") != "Cc"


def pasted(text: str) -> str:
    """Terminals send a carriage return for the line end of what is pasted."""
    return _LINE_END.sub("\n", text)


class TextEntry(Input):
    """One line, without a border."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder=sanitize(placeholder, 200),
            password=password,
            compact=True,
            select_on_focus=False,
            id=id,
        )
        self.cursor_blink = False  # a blinking cursor is all that an idle screen would send

    @property
    def face(self) -> str:
        """What is painted, character for character."""
        return "•" * len(self.value) if self.password else face(self.value)

    @property
    def _value(self) -> Text:
        return Text(self.face, no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(self.face[:position])

    def _cell_offset_to_index(self, offset: int) -> int:
        offset += self.scroll_offset.x
        for index, char in enumerate(self.face):
            offset -= get_character_cell_size(char)
            if offset < 0:
                return index
        return len(self.value)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return is_text(character or key_character(key))

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        """What Textual's own takes is left to it."""
        if is_text(event.character) and not event.is_printable:
            event.stop()
            event.prevent_default()
            self.replace(event.character or "", *self.selection)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if event.text:
            self.replace(pasted(event.text), *self.selection)


class Editor(TextArea):
    """Several lines, wrapped. Tab leaves it.

    Textual's document takes many characters for line ends and some for nothing wide. In the
    document each of those is a half of a surrogate pair, which no text has and which is one cell
    wide like the sign that is painted for it.
    """

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        self._kept: dict[str, str] = {}
        self._halves: dict[int, str] = {}
        super().__init__(self._into(text), compact=True, highlight_cursor_line=False, id=id)
        self.cursor_blink = False
        self.match_cursor_bracket = False

    def _into(self, text: str) -> str:
        """`text` as it stands in the document."""
        if text.isprintable():
            return text
        return "".join(self._half(char) for char in text)

    def _half(self, char: str) -> str:
        if char in "\n\t\u200c\u200d" or category(char) not in _ACTING:
            return char
        if char not in self._kept:
            half = 0xD800 + len(self._kept)
            self._kept[char] = chr(half)
            self._halves[half] = char
        return self._kept[char]

    def _out_of(self, text: str) -> str:
        return text.translate(self._halves) if self._halves else text

    @property
    def text(self) -> str:
        return self._out_of(self.document.text)

    @text.setter
    def text(self, value: str) -> None:
        self.put(value)

    def get_text_range(self, start: Location, end: Location) -> str:
        return self._out_of(super().get_text_range(start, end))

    def get_line(self, line_index: int) -> Text:
        line = face(self._out_of(self.document.get_line(line_index)).replace("\r", " "), keep="\t")
        return Text(line, end="", no_wrap=True)

    def edit(self, edit: Edit) -> EditResult:
        edit.text = self._into(edit.text)
        return super().edit(edit)

    def put(self, text: str) -> None:
        self.load_text(self._into(text))

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        return is_text(character or key_character(key))

    async def _on_key(self, event: events.Key) -> None:
        if is_text(event.character) and not event.is_printable:
            event.stop()
            event.prevent_default()
            self._replace_via_keyboard(event.character or "", *self.selection)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        if result := self._replace_via_keyboard(pasted(event.text), *self.selection):
            self.move_cursor(result.end_location)
