"""The live VAD sparkline: how loud the microphone (and the agent) is, and who speaks.

Knows notices. One sample a notice; glyphs and styles are few and runs are merged, because a row
that moves ten times a second is most of what an idle call sends over a slow line.
"""

import math
from collections import deque
from itertools import groupby
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.messages import Feed, JournalChanged, NoticeArrived
from tui.notices import CallState, Notice
from tui.widgets.paint import fit

BARS = " ▁▂▃▄▅▆▇█"
FLOOR_DBFS = -60.0
KEPT = 400
LABEL = 7


class Sample(NamedTuple):
    bar: str
    style: str


class Row(NamedTuple):
    """A row as it is painted; `room` cells are for bars."""

    room: int
    bars: list[Sample]
    words: str
    style: str


def bar(dbfs: float) -> str:
    """A glyph for -60..0 dBFS; blank for silence and for what is no number."""
    if not math.isfinite(dbfs) or dbfs <= FLOOR_DBFS:
        return BARS[0]
    share = min((dbfs - FLOOR_DBFS) / -FLOOR_DBFS, 1.0)
    return BARS[max(round(share * (len(BARS) - 1)), 1)]


class VadLine(Widget):
    """The microphone's row, and below it the agent's where there is a second row."""

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
        self._mic: deque[Sample] = deque(maxlen=KEPT)
        self._agent: deque[Sample] = deque(maxlen=KEPT)
        self._painted: list[Row] = []

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.journals.subscribe(self, self._on_journal)

    def _on_journal(self, message: JournalChanged) -> None:
        self._mic.clear()
        self._agent.clear()
        self.refresh()

    def _on_notice(self, message: NoticeArrived) -> None:
        self._notice = message.notice
        if self._notice.state is CallState.LIVE:
            self._sample(self._notice)
        for y in range(self.size.height):
            self._repaint(y)

    def _repaint(self, y: int) -> None:
        """The words and the bars of row `y`, each only where they look different."""
        row = self._row(y, self.size.width)
        if y >= len(self._painted):
            self.refresh()
            return
        was = self._painted[y]
        if was.bars != row.bars:
            self.refresh(Region(LABEL, y, row.room, 1))
        if (was.words, was.style) != (row.words, row.style):
            self.refresh(Region(LABEL + row.room, y, self.size.width, 1))

    def _sample(self, notice: Notice) -> None:
        mic = "muted" if notice.muted else "speech" if notice.speaking else "quiet"
        agent = "agent" if notice.agent_speaking else "quiet"
        self._mic.append(_sample(notice.mic_dbfs, mic))
        self._agent.append(_sample(notice.speaker_dbfs, agent))

    def _row(self, y: int, width: int) -> Row:
        notice = self._notice
        if y == 0:
            samples, words = self._mic, self._mic_words(width)
            style = "muted" if notice.muted else "speech" if notice.speaking else "label"
        else:
            samples, words = self._agent, self._agent_words()
            style = "agent" if notice.agent_speaking else "label"
        room = max(width - LABEL - len(words) - 1, 0)
        return Row(room, list(samples)[-room:] if room else [], words, style)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = self._row(y, width)
        self._painted[y:] = [row]
        label = " mic   " if y == 0 else " agent "
        segments = [Segment(label, self._style("label")), *self._bars(row.bars, row.room)]
        segments += [Segment(" ", self._style("label")), Segment(row.words, self._style(row.style))]
        return Strip(segments).adjust_cell_length(width, self._style("label"))

    def _bars(self, newest: list[Sample], room: int) -> list[Segment]:
        """Oldest first, at the right."""
        parts = [Segment(" " * (room - len(newest)), self._style("label"))]
        for style, run in groupby(newest, lambda sample: sample.style):
            parts.append(Segment("".join(sample.bar for sample in run), self._style(style)))
        return parts

    def _mic_words(self, width: int) -> str:
        notice = self._notice
        word = "SPEECH" if notice.speaking else "MUTED" if notice.muted else "quiet"
        text = f"{_level_text(notice.mic_dbfs)} {word:<6}"
        score = notice.vad_score
        if width >= 60:
            text += f" vad {score:.2f}" if score is not None and math.isfinite(score) else " " * 9
        return f"{text} "

    def _agent_words(self) -> str:
        word = "SPEECH" if self._notice.agent_speaking else "quiet"
        return fit(f"{_level_text(self._notice.speaker_dbfs)} {word}", 23)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"vad--{name}")


def _sample(dbfs: float, style: str) -> Sample:
    glyph = bar(dbfs)
    # A blank has no style of its own: it joins the run of its neighbours' kind.
    return Sample(glyph, style if glyph != BARS[0] else "quiet")


def _level_text(dbfs: float) -> str:
    return f"{dbfs:4.0f} dB" if math.isfinite(dbfs) and dbfs > -100 else " --- dB"
