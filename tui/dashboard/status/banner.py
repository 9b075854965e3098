"""The line under the status bar for what the user should know and do. Hidden when all is well."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from textual import events as ui
from textual.strip import Strip
from textual.widget import Widget

from tui.dashboard.common.cells import fit, wrap
from tui.dashboard.common.key_names import key_hint, keyed
from tui.dashboard.common.messages import Feed, NoticeArrived
from tui.dashboard.status.status_bar import STALLED_MS
from tui.notices import CallState, Notice, PendingTool
from tui.sanitize import sanitize

MOST_ROWS = 4
RETRYING = "reconnecting"
HELD = "On hold: the agent hears silence, a reply waits where it is. {call.hold|F9} goes on."


class Banner(Widget):
    """Wraps to `MOST_ROWS`; dismissed by Escape or a click until it has something new to say."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"banner--text", "banner--alert"}

    def __init__(
        self, feed: Feed, *, clock: Callable[[], int] = time.monotonic_ns, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._clock = clock
        self._text = ""
        self._alert = False
        self._dismissed = ""
        self._pinned = ""
        self._asks = False
        """A tool waits for the user: no key that leaves something else hides that."""
        self._rows: list[str] = []

    def on_mount(self) -> None:
        self.display = False
        self._feed.notices.subscribe(self, self._on_notice)

    def pin(self, text: str) -> None:
        """Say `text` whatever notices say; "" ends that."""
        self._pinned = text
        self._say(text, alert=True)

    def dismiss(self) -> bool:
        """Hide it until it says something else; False when it was not to be seen."""
        shown = self.display
        if self._asks:
            return False
        self._dismissed = self._text
        self.display = False
        return shown

    def _on_notice(self, message: NoticeArrived) -> None:
        if not self._pinned:
            waiting = message.notice.pending_tools
            self._asks = bool(waiting)
            text, alert = _advice(message.notice, self._clock(), partial(keyed, self))
            self._say(self._question(waiting) if waiting else text, alert or self._asks)

    def _question(self, waiting: Sequence[PendingTool]) -> str:
        first, more = waiting[0], len(waiting) - 1
        where = f" on the MCP server {sanitize(first.server, 40)}" if first.server else ""
        others = f" ({more} more)" if more else ""
        key = key_hint(self.screen, "call.answer", "^r")
        return f"The agent wants to run {sanitize(first.name, 60)}{where}{others}: {key} answers"

    def _say(self, text: str, alert: bool) -> None:
        text = sanitize(text, 600)
        if text == self._text:
            return
        self._text, self._alert = text, alert
        self.display = bool(text) and text != self._dismissed
        self._layout()

    def _layout(self) -> None:
        width = max((self.size.width or self.app.size.width) - 2, 1)
        hides = keyed(self, " · {view.back|Esc} hides")
        hides = "" if self._asks or self._text.startswith(RETRYING) else hides
        rows, before = wrap(self._text + hides, width - 2), len(self._rows)
        self._rows = rows[:MOST_ROWS]
        self.styles.height = len(self._rows)
        self.refresh(layout=len(self._rows) != before)

    def on_resize(self, event: ui.Resize) -> None:
        if self._text and event.size.width:
            self._layout()

    async def on_click(self) -> None:
        if self._asks:
            await self.app.run_action("app.answer")
        else:
            self.dismiss()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        style = self.get_component_rich_style(f"banner--{'alert' if self._alert else 'text'}")
        mark = ("! " if self._alert else "· ") if y == 0 else "  "
        text = self._rows[y] if y < len(self._rows) else ""
        return Strip([Segment(fit(f" {mark}{text}", width), style)], width)


def _advice(  # noqa: PLR0911  the worst first
    notice: Notice, now_ns: int, with_keys: Callable[[str], str]
) -> tuple[str, bool]:
    """What a notice asks the user to know, the worst first; and whether it is an alarm."""
    if notice.retry_at_ns:
        left = max(notice.retry_at_ns - now_ns, 0) / 1e9
        why = f" · {notice.detail}" if notice.detail else ""
        stops = with_keys("{call.connect|F3} stops")
        return f"{RETRYING}, attempt {notice.retry_attempt} in {left:.1f} s · {stops}{why}", True
    if notice.journal_error:
        return f"What happens now is not recorded: {notice.journal_error}", True
    if notice.state is CallState.FAILED:
        return f"{notice.detail or 'The call failed.'}", True
    if notice.state is CallState.LIVE and notice.stalled_ms >= STALLED_MS:
        # Whole seconds of five: a text that changes with each notice could not be dismissed.
        seconds = notice.stalled_ms // 5000 * 5
        waited = f" for {seconds} s" if seconds else ""
        return f"Nothing has come from the agent{waited}; the call is still open.", True
    if notice.held:
        return with_keys(HELD), False
    if notice.audio_warnings:
        return " · ".join(notice.audio_warnings), False
    if notice.audio_advice:
        return notice.audio_advice, False
    return notice.detail, False
