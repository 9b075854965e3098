"""The set-up screen: who is called, and what of it is asked to be different.

Knows the directory and the form; the call itself is asked of the app. What goes to the network
goes in workers: a key is answered at once, always.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from tui.backend.base import Directory, Sounds
from tui.catalogue import AgentCard
from tui.commands import Connect
from tui.dashboard.common.dialogs import ClosedOnce, Confirm, NameDialog
from tui.dashboard.common.key_bar import KeyBar
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.keys import SET_UP
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived
from tui.dashboard.setup.choices import Choices
from tui.dashboard.setup.fields import Field, PickField
from tui.dashboard.setup.form import SetupForm
from tui.dashboard.setup.picker import Choice
from tui.errors import BackendError
from tui.notices import Notice
from tui.sanitize import sanitize
from tui.setup import ADVANCED, Setup

MOST_PROBLEMS = 3
AGAIN = "{setup.connect|F5} again connects all the same."


class SetupScreen(ClosedOnce[None]):
    """Connects with what it says, or leaves everything as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "connect", "Connect", id="setup.connect", priority=True,
                key_display="F5", tooltip="Connect with this set-up; a live call is ended first"),
        Binding("f6", "advanced", "Advanced", id="setup.advanced", priority=True,
                key_display="F6", tooltip="What few need: open, close"),
        Binding("f8", "load", "Profile", id="setup.load", priority=True, key_display="F8",
                tooltip="Fill the form from a saved profile"),
        Binding("f9", "save", "Save", id="setup.save", priority=True, key_display="F9",
                tooltip="Save this as a profile in the configuration; a key is never saved"),
        Binding("escape", "back", "Back", id="setup.back", tooltip="Back without change"),
        # First of all keys: what is typed right behind one is for the field that it leads to.
        Binding("tab", "app.focus_next", "Next", id="setup.tab", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "Previous", id="setup.tab_back", show=False,
                priority=True),
        Binding("down", "app.focus_next", "Next", id="setup.next", show=False),
        Binding("up", "app.focus_previous", "Previous", id="setup.previous", show=False),
    ]  # fmt: skip
    AUTO_FOCUS = "#form *"

    def __init__(
        self, feed: Feed, directory: Directory, notice: Notice, sounds: Sounds | None = None
    ) -> None:
        super().__init__(id=SET_UP)
        self._feed = feed
        self._directory = directory
        self._fields = {field.name: field for field in directory.fields}
        tables = directory.tables()
        self._choices = Choices(directory, tables, lambda text: keyed(self, text), sounds)
        self._notice = notice
        self._card: AgentCard | None = None
        self._state = ""
        self._tables_problems = {table.problem for table in tables.values()} - {""}
        self._warned: Setup | None = None

    def compose(self) -> ComposeResult:
        yield Static("Set-up of the next call", id="setup-title", markup=False)
        yield SetupForm(self._directory.fields, id="form")
        yield Static(id="problems", markup=False)
        yield KeyBar(self._feed, call=("call.help",), id="keys")

    async def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        await self._fill(self._directory.setup)

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice

    @property
    def form(self) -> SetupForm:
        return self.query_one(SetupForm)

    async def _fill(self, setup: Setup) -> None:
        await self.form.put(setup)
        self._ask_card(setup.agent_id)

    # ── The agent, and what it would refuse ──────────────────────────────────────────────────────

    def _ask_card(self, agent_id: object) -> None:
        self._card = None
        self._say("asking about the agent…")
        self.run_worker(self._read_card(str(agent_id or "")), group="card", exclusive=True)

    async def _read_card(self, agent_id: str) -> None:
        try:
            self._card = await self._directory.agent(agent_id)
            said = ""
        except (BackendError, OSError) as error:
            said = str(error) or "the agent cannot be asked about"
        name = sanitize(self._card.name, 40) if self._card else ""
        title = "Set-up of the next call" + (f" · {name}" if name else "")
        self.query_one("#setup-title", Static).update(title)
        await self.form.show_card(self._card)
        self._say(said)

    def _say(self, text: str) -> None:
        self._state = text
        self._show_problems()

    @on(Field.Changed)
    def _show_problems(self) -> None:
        lines = [line for line in (self._state, *self._tables_problems) if line]
        lines += self._directory.notes(self.form.setup) if self.form.setup else ()
        lines += [f"! {problem}" for problem in self.problems()]
        if len(lines) > MOST_PROBLEMS:
            lines[MOST_PROBLEMS - 1 :] = [f"… and {len(lines) - MOST_PROBLEMS + 1} more"]
        if self._warned is not None and self._warned == self.form.setup:
            lines.append(keyed(self, AGAIN))
        self.query_one("#problems", Static).update("\n".join(sanitize(line, 200) for line in lines))

    def problems(self) -> Sequence[str]:
        setup = self.form.setup
        if setup is None:
            wrong = self.form.errors()
            return [
                f"{field.field.replace('_', ' ') or 'others'}: {field.error}" for field in wrong
            ]
        left = [f"this provider has no {name}: it is left out" for name in self.form.left_out]
        return (*left, *self._directory.preflight(self._card, setup))

    # ── Choosing ─────────────────────────────────────────────────────────────────────────────────

    @on(PickField.Asked)
    async def _pick(self, message: PickField.Asked) -> None:
        field = message.field
        spec = self._fields[field.field]

        def take(choice: Choice | None) -> None:
            if choice is not None:
                field.choose(choice.value, choice.text if choice.value is not None else "")
                if spec.choices == "agents":
                    self._ask_card(choice.value)

        self.app.push_screen(self._choices.picker(spec), take)

    def action_load(self) -> None:
        async def take(choice: Choice | None) -> None:
            if choice is not None and isinstance(choice.value, Setup):
                await self._fill(choice.value)

        self._open(self._choices.profiles(), take)

    def action_save(self) -> None:
        setup = self.form.setup
        if setup is None:
            self._to_error("Not saved")
            return

        def save(name: str | None) -> None:
            if name:
                self._save(name, setup)

        self._open(NameDialog("Save as a profile", sorted(self._directory.profiles)), save)

    def _save(self, name: str, setup: Setup) -> None:
        try:
            self._directory.save_profile(name, setup)
        except (BackendError, OSError) as error:
            self._say(f"It was not saved: {error}")
            return
        self.notify(f"Saved as {sanitize(name, 60)}.", markup=False, timeout=3)

    def _open(self, screen: Screen[Any], take: Any) -> None:
        """Priority keys come through dialogs too: one at a time."""
        if self.is_current:
            self.app.push_screen(screen, take)

    # ── Leaving ──────────────────────────────────────────────────────────────────────────────────

    def _to_error(self, not_done: str) -> None:
        self._show_problems()
        for field in self.form.errors()[:1]:
            self.form.point_at(field)
            said = sanitize(f"{not_done}: {field.label}: {field.error}.", 200)
            self.notify(said, severity="error", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not every provider has what is folded away."""
        folded = any(field.group == ADVANCED for field in self._fields.values())
        return folded or action != "advanced"

    def action_advanced(self) -> None:
        if self.is_current:
            self.form.turn_advanced()

    def action_connect(self) -> None:
        setup = self.form.setup
        if not self.is_current:
            return
        if setup is None:
            self._to_error("Not connected")
        elif self.problems() and setup != self._warned:
            self._warned = setup
            self._show_problems()
        elif self._notice.state.busy:
            ask = Confirm("A call is under way.", "Hang up and connect with this set-up?")
            self.app.push_screen(ask, lambda yes: self._connect(setup) if yes else None)
        else:
            self._connect(setup)

    def _connect(self, setup: Setup) -> None:
        self.app.post_message(Asked(Connect(setup=setup)))
        self.dismiss()

    def action_back(self) -> None:
        self.dismiss()
