"""The line to type to the agent. Knows commands; not who carries them out."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.commands import SendActivity, SendText
from tui.dashboard.common.key_names import key_hint, keyed
from tui.dashboard.common.messages import Asked, Feed, NoticeArrived
from tui.dashboard.common.text_entry import TextEntry
from tui.notices import CallState

ACTIVITY_NS = 3_000_000_000
"""While the user types, the agent hears of it this often at most."""


class Prompt(TextEntry):
    """Enter sends what is typed as a user turn; Up brings the last ones back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", id="prompt.send", tooltip="Say this to the agent"),
        Binding(
            "escape",
            "screen.leave_prompt",
            "Leave",
            id="prompt.leave",
            priority=True,
            tooltip="Back to the events",
        ),
        Binding("up", "recall(-1)", "Earlier", id="prompt.earlier", show=False),
        Binding("down", "recall(1)", "Later", id="prompt.later", show=False),
    ]

    def __init__(
        self, feed: Feed, *, clock: Callable[[], int] = time.monotonic_ns, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._clock = clock
        self._live = False
        self._told_ns = 0
        self._said: list[str] = []
        self._recalled = 0

    def on_mount(self) -> None:
        hint = "type to the agent — {prompt.send|Enter} sends, {prompt.leave|Esc} leaves"
        self.placeholder = keyed(self, hint)
        self._feed.notices.subscribe(self, self._on_notice)

    def _on_notice(self, message: NoticeArrived) -> None:
        self._live = message.notice.state is CallState.LIVE

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        now = self._clock()
        if self._live and event.value and now - self._told_ns > ACTIVITY_NS:
            self._told_ns = now
            self.post_message(Asked(SendActivity()))

    async def action_submit(self) -> None:
        text = self.value
        if not text.strip():
            return
        if not self._live:
            key = key_hint(self.screen, "call.connect", "F3")
            self.app.notify(f"Not connected: {key} connects.", markup=False, timeout=3)
            return
        self.post_message(Asked(SendText(text=text)))
        self._said = [*self._said[-99:], text]
        self._recalled = len(self._said)
        self.value = ""

    def action_recall(self, step: int) -> None:
        self._recalled = max(min(self._recalled + step, len(self._said)), 0)
        self.value = self._said[self._recalled] if self._recalled < len(self._said) else ""
        self.cursor_position = len(self.value)
