"""The text of a frame that is written by hand. Up on its first row brings back what was sent."""

from collections.abc import Sequence

from tui.widgets.text_entry import Editor


class FrameEditor(Editor):
    """`history` is oldest first."""

    def __init__(self, text: str, history: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(text, id=id)
        self.history_is(history)

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
