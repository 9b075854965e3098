"""A line for the path of a file. Tab completes it from a list that somebody else reads and shows.

Knows a path as it is and as it may be shown: a name with something in it that acts on a terminal
is shown cleaned and is still the file that was chosen.
"""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.clean import clean
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

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self._shown, self._path = "", ""

    @property
    def path(self) -> str:
        """What was put in, with what was typed behind it since."""
        rest = self.value.removeprefix(self._shown)
        if self._shown and len(rest) < len(self.value):
            return self._path + rest
        return self.value

    def put(self, path: str) -> None:
        self._shown, self._path = clean(path, None), path
        self.value = self._shown
        self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        self.post_message(self.Completing())

    def action_point(self, rows: int) -> None:
        self.post_message(self.Pointing(rows))
