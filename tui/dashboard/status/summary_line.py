"""All there is room for on a tiny terminal: one line a fact, the state first. Knows notices."""

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.backend.base import ReplayState
from tui.dashboard.common.cells import fit
from tui.dashboard.common.key_names import key_hint
from tui.dashboard.common.messages import Feed, NoticeArrived
from tui.dashboard.status.status_bar import STATES, mic_state
from tui.notices import Notice
from tui.sanitize import sanitize


class SummaryLine(Widget):
    """Under 40x10 it stands for all lines about the call; its keys still work."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"summary--text"}

    def __init__(self, feed: Feed, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._title = title
        self._notice = Notice()
        self._live = True

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.replay.subscribe(self, self._on_replay)

    def _on_notice(self, message: NoticeArrived) -> None:
        before, self._notice = self.lines(), message.notice
        if self.lines() != before:
            self.refresh()

    def _on_replay(self, _: ReplayState) -> None:
        if self._live:  # only a replay says where it stands
            self._live = False
            self.refresh()

    def lines(self) -> list[str]:
        notice = self._notice
        who = "you speak" if notice.speaking else "agent speaks" if notice.agent_speaking else ""
        mic = mic_state(notice, key_hint(self, "call.mute", "F2"), live=self._live)[0].strip()
        asked = notice.pending_tools
        key = key_hint(self.screen, "call.answer", "^r") if asked else ""
        found = [
            f"{key} answers {sanitize(asked[0].name, 40)}" if asked else "",
            f"{STATES[notice.state][0]} {mic}",
            who,
            f"{notice.records:,} events",
            sanitize(notice.target or self._title, 60),
            sanitize(notice.detail or notice.audio_advice, 200),
        ]
        return [line for line in found if line]

    def render_line(self, y: int) -> Strip:
        lines = self.lines()
        width = self.size.width
        if self.size.height == 1:
            lines = [" · ".join(lines)]
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(fit(text, width), self.get_component_rich_style("summary--text"))])
