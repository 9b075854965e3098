"""Where a replay stands, which takes the prompt's place, and the keys that move through its time.

Knows replay states and verbs only.
"""

from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from tui.analysis.units import duration_text, minutes_text
from tui.backend.base import ReplayState, ReplayVerb
from tui.dashboard.common.messages import Feed, ReplayAsked


class ReplayKeys(Screen[None]):
    """Home and End mean the call's start and end. There is no prompt, so letters are free."""

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


class ReplayBar(Widget):
    """One row: play or pause, time, a bar, the record, the speed, skipped silence."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "replay--text",
        "replay--done",
        "replay--rest",
        "replay--strong",
    }

    def __init__(self, feed: Feed, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._state = ReplayState(0, 0, 0, 0, False, 1.0, 0)

    def on_mount(self) -> None:
        self._feed.replay.subscribe(self, self._on_state)

    def _on_state(self, state: ReplayState) -> None:
        if self._words(state) != self._words(self._state):
            self._state = state
            self.refresh()
        self._state = state

    def _words(self, state: ReplayState) -> tuple[str, str]:
        if state.following:
            mark = "● following"
        elif state.playing:
            mark = "▶ playing"
        else:
            ended = state.position >= state.total and not state.writing
            mark = "■ at the end" if ended else "‖ paused"
        left = f" {mark}  {minutes_text(state.at_ns)} / {minutes_text(state.end_ns)} "
        right = f" {state.position:,} of {state.total:,}  {speed_text(state.speed)} "
        if state.skipped_ns:
            right += f" {duration_text(state.skipped_ns / 1e6)} of silence left out "
        if state.writing:  # which counts on
            right = " being written by another process "
        elif state.writing is False:
            right += " its writer has ended "
        return left, right

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        left, right = self._words(self._state)
        room = max(width - len(left) - len(right), 0)
        share = self._state.at_ns / self._state.end_ns if self._state.end_ns else 0.0
        done = min(round(room * share), room)
        parts = [(left, "strong"), ("━" * done, "done"), ("─" * (room - done), "rest")]
        parts.append((right, "text"))
        segments = [
            Segment(text, self.get_component_rich_style(f"replay--{s}")) for text, s in parts
        ]
        return Strip(segments).adjust_cell_length(width)


def speed_text(speed: float) -> str:
    return f"{speed:g}×" if speed else "all at once"
