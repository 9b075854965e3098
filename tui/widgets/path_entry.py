"""A line for the path of a file. Tab completes it from a list that somebody else reads."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.text_entry import TextEntry


class PathEntry(TextEntry):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="path.complete", key_display="Tab",
                tooltip="Go on as far as it is clear, then with the pointed name"),
        Binding("down", "point(1)", "Next", id="path.next", show=False),
        Binding("up", "point(-1)", "Previous", id="path.previous", show=False),
    ]  # fmt: skip

    class Completing(Message):
        """Tab."""

    class Pointing(Message):
        """Another of the list, `rows` further."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def put(self, path: str) -> None:
        self.value = path
        self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        self.post_message(self.Completing())

    def action_point(self, rows: int) -> None:
        self.post_message(self.Pointing(rows))
