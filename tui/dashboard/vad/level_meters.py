"""The meters: how loud microphone and agent are and were, how loud they peak, and who speaks.

Knows notices. One sample a notice; glyphs and styles are few and runs are merged, because a row
that moves ten times a second is most of what an idle call sends over a slow line.
"""

import math
from collections import deque
from collections.abc import Iterator
from itertools import accumulate, groupby
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.dashboard.common.messages import Feed, JournalChanged, NoticeArrived
from tui.notices import CallState, Notice

BARS = " ▁▂▃▄▅▆▇█"
DOTS = " ⣀⣀⣄⣤⣦⣶⣷⣿"
"""Moments in which somebody spoke are solid bars, all others dots."""
FLOOR_DBFS = -60.0
UNKNOWN_DBFS = -100.0
"""What is said of silence, and where nothing is known."""
CLIPPED_DBFS = -0.05
"""Converters differ by a few steps in where they clip."""
KEPT = 400
PEAK_NOTICES = 6
"""A notice's peak is of one second: with these it is held for 1.5 s."""
PEAK_WIDTH, EXTRA_WIDTH, UNIT_WIDTH = 28, 36, 44
"""From so many columns a side on there is room for the held peak, for what is extra, for "dB"."""


class Sample(NamedTuple):
    bar: str
    style: str


class Span(NamedTuple):
    text: str
    style: str


class Piece(NamedTuple):
    """A part of a row that is painted anew where it changed; its width stays."""

    width: int
    spans: tuple[Span, ...]


class Told(NamedTuple):
    """What the words of a side say at the moment."""

    dbfs: float
    word: str
    style: str
    extra: str | None = ""
    """None: there never is anything."""


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

    def pieces(self, label: str, told: Told, width: int) -> list[Piece]:
        """Label, bars and words, together `width` wide if there is room for the words."""
        words = tuple(_words(told, self.peak_dbfs, width))
        taken = sum(len(span.text) for span in words)
        room = max(width - len(label) - taken, 0)
        newest = list(self.samples)[-room:] if room else []
        return [
            Piece(len(label), (Span(label, "label"),)),
            Piece(room, tuple(_bars(newest, room))),
            Piece(taken, words),
        ]


def bar(dbfs: float, glyphs: str = BARS) -> str:
    """A glyph for -60..0 dBFS; blank for silence and for what is no number."""
    if not math.isfinite(dbfs) or dbfs <= FLOOR_DBFS:
        return glyphs[0]
    share = min((dbfs - FLOOR_DBFS) / -FLOOR_DBFS, 1.0)
    return glyphs[max(round(share * (len(glyphs) - 1)), 1)]


def _sample(dbfs: float, style: str) -> Sample:
    glyph = bar(dbfs, BARS if style in ("speech", "agent") else DOTS)
    # A blank has no style of its own: it joins the run of its neighbours' kind.
    return Sample(glyph, style if glyph != BARS[0] else "quiet")


def _bars(newest: list[Sample], room: int) -> Iterator[Span]:
    """Oldest first, at the right."""
    yield Span(" " * (room - len(newest)), "label")
    for style, run in groupby(newest, lambda sample: sample.style):
        yield Span("".join(sample.bar for sample in run), style)


def _words(told: Told, peak_dbfs: float, width: int) -> Iterator[Span]:
    """Each begins with a blank, none ends with one but to keep its width."""
    style = "label" if told.style == "quiet" else told.style
    unit = " dB" if width >= UNIT_WIDTH else ""
    known = math.isfinite(told.dbfs) and told.dbfs > UNKNOWN_DBFS
    yield Span((f" {told.dbfs:3.0f}" if known else " ---") + unit, style)
    if width >= PEAK_WIDTH:
        yield Span(" ", style)
        yield _peak(peak_dbfs, style)
    yield Span(f" {told.word:<6}", style)
    if width >= EXTRA_WIDTH and told.extra is not None:
        yield Span(f" {told.extra:<8}", style)


def _peak(dbfs: float, style: str) -> Span:
    if dbfs >= CLIPPED_DBFS:
        return Span("CLIP", "clip")
    known = math.isfinite(dbfs) and dbfs > UNKNOWN_DBFS
    return Span(f"▲{round(dbfs):3d}" if known else " " * 4, style)


__all__ = ["BARS", "DOTS", "LevelMeters", "bar"]


class LevelMeters(Widget):
    """Both sides on one row; on one each where there is a second row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "vad--label",
        "vad--quiet",
        "vad--speech",
        "vad--agent",
        "vad--muted",
    }

    def __init__(self, feed: Feed, *, vad_score: bool = True, id: str | None = None) -> None:
        """`vad_score`: the agent scores what it hears."""
        super().__init__(id=id)
        self._vad_score = vad_score
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
        mic = _of_mic(self._notice, self._vad_score)
        if self.size.height > 1:
            if y == 0:
                return self._mic.pieces(" mic   ", mic, width)
            return self._agent.pieces(" agent ", _of_agent(self._notice), width)
        half = width // 2
        return [
            *self._mic.pieces(" mic ", mic, half),
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


def _of_mic(notice: Notice, scored: bool) -> Told:
    """With the agent's own score of the microphone's signal, where it has one."""
    score = notice.vad_score
    known = score is not None and math.isfinite(score)
    extra = f"vad {score:.2f}" if known else "" if scored else None
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
