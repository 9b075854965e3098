"""The set-up as a form: every field of a conversation's wishes that a person would want to change.

Knows `Setup`, its limits and an agent's card; asks nobody.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.catalogue import AgentCard
from tui.dashboard.setup.advanced import Advanced
from tui.dashboard.setup.fields import Field, LongField, PickField, TextField
from tui.dashboard.setup.values import value_of, value_text, wrong_variables, wrong_with
from tui.provider import SetupField
from tui.setup import Setup, Variable
from tui.variables import variables

OWN = "agent's own"
MOST_VARIABLES = 60


class SetupForm(VerticalScroll, can_focus=False, inherit_bindings=False):
    """`put` a set-up, read `setup`; None while something in it is wrong.

    Without a scrolling container's own keys: Up and Down go from field to field."""

    def __init__(self, fields: Sequence[SetupField], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._overrides = {field.name for field in fields if field.permission}
        self._base = Setup()
        self._card: AgentCard | None = None

    def compose(self) -> ComposeResult:
        yield PickField("agent_id", "agent", wrong_with, none="the configured one", id="f-agent")
        yield PickField("voice_id", "voice", wrong_with, none=OWN, id="f-voice")
        yield PickField("language", "language", wrong_with, none=OWN, id="f-language")
        yield PickField("llm", "language model", wrong_with, none=OWN, id="f-llm")
        yield LongField("prompt", "prompt", wrong_with, id="f-prompt")
        yield TextField(
            "first_message",
            "first message",
            wrong_with,
            parse=lambda text: "" if text.strip() == '""' else text,
            hint='"" lets you begin',
            id="f-first",
        )
        yield Static("dynamic variables", classes="form-heading", markup=False)
        yield Vertical(id="variables")
        yield TextField(
            "",
            "others",
            wrong_variables,
            parse=partial(variables, separator=";"),
            hint='name=value; …, {"name": […]} or @file.json',
            id="f-others",
        )
        yield Static("limits and sound", classes="form-heading", markup=False)
        yield _number("temperature", "temperature", float, "0 to 2; custom LLM")
        yield _number("max_tokens", "max tokens", int, "1 and more; custom LLM")
        yield PickField("text_only", "text only", wrong_with, none=OWN, id="f-text")
        yield _number("speed", "speed", float, "1 is normal")
        yield _number("stability", "stability", float, "0 to 1")
        yield _number("similarity_boost", "similarity", float, "0 to 1")
        yield Advanced(id="advanced")

    # ── In and out ───────────────────────────────────────────────────────────────────────────────

    async def put(self, setup: Setup) -> None:
        self._base = setup
        for field in self._fields():
            field.put(getattr(setup, field.field))
        self.query_one("#f-others", TextField).put(None)
        self.query_one(Advanced).tell()
        await self._lay_variables(setup.dynamic_variables)

    async def show_card(self, card: AgentCard | None) -> None:
        """What the agent is: its own values as hints, its variables as rows."""
        variables = self.variables()
        self._card = card
        known = card or object()
        for field in self._fields():
            field.own(_told(getattr(known, field.field, "")))
            refused = card and field.field in self._overrides and field.field not in card.permitted
            field.note("not permitted" if refused else "")
        await self._lay_variables(variables)

    @property
    def setup(self) -> Setup | None:
        if self.errors():
            return None
        values: dict[str, Any] = {field.field: field.value for field in self._fields()}
        values["dynamic_variables"] = self.variables()
        return msgspec.structs.replace(self._base, **values)

    def errors(self) -> list[Field]:
        return [field for field in self.query(Field) if field.error]

    def _fields(self) -> list[Field]:
        known = Setup.__struct_fields__
        return [f for f in self.query(Field) if f.field in known and not f.has_class("variable")]

    # ── Dynamic variables ────────────────────────────────────────────────────────────────────────

    def variables(self) -> dict[str, Variable]:
        rows = self.query("#variables TextField").results(TextField)
        found: dict[str, Any] = {row.field: row.value for row in rows if row.value is not None}
        others = self.query_one("#f-others", TextField).value
        return found | (others if isinstance(others, dict) else {})

    async def _lay_variables(self, values: dict[str, Variable]) -> None:
        names = list(dict.fromkeys([*(self._card.variables if self._card else ()), *values]))
        box = self.query_one("#variables", Vertical)
        await box.remove_children()
        if not names:
            await box.mount(Static("none known", classes="form-none", markup=False))
        rows = [self._variable(name) for name in names[:MOST_VARIABLES]]
        await box.mount_all(rows)
        for row in rows:
            row.put(values.get(row.field))

    def _variable(self, name: str) -> TextField:
        defaults = self._card.defaults if self._card else {}
        wanted = self._card is not None and name in self._card.variables
        hint = defaults.get(name, "needed" if wanted else "")
        secret = name.startswith("secret__")
        row = TextField(
            name, name, _nothing, parse=value_of, show=value_text, hint=hint, secret=secret
        )
        row.add_class("variable")
        return row

    # ── The rare ones ────────────────────────────────────────────────────────────────────────────

    def turn_advanced(self) -> None:
        """Open or closed; open, its first field is next."""
        advanced = self.query_one(Advanced)
        advanced.turn()
        if advanced.is_open:
            advanced.first().focus()

    def point_at(self, field: Field) -> None:
        """To what is wrong, wherever it is folded away."""
        if field in self.query("Advanced Field"):
            self.query_one(Advanced).open()
        field.editor().focus()


def _told(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _number(name: str, label: str, kind: type[int] | type[float], hint: str) -> TextField:
    return TextField(name, label, wrong_with, parse=kind, hint=hint, id=f"f-{name}")


def _nothing(_: str, __: object) -> str:
    return ""
