"""The set-up as a form: a row for each field that the provider has.

Knows fields, `Setup` and an agent's card; no provider, and asks nobody.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.catalogue import AgentCard
from tui.dashboard.setup.advanced import Advanced
from tui.dashboard.setup.fields import Field, TextField
from tui.dashboard.setup.rows import row as row_of
from tui.dashboard.setup.values import reason, told, value_of, value_text
from tui.setup import ADVANCED, Setup, SetupField, Variable, foreign
from tui.variables import placeholders, variables

VARIABLES = "dynamic_variables"
MOST_VARIABLES = 60
MEMBERS = frozenset(Setup.__struct_fields__) - {"options"}
"""Fields of every provider's set-up; the others are options."""
UNSET: tuple[object, ...] = (None, (), [], {})


class SetupForm(VerticalScroll, can_focus=False, inherit_bindings=False):
    """`put` a set-up, read `setup`; None while something in it is wrong.

    Without a scrolling container's own keys: Up and Down go from field to field."""

    def __init__(self, fields: Sequence[SetupField], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._specs = {field.name: field for field in fields}
        self._entries = {f.name: row_of(f) for f in fields if f.kind != "variables"}
        self._card: AgentCard | None = None
        self._laid: list[str] | None = None
        """Names of variables that rows were made for, as they were asked for then."""
        self.left_out: tuple[str, ...] = ()
        """Names of what was put in and there is no row for: it does not come out again."""

    def compose(self) -> ComposeResult:
        specs = self._specs.values()
        shown = [field for field in specs if field.group != ADVANCED]
        for group, fields in groupby(shown, lambda field: field.group):
            if group:
                yield _heading(group)
            for field in fields:
                if field.kind == "variables":
                    yield from _variables(field)
                else:
                    yield self._entries[field.name]
        folded = [self._entries[field.name] for field in specs if field.group == ADVANCED]
        if folded:
            yield Advanced(folded, id="advanced")

    # ── In and out ───────────────────────────────────────────────────────────────────────────────

    async def put(self, setup: Setup) -> None:
        self.left_out = foreign(tuple(self._specs.values()), setup)
        for name, entry in self._entries.items():
            entry.put(getattr(setup, name) if name in MEMBERS else setup.options.get(name))
        for others in self.query("#f-others").results(TextField):
            others.put(None)
        for advanced in self.query(Advanced):
            advanced.tell()
        await self._lay_variables(setup.dynamic_variables)

    async def show_card(self, card: AgentCard | None) -> None:
        """What the agent is: its own values as hints, its variables as rows."""
        variables = self.variables()
        self._card = card
        for name, entry in self._entries.items():
            entry.own(told(getattr(card, name, "")) if name in MEMBERS else "")
            refused = card and self._specs[name].permission and name not in card.permitted
            entry.note("not permitted" if refused else "")
        await self._lay_variables(variables)

    @property
    def setup(self) -> Setup | None:
        if self.errors():
            return None
        given = {name: entry.value for name, entry in self._entries.items()}
        values: dict[str, Any] = {n: value for n, value in given.items() if n in MEMBERS}
        values["options"] = {
            n: value for n, value in given.items() if n not in MEMBERS and value not in UNSET
        }
        return Setup(**values, dynamic_variables=self.variables())

    def errors(self) -> list[Field]:
        return [field for field in self.query(Field) if field.error]

    # ── Dynamic variables ────────────────────────────────────────────────────────────────────────

    def variables(self) -> dict[str, Variable]:
        rows = self.query("#variables TextField").results(TextField)
        found: dict[str, Any] = {row.field: row.value for row in rows if row.value is not None}
        for others in self.query("#f-others").results(TextField):
            found |= others.value if isinstance(others.value, dict) else {}
        return found

    async def _lay_variables(self, values: dict[str, Variable]) -> None:
        if VARIABLES not in self._specs:
            return
        self._laid = self._wanted()
        names = list(dict.fromkeys([*self._laid, *values]))
        box = self.query_one("#variables", Vertical)
        await box.remove_children()
        if not names:
            await box.mount(Static("none known", classes="form-none", markup=False))
        rows = [self._variable(name) for name in names[:MOST_VARIABLES]]
        await box.mount_all(rows)
        for row in rows:
            row.put(values.get(row.field))

    def _wanted(self) -> list[str]:
        """What the agent and the texts of the form ask for."""
        texts = (e.value for e in self._entries.values() if isinstance(e.value, str))
        told = self._card.variables if self._card else ()
        return list(dict.fromkeys([*told, *placeholders(texts)]))

    @on(Field.Changed)
    async def _find_variables(self) -> None:
        """A name that was just typed has a row at once; one that is gone, and empty, has none."""
        if self._laid is not None and self._laid != self._wanted():
            await self._lay_variables(self.variables())

    def _variable(self, name: str) -> TextField:
        defaults = self._card.defaults if self._card else {}
        wanted = name in (self._laid or ())
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
        for advanced in self.query(Advanced):
            advanced.turn()
            if advanced.is_open:
                advanced.first().focus()

    def point_at(self, field: Field) -> None:
        """To what is wrong, wherever it is folded away."""
        if field in self.query("Advanced Field"):
            self.query_one(Advanced).open()
        field.editor().focus()


def _heading(text: str) -> Static:
    return Static(text, classes="form-heading", markup=False)


def _variables(field: SetupField) -> Iterator[Widget]:
    read = partial(variables, separator=";")
    hint = 'name=value; …, {"name": […]} or @file.json'
    yield _heading(field.label)
    yield Vertical(id="variables")
    yield TextField("", "others", partial(reason, read), parse=read, hint=hint, id="f-others")


def _nothing(_: object) -> str:
    return ""
