"""The tool panel: each tool call of this journal, and of the pointed one arguments and result.

Knows lines of the transcript; Enter gives the pointed line back to who asked.
"""

import json
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.analysis.transcript.line import Line
from tui.analysis.units import duration_text
from tui.dashboard.common.cells import fit
from tui.dashboard.common.dialogs import Dialog
from tui.dashboard.common.key_names import keyed
from tui.dashboard.tools.approval_dialog import argument_text
from tui.dashboard.transcript.line_text import tool_time
from tui.sanitize import sanitize

EMPTY = "No tool has been called yet. When the agent calls one it is listed here."


class ToolPanel(Dialog[Line | None]):
    """`lines` gives the present tool lines, oldest first; the newest is pointed at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f6,w,q", "close", "Close", id="tools.close"),
        Binding("j", "move('down')", "Down", id="tools.down", show=False),
        Binding("k", "move('up')", "Up", id="tools.up", show=False),
        Binding("pagedown", "scroll(5)", "Scroll", id="tools.page_down", show=False),
        Binding("pageup", "scroll(-5)", "Scroll", id="tools.page_up", show=False),
    ]

    def __init__(self, lines: Callable[[], list[Line]]) -> None:
        super().__init__()
        self._read = lines
        self._lines: list[Line] = []
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="tools"):
            yield Static("Tool calls", classes="help-heading", markup=False)
            yield OptionList(id="tool-list", compact=True)
            with VerticalScroll(id="tool-detail", can_focus=False):
                yield Static(EMPTY, id="tool-text", markup=False)
            foot = "↑ ↓ point   {tools.page_up|PgUp} {tools.page_down|PgDn} scroll   "
            foot += "Enter the frame   {tools.close|Esc} closes"
            yield Static(keyed(self, foot), classes="help-foot", markup=False)

    def on_mount(self) -> None:
        self._list.focus()
        self._refresh()
        self._list.highlighted = len(self._lines) - 1 if self._lines else None
        self.set_interval(0.5, self._refresh)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#tool-list", OptionList)

    def _refresh(self) -> None:
        """New calls appear and states change while it is open; the pointed one stays pointed."""
        self._lines = self._read()
        shown = [call_row(line) for line in self._lines]
        if shown == self._shown:
            return
        pointed = self._list.highlighted
        self._list.set_options([Option(Text(row)) for row in shown])
        self._list.highlighted = pointed
        self._shown = shown
        self._tell(pointed)

    @on(OptionList.OptionHighlighted)
    def _pointed(self, message: OptionList.OptionHighlighted) -> None:
        self._tell(message.option_index)

    def _tell(self, index: int | None) -> None:
        if index is not None and index < len(self._lines):
            self.query_one("#tool-text", Static).update(call_text(self._lines[index]))

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._lines[message.option_index])

    def action_close(self) -> None:
        self.dismiss(None)

    def action_move(self, way: str) -> None:
        move = self._list.action_cursor_down if way == "down" else self._list.action_cursor_up
        move()

    def action_scroll(self, rows: int) -> None:
        self.query_one("#tool-detail").scroll_relative(y=rows, animate=False)


def call_row(line: Line) -> str:
    """`#7   lookup_order   done   249 ms   id=A-1009`."""
    ms = line.duration_ms if line.waited_ms is None else line.ran_ms
    took = duration_text(ms) if ms is not None else ""
    given = " ".join(f"{name}={value}" for name, value in (line.parameters or {}).items())
    name = fit(sanitize(line.text, 60), 18)
    state = fit(_state(line), 25 if took == "" else 20)
    return f"#{line.turn:<3} {name} {state} {took:>7}  {sanitize(given, 200)}"


def _state(line: Line) -> str:
    if line.state or not line.final:
        return sanitize((line.state or "running").partition(":")[0], 25)
    return "✖ error" if line.is_error else "done"


def call_text(line: Line) -> str:
    given = "not told" if line.parameters is None else _json(json.dumps(line.parameters))
    if line.result is None:
        told = "not told" if line.final else "not yet"
    else:
        told = _json(line.result)
    times = f"{tool_time(line)}\n" if line.waited_ms is not None else ""
    state = f"{sanitize(line.state, 100)}\n" if line.state else ""
    return f"{state}{times}arguments {given}\nresult {told}"


def _json(text: str) -> str:
    """Laid out when it is JSON, else as it is."""
    inside = text.lstrip()[:1] in ("{", "[")
    return argument_text(text) if inside else sanitize(text, keep_lines=True)
