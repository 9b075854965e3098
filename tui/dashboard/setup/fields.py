"""Rows of a form: a label, what is entered, and what is wrong with it.

Knows text, choices and how to judge a value; not what the value is for. What was put in and not
touched comes out again as it was.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.dashboard.common.text_entry import Editor, TextEntry
from tui.dashboard.setup.values import told
from tui.sanitize import sanitize

Judge = Callable[[object], str]
"""A value to what is wrong with it, or ""."""


class Field(Horizontal):
    """`value` None: nothing is asked; `error` is "" when the value can be used."""

    class Changed(Message):
        """What is entered, or chosen, is another."""

    def __init__(self, name: str, label: str, judge: Judge, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="field")
        self.field = name
        self.error = ""
        self.label = sanitize(label, 40)
        self._judge = judge
        self._note = ""

    def compose(self) -> ComposeResult:
        yield Static(self.label, classes="field-label", markup=False)
        yield self.editor()
        yield Static("", classes="field-note", markup=False)

    def editor(self) -> Widget:
        raise NotImplementedError

    @property
    def value(self) -> object:
        raise NotImplementedError

    def put(self, value: object) -> None:
        raise NotImplementedError

    def own(self, text: str) -> None:
        """What holds when nothing is entered: the agent's own."""

    def note(self, text: str) -> None:
        """Said behind the value while nothing is wrong with it."""
        self._note = text
        self.judge()

    def judge(self) -> None:
        value = self.value
        self.error = "" if value is None else self._judge(value)
        for note in self.query(".field-note").results(Static):
            note.update(sanitize(f"! {self.error}" if self.error else self._note, 60))
            note.set_class(bool(self.error), "-wrong")

    def changed(self) -> None:
        self.judge()
        self.post_message(self.Changed())


class TextField(Field):
    """One line, read by `parse`: raises ValueError with what was wanted instead. `show` is the
    way back; `empty` is the value of no text."""

    def __init__(
        self,
        name: str,
        label: str,
        judge: Judge,
        *,
        parse: Callable[[str], object] = str,
        show: Callable[[object], str] = str,
        empty: object = None,
        hint: str = "",
        secret: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(name, label, judge, id=id)
        self._parse, self._text_of, self._empty = parse, show, empty
        self._entry = TextEntry(placeholder=hint, password=secret)
        self._hint = hint
        self._put: tuple[str, object] = ("", empty)

    def editor(self) -> Widget:
        return self._entry

    @property
    def value(self) -> object:
        text = self._entry.value
        if text == self._put[0]:
            return self._put[1]
        if not text.strip():
            return self._empty
        try:
            return self._parse(text)
        except ValueError:
            return text  # judged as what it is: not a number

    def put(self, value: object) -> None:
        shown = "" if value is None or value == self._empty else self._text_of(value)
        text = '""' if value == "" else shown
        self._put = (text, value)
        self._entry.value = text
        self.judge()

    def own(self, text: str) -> None:
        shown = sanitize(text, 100)
        self._entry.placeholder = f"{shown}  {self._hint}".strip() if shown else self._hint

    @on(TextEntry.Changed)
    def _typed(self, message: TextEntry.Changed) -> None:
        message.stop()
        self.changed()


class LongField(Field):
    """Several lines."""

    def __init__(self, name: str, label: str, judge: Judge, *, id: str | None = None) -> None:
        super().__init__(name, label, judge, id=id)
        self._editor = Editor()
        self._put: tuple[str, object] = ("", None)
        self.add_class("-long")

    def editor(self) -> Widget:
        return self._editor

    @property
    def value(self) -> object:
        text = self._editor.text
        if text == self._put[0]:
            return self._put[1]
        return text if text.strip() else None

    def put(self, value: object) -> None:
        self._editor.put("" if value is None else str(value))
        self._put = (self._editor.text, value)
        self.judge()

    def own(self, text: str) -> None:
        self._editor.placeholder = Content(sanitize(text, 400))  # a str would be read as markup

    @on(Editor.Changed)
    def _typed(self, message: Editor.Changed) -> None:
        message.stop()
        self.changed()


class Chosen(Static, can_focus=True):
    """What was picked. Enter asks for another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "Choose", id="field.pick", tooltip="Choose from a list"),
        Binding("delete,backspace", "clear", "Clear", id="field.clear", key_display="Del",
                tooltip="Back to the agent's own"),
    ]  # fmt: skip

    class PickAsked(Message):
        pass

    class Cleared(Message):
        pass

    def action_pick(self) -> None:
        self.post_message(self.PickAsked())

    def action_clear(self) -> None:
        self.post_message(self.Cleared())

    def on_click(self) -> None:
        self.action_pick()


class PickField(Field):
    """A value with a name, from a list that somebody else shows."""

    class Asked(Message):
        """The user wants to choose."""

        def __init__(self, field: "PickField") -> None:
            super().__init__()
            self.field = field

    def __init__(
        self, name: str, label: str, judge: Judge, *, none: str, id: str | None = None
    ) -> None:
        super().__init__(name, label, judge, id=id)
        self._chosen = Chosen(markup=False)
        self._none = none
        self._own = ""
        self._value: object = None
        self._text = ""

    def editor(self) -> Widget:
        self._show()
        return self._chosen

    @property
    def value(self) -> object:
        return self._value

    def put(self, value: object, text: str = "") -> None:
        self._value, self._text = value, text
        self._show()
        self.judge()

    def own(self, text: str) -> None:
        self._own = text
        self._show()

    def _show(self) -> None:
        own = f"{self._none}: {self._own}" if self._own else self._none
        text = self._text or told(self._value)
        self._chosen.update(sanitize(own if self._value is None else text, 100))
        self._chosen.set_class(self._value is None, "-none")

    @on(Chosen.PickAsked)
    def _ask(self, message: Chosen.PickAsked) -> None:
        message.stop()
        self.post_message(self.Asked(self))

    @on(Chosen.Cleared)
    def _clear(self, message: Chosen.Cleared) -> None:
        message.stop()
        self.put(None)
        self.changed()

    def choose(self, value: object, text: str) -> None:
        self.put(value, text)
        self.changed()
