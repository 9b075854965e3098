"""The meters: how loud microphone and agent are and were, how loud they peak, and who speaks.

Knows notices. One sample a notice; glyphs and styles are few and runs are merged, because a row
that moves ten times a second is most of what an idle call sends over a slow line.
"""

import math
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.messages import Feed, JournalChanged, NoticeArrived
from tui.notices import CallState, Notice
from tui.widgets.level_row import BARS, DOTS, Piece, Side, Told, bar

__all__ = ["BARS", "DOTS", "VadLine", "bar"]


class VadLine(Widget):
    """Both sides on one row; on one each where there is a second row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "vad--label",
        "vad--quiet",
        "vad--speech",
        "vad--agent",
        "vad--muted",
    }

    def __init__(self, feed: Feed, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._feed = feed
        self._notice = Notice()
        self._mic = Side()
        self._agent = Side()
        self._painted: list[list[Piece]] = []

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.journals.subscribe(self, self._on_journal)

    def _on_journal(self, message: JournalChanged) -> None:
        self._mic.forget()
        self._agent.forget()
        self.refresh()

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = notice = message.notice
        if notice.state is CallState.LIVE:
            mic, agent = _mic_style(notice), "agent" if notice.agent_speaking else "quiet"
            self._mic.add(notice.mic_dbfs, mic, notice.mic_peak_dbfs)
            self._agent.add(notice.speaker_dbfs, agent, notice.speaker_peak_dbfs)
        for y in range(self.size.height):
            self._repaint(y)

    def _repaint(self, y: int) -> None:
        """Row `y` as far as it looks different: it is sent from its left to the end of that."""
        row = self._row(y)
        was = self._painted[y] if y < len(self._painted) else []
        if [piece.width for piece in was] != [piece.width for piece in row]:
            self.refresh()
            return
        ends = list(accumulate(piece.width for piece in row))
        changed = [
            end for end, *pieces in zip(ends, was, row, strict=True) if pieces[0] != pieces[1]
        ]
        if changed:
            self.refresh(Region(0, y, changed[-1], 1))

    def _row(self, y: int) -> list[Piece]:
        width = self.size.width
        if self.size.height > 1:
            if y == 0:
                return self._mic.pieces(" mic   ", _of_mic(self._notice), width)
            return self._agent.pieces(" agent ", _of_agent(self._notice), width)
        half = width // 2
        return [
            *self._mic.pieces(" mic ", _of_mic(self._notice), half),
            *self._agent.pieces(" agent ", _of_agent(self._notice), width - half),
        ]

    def render_line(self, y: int) -> Strip:
        row = self._row(y)
        self._painted[y:] = [row]
        segments = [Segment(s.text, self._style(s.style)) for piece in row for s in piece.spans]
        # Each segment is a colour's worth of bytes: what looks alike is one.
        return Strip(segments).simplify().adjust_cell_length(self.size.width, self._style("label"))

    def _style(self, name: str) -> Style:
        if name == "clip":
            return self._style("label") + Style(bold=True, reverse=True)
        return self.get_component_rich_style(f"vad--{name}")


def _of_mic(notice: Notice) -> Told:
    """With the agent's own score of the microphone's signal."""
    score = notice.vad_score
    known = score is not None and math.isfinite(score)
    extra = f"vad {score:.2f}" if known else ""
    return Told(notice.mic_dbfs, _mic_word(notice), _mic_style(notice), extra)


def _of_agent(notice: Notice) -> Told:
    """With how much of a reply is collected before it is played."""
    word = "HELD" if notice.held else "SPEECH" if notice.agent_speaking else "quiet"
    extra = f"buf {notice.buffer_ms}" if notice.buffer_ms else ""
    return Told(notice.speaker_dbfs, word, "agent" if notice.agent_speaking else "quiet", extra)


def _mic_style(notice: Notice) -> str:
    if notice.muted or notice.held:
        return "muted"
    return "speech" if notice.speaking else "quiet"


def _mic_word(notice: Notice) -> str:
    if notice.held:
        return "HELD"
    if notice.muted:
        return "PUSH" if notice.push_to_talk else "MUTED"
    return "SPEECH" if notice.speaking else "quiet"
