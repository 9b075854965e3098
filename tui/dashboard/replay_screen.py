"""The dashboard over a finished journal: the same panes, and keys that move through time."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.backend.base import ReplayVerb
from tui.dashboard.call_screen import CallScreen
from tui.dashboard.common.messages import ReplayAsked


class ReplayScreen(CallScreen):
    """There is no prompt, so letters are free; Home and End mean the call's start and end."""

    AUTO_FOCUS = "EventLog"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "replay('toggle')", "Play", id="replay.toggle", priority=True,
                tooltip="Play, pause"),
        Binding("full_stop", "replay('step')", "Step", id="replay.step",
                key_display=".", priority=True, tooltip="One record on"),
        Binding("plus,equals_sign", "replay('faster')", "Faster", id="replay.faster",
                key_display="+", priority=True, tooltip="Twice as fast; past 16 all at once"),
        Binding("minus", "replay('slower')", "Slower", id="replay.slower", key_display="-",
                priority=True, tooltip="Half as fast"),
        Binding("home", "replay('start')", "Start", id="replay.start", show=False, priority=True),
        Binding("end", "replay('end')", "End", id="replay.end", key_display="End", priority=True,
                tooltip="All at once, to the end"),
    ]  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, a space is a space."""
        if action == "replay":
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_replay(self, verb: str) -> None:
        self.post_message(ReplayAsked(ReplayVerb(verb)))
