"""Where text is typed: what comes in by pasting or from a file cannot act on the terminal."""

from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from tui.clean import clean


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
            clean(value, None),
            placeholder=clean(placeholder, 200),
            password=password,
            compact=True,
            select_on_focus=False,
            id=id,
        )
        self.cursor_blink = False

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(text if text.isprintable() else clean(text, None), start, end)


class Editor(TextArea):
    """Several lines, wrapped. Tab leaves it."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(
            clean(text, None, keep_lines=True), compact=True, highlight_cursor_line=False, id=id
        )
        self.cursor_blink = False
        self.match_cursor_bracket = False

    def edit(self, edit: Edit) -> EditResult:
        edit.text = clean(edit.text, None, keep_lines=True)
        return super().edit(edit)

    def put(self, text: str) -> None:
        self.load_text(clean(text, None, keep_lines=True))
