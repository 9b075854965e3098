"""Asks the user whether a tool may run: what it is called, with which arguments, and where.

Knows pending tools and the clock of their deadlines; not who runs them.

Theory of operation. The user opens the dialog by a key that text never holds. Its own keys are
letters, so they count only after `QUIET_NS` without any, and anew when another question takes the
place of the first: nothing is answered that could not be read. Several tools queue up; a tool that
is no longer pending (it timed out, the call ended) goes away by itself.
"""

import json
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events as ui
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.analysis.records.json_tree import layout
from tui.commands import DecideTool
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.common.messages import Asked
from tui.notices import PendingTool
from tui.sanitize import sanitize

QUIET_NS = 300_000_000
MOST_LINES = 400
KEYS = (
    "{tool.once|y}  once    {tool.always|a}  always in this call    {tool.refuse|n or Esc}  refuse"
)


class ToolDialog(Dialog[None]):
    """`show` what is pending; the app closes it when `waiting` is empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "decide(True)", "Once", id="tool.once", tooltip="Let the tool run this once"),
        Binding("a", "decide(True, True)", "Always", id="tool.always",
                tooltip="Let it run, and do not ask again in this call"),
        Binding("n,escape", "decide(False)", "Refuse", id="tool.refuse",
                tooltip="The agent is told that you refused"),
        Binding("j,down", "scroll(1)", "Down", id="tool.down", show=False),
        Binding("k,up", "scroll(-1)", "Up", id="tool.up", show=False),
        Binding("pagedown", "scroll(8)", "Page down", id="tool.page_down", show=False),
        Binding("pageup", "scroll(-8)", "Page up", id="tool.page_up", show=False),
    ]  # fmt: skip

    def __init__(self, pending: Iterable[PendingTool], clock: Callable[[], int]) -> None:
        super().__init__()
        self.waiting = list(pending)
        self._clock = clock
        self._deaf_until = clock() + QUIET_NS

    def compose(self) -> ComposeResult:
        with Vertical(id="tool"):
            yield Static(id="tool-name", classes="help-heading", markup=False)
            yield Static(id="tool-where", markup=False)
            with VerticalScroll(id="tool-arguments"):
                yield Static(id="tool-json", markup=False)
            yield Static(id="tool-time", classes="help-foot", markup=False)
            yield Static(keyed(self, KEYS), markup=False)

    def on_mount(self) -> None:
        self.query_one("#tool-arguments").focus()
        self._show_first()
        self.set_interval(0.25, self._count_down)

    def show(self, pending: Iterable[PendingTool]) -> None:
        """These are pending now; when the first has gone the next one is shown."""
        first, self.waiting = self.waiting[:1], list(pending)
        if self.waiting and self.waiting[:1] != first:
            self._deaf_until = self._clock() + QUIET_NS
        if self.waiting and self.is_mounted:
            self._show_first()

    def _show_first(self) -> None:
        tool, more = self.waiting[0], len(self.waiting) - 1
        queue = f"   ({more} more after this)" if more else ""
        asks = f"The agent wants to run {sanitize(tool.name, 60)}{queue}"
        self.query_one("#tool-name", Static).update(asks)
        self.query_one("#tool-where", Static).update(_where(tool))
        self.query_one("#tool-json", Static).update(argument_text(tool.arguments))
        self._count_down()

    def _count_down(self) -> None:
        if self.waiting:
            left = max(self.waiting[0].deadline_ns - self._clock(), 0) / 1e9
            self.query_one("#tool-time", Static).update(f"Refused by itself in {left:.0f} s.")

    def on_key(self, event: ui.Key) -> None:
        """Comes before the bindings: what is typed on, blindly, is nobody's decision."""
        if self._clock() < self._deaf_until:
            self._deaf_until = self._clock() + QUIET_NS
            event.stop()
            event.prevent_default()

    def action_decide(self, approved: bool, always: bool = False) -> None:
        if self.waiting:
            call_id = self.waiting[0].call_id
            self.post_message(Asked(DecideTool(call_id=call_id, approved=approved, always=always)))

    def action_scroll(self, rows: int) -> None:
        self.query_one("#tool-arguments").scroll_relative(y=rows, animate=False)


def _where(tool: PendingTool) -> str:
    if not tool.server:
        return "It runs here, on this machine."
    return f"It runs on the MCP server {sanitize(tool.server, 80)}, not here."


def argument_text(arguments: str) -> str:
    """JSON laid out for reading, as far as it is JSON, with nothing in it that acts."""
    lines: list[str] = []
    for line in layout(arguments):
        lines.append(sanitize(line))
        if len(lines) == MOST_LINES:
            lines.append(f"… {len(arguments):,} characters in all; the event log has the whole")
            break
    return "\n".join(lines) or json.dumps({})
