"""The meters: how loud microphone and agent are and were, how loud they peak, and who speaks.

Knows notices. One sample a notice; glyphs and styles are few and runs are merged, because a row
that moves ten times a second is most of what an idle call sends over a slow line.

Moments in which somebody spoke, as the local detector heard it, are solid bars, all others dots.
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

BARS = " ▁▂▃▄▅▆▇█"
DOTS = " ⣀⣀⣄⣤⣦⣶⣷⣿"
FLOOR_DBFS = -60.0
UNKNOWN_DBFS = -100.0
"""What is said of silence, and where nothing is known."""
CLIPPED_DBFS = -0.05
"""Converters differ by a few steps in where they clip."""
KEPT = 400
LABEL = 7
PEAK_NOTICES = 6
"""A notice's peak is of one second: with these it is held for 1.5 s."""
PEAK_WIDTH, SCORE_WIDTH = 60, 60
"""From so many columns on there is room for the held peak and for the agent's own score."""


class Sample(NamedTuple):
    bar: str
    style: str


class Field(NamedTuple):
    """A part of the words at the right of a row, of constant width."""

    text: str
    style: str


class Row(NamedTuple):
    """A row as it is painted; `room` cells are for bars."""

    room: int
    bars: list[Sample]
    words: list[Field]


class Side:
    """What is remembered of the microphone, or of the agent."""

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=KEPT)
        self._peaks: deque[float] = deque(maxlen=PEAK_NOTICES)

    def add(self, dbfs: float, style: str, peak_dbfs: float) -> None:
        self.samples.append(_sample(dbfs, style))
        self._peaks.append(peak_dbfs if math.isfinite(peak_dbfs) else -math.inf)

    def forget(self) -> None:
        self.samples.clear()
        self._peaks.clear()

    @property
    def peak_dbfs(self) -> float:
        return max(self._peaks, default=-math.inf)


def bar(dbfs: float, glyphs: str = BARS) -> str:
    """A glyph for -60..0 dBFS; blank for silence and for what is no number."""
    if not math.isfinite(dbfs) or dbfs <= FLOOR_DBFS:
        return glyphs[0]
    share = min((dbfs - FLOOR_DBFS) / -FLOOR_DBFS, 1.0)
    return glyphs[max(round(share * (len(glyphs) - 1)), 1)]


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
        self._mic = Side()
        self._agent = Side()
        self._painted: list[Row] = []

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
        """The bars and the words of row `y`, each only where they look different."""
        row = self._row(y, self.size.width)
        if y >= len(self._painted):
            self.refresh()
            return
        was = self._painted[y]
        if was.bars != row.bars:
            self.refresh(Region(LABEL, y, row.room, 1))
        if was.words != row.words:
            self.refresh(Region(LABEL + row.room, y, self.size.width, 1))

    def _row(self, y: int, width: int) -> Row:
        side = self._mic if y == 0 else self._agent
        words = self._words(y, width)
        room = max(width - LABEL - sum(len(field.text) for field in words), 0)
        return Row(room, list(side.samples)[-room:] if room else [], words)

    def _words(self, y: int, width: int) -> list[Field]:
        """Level, held peak, who speaks, and the agent's score of the microphone's signal."""
        notice = self._notice
        if y == 0:
            style, word = _mic_style(notice), _mic_word(notice)
            level, peak, score = notice.mic_dbfs, self._mic.peak_dbfs, notice.vad_score
        else:
            style = "agent" if notice.agent_speaking else "quiet"
            word = "HELD" if notice.held else "SPEECH" if notice.agent_speaking else "quiet"
            level, peak, score = notice.speaker_dbfs, self._agent.peak_dbfs, None
        style = "label" if style == "quiet" else style
        words = [Field(f" {_level_text(level)} ", style)]
        if width >= PEAK_WIDTH:
            words += [_peak_field(peak, style), Field(" ", style)]
        words.append(Field(f"{word:<6} ", style))
        if width >= SCORE_WIDTH:
            words.append(Field(f"{_score_text(score):<9}", style))
        return words

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = self._row(y, width)
        self._painted[y:] = [row]
        label = " mic   " if y == 0 else " agent "
        segments = [Segment(label, self._style("label")), *self._bars(row.bars, row.room)]
        segments += [Segment(text, self._style(style)) for text, style in row.words]
        # Each segment is a colour's worth of bytes: what looks alike is one.
        return Strip(segments).simplify().adjust_cell_length(width, self._style("label"))

    def _bars(self, newest: list[Sample], room: int) -> list[Segment]:
        """Oldest first, at the right."""
        parts = [Segment(" " * (room - len(newest)), self._style("label"))]
        for style, run in groupby(newest, lambda sample: sample.style):
            parts.append(Segment("".join(sample.bar for sample in run), self._style(style)))
        return parts

    def _style(self, name: str) -> Style:
        if name == "clip":
            return self._style("label") + Style(bold=True, reverse=True)
        return self.get_component_rich_style(f"vad--{name}")


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


def _sample(dbfs: float, style: str) -> Sample:
    glyph = bar(dbfs, BARS if style in ("speech", "agent") else DOTS)
    # A blank has no style of its own: it joins the run of its neighbours' kind.
    return Sample(glyph, style if glyph != BARS[0] else "quiet")


def _level_text(dbfs: float) -> str:
    return f"{dbfs:4.0f} dB" if math.isfinite(dbfs) and dbfs > UNKNOWN_DBFS else " --- dB"


def _peak_field(dbfs: float, style: str) -> Field:
    if dbfs >= CLIPPED_DBFS:
        return Field("CLIP", "clip")
    known = math.isfinite(dbfs) and dbfs > UNKNOWN_DBFS
    return Field(f"▲{round(dbfs):3d}" if known else " " * 4, style)


def _score_text(score: float | None) -> str:
    known = score is not None and math.isfinite(score)
    return f"vad {score:.2f}" if known else ""
