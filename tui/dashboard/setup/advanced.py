"""The part of the set-up that few need, folded away under a line that says what of it is set.

Knows its fields and whether they hold something; not the set-up around them.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.dashboard.setup.fields import Field, TextField
from tui.dashboard.setup.values import (
    body_text,
    words_of,
    words_text,
    wrong_body,
    wrong_with,
)
from tui.variables import json_object

NOTHING = "keywords, longest call, user id, environment …"


class Fold(Static, can_focus=True):
    """The line that opens and closes what is under it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "Open, close", id="fold.turn",
                tooltip="Open or close what is folded away here"),
    ]  # fmt: skip

    class Turned(Message):
        pass

    def action_turn(self) -> None:
        self.post_message(self.Turned())

    def on_click(self) -> None:
        self.action_turn()


class Advanced(Vertical):
    """Closed at first; a closed fold keeps its values."""

    is_open = False

    def compose(self) -> ComposeResult:
        yield Fold(id="fold", markup=False)
        with Vertical(id="folded"):
            yield TextField(
                "keywords",
                "keywords",
                wrong_with,
                parse=words_of,
                show=words_text,
                empty=(),
                hint="names the recogniser should expect, by commas",
                id="f-keywords",
            )
            yield _text("soft_timeout_message", "soft timeout", "said when the answer takes long")
            yield TextField(
                "max_duration_seconds",
                "longest call, s",
                wrong_with,
                parse=int,
                hint="1 and more",
                id="f-max_duration_seconds",
            )
            yield _text("user_id", "user id", "of your own user, for the records")
            yield _text("environment", "environment", "such as production, staging")
            yield _text("branch_id", "branch", "of the agent; its id")
            yield TextField(
                "extra_body",
                "extra LLM body",
                wrong_body,
                parse=json_object,
                show=body_text,
                empty={},
                hint='a JSON object for a custom LLM: {"top_p": 0.9}',
                id="f-extra_body",
            )

    def on_mount(self) -> None:
        self._lay()

    def fields(self) -> list[Field]:
        return list(self.query(Field))

    def first(self) -> Widget:
        return self.fields()[0].editor()

    # ── Open and closed ──────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        if not self.is_open:
            self.turn()

    @on(Fold.Turned)
    def turn(self) -> None:
        self.is_open = not self.is_open
        self._lay()

    def _lay(self) -> None:
        fold = self.query_one(Fold)
        inside = self.query_one("#folded")
        if not self.is_open and inside.has_focus_within:
            fold.focus()  # what is hidden has no keys
        inside.display = self.is_open
        if self.is_open:
            self.call_after_refresh(self.scroll_visible, animate=False)
        self.tell()

    @on(Field.Changed)
    def tell(self) -> None:
        """Closed, the line says what is set, and what of it is wrong."""
        held = [f"!{field.label}" if field.error else field.label for field in self._held()]
        said = "" if self.is_open else "set: " + ", ".join(held) if held else NOTHING
        mark = "▾" if self.is_open else "▸"
        self.query_one(Fold).update(f"{mark} advanced   {said}".rstrip())

    def _held(self) -> list[Field]:
        return [field for field in self.fields() if field.value not in (None, (), {})]


def _text(name: str, label: str, hint: str) -> TextField:
    return TextField(name, label, wrong_with, hint=hint, id=f"f-{name}")
