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

    def on_mount(self) -> None:
        self._feed.notices.subscribe(self, self._on_notice)
        self._feed.journals.subscribe(self, self._on_journal)

    def _on_journal(self, message: JournalChanged) -> None:
        self._mic.clear()
        self._agent.clear()
        self.refresh()

    def _on_notice(self, message: NoticeArrived) -> None:
        was, self._notice = self._notice, message.notice
        moving = self._notice.state is CallState.LIVE
        if moving:
            self._sample(self._notice)
        if moving or was != self._notice:
            self.refresh()

    def _sample(self, notice: Notice) -> None:
        mic = "muted" if notice.muted else "speech" if notice.speaking else "quiet"
        agent = "agent" if notice.agent_speaking else "quiet"
        self._mic.append(_sample(notice.mic_dbfs, mic))
        self._agent.append(_sample(notice.speaker_dbfs, agent))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        notice = self._notice
        if y == 0:
            label, samples, said = " mic   ", self._mic, self._mic_words(width)
            style = "muted" if notice.muted else "speech" if notice.speaking else "label"
        else:
            label, samples, said = " agent ", self._agent, self._agent_words()
            style = "agent" if notice.agent_speaking else "label"
        room = max(width - LABEL - len(said) - 1, 0)
        segments = [Segment(label, self._style("label")), *self._bars(samples, room)]
        segments += [Segment(" ", self._style("label")), Segment(said, self._style(style))]
        return Strip(segments).adjust_cell_length(width, self._style("label"))

    def _bars(self, samples: deque[Sample], room: int) -> list[Segment]:
        """The newest `room` samples, oldest first, at the right."""
        newest = list(samples)[-room:] if room else []
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
