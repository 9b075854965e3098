"""How loud it is, in a glyph and in words: level, held peak, clipping, who speaks.

Knows numbers and notices; nothing of time.
"""

import math
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from tui.notices import Notice

BARS = " ▁▂▃▄▅▆▇█"
DOTS = " ⣀⣀⣄⣤⣦⣶⣷⣿"
"""Moments in which somebody spoke are solid bars, all others dots."""
FLOOR_DBFS = -60.0
UNKNOWN_DBFS = -100.0
"""What is said of silence, and where nothing is known."""
CLIPPED_DBFS = -0.05
"""Converters differ by a few steps in where they clip."""
PEAK_NOTICES = 6
"""A notice's peak is of one second: with these it is held for 1.5 s."""
PEAK_WIDTH, EXTRA_WIDTH, UNIT_WIDTH = 64, 72, 120
"""From so many columns on there is room for the held peak, for what is extra, for "dB"."""


class Span(NamedTuple):
    text: str
    style: str


class Told(NamedTuple):
    """What the words of a side say at the moment."""

    dbfs: float
    peak_dbfs: float
    word: str
    style: str
    extra: str = ""


class Peak:
    """The loudest sample of the newest notices."""

    def __init__(self) -> None:
        self._peaks: deque[float] = deque(maxlen=PEAK_NOTICES)

    def add(self, dbfs: float) -> None:
        self._peaks.append(dbfs if math.isfinite(dbfs) else -math.inf)

    @property
    def dbfs(self) -> float:
        return max(self._peaks, default=-math.inf)


def bar(dbfs: float, glyphs: str = BARS) -> str:
    """A glyph for -60..0 dBFS; blank for silence and for what is no number."""
    if not math.isfinite(dbfs) or dbfs <= FLOOR_DBFS:
        return glyphs[0]
    return height((dbfs - FLOOR_DBFS) / -FLOOR_DBFS, glyphs)


def height(share: float, glyphs: str = BARS) -> str:
    """A glyph for 0..1, never blank."""
    return glyphs[max(round(min(share, 1.0) * (len(glyphs) - 1)), 1)]


def of_mic(notice: Notice, peak_dbfs: float, extra: str) -> Told:
    word = "SPEECH" if notice.speaking else "quiet"
    if notice.held:
        word = "HELD"
    elif notice.muted:
        word = "PUSH" if notice.push_to_talk else "MUTED"
    style = "speech" if notice.speaking else "quiet"
    closed = notice.muted or notice.held
    return Told(notice.mic_dbfs, peak_dbfs, word, "muted" if closed else style, extra)


def of_agent(notice: Notice, peak_dbfs: float) -> Told:
    """With how much of a reply is collected before it is played."""
    word = "HELD" if notice.held else "SPEECH" if notice.agent_speaking else "quiet"
    extra = f"buf {notice.buffer_ms}" if notice.buffer_ms else ""
    style = "agent" if notice.agent_speaking else "quiet"
    return Told(notice.speaker_dbfs, peak_dbfs, word, style, extra)


def words(told: Told, width: int) -> Iterator[Span]:
    """For a row `width` wide; each begins with a blank."""
    style = "label" if told.style == "quiet" else told.style
    unit = " dB" if width >= UNIT_WIDTH else ""
    known = math.isfinite(told.dbfs) and told.dbfs > UNKNOWN_DBFS
    yield Span((f" {told.dbfs:3.0f}" if known else " ---") + unit, style)
    if width >= PEAK_WIDTH:
        yield Span(" ", style)
        yield _peak(told.peak_dbfs, style)
    yield Span(f" {told.word:<6}", style)
    if width >= EXTRA_WIDTH:
        yield Span(f" {told.extra:<8}", style)


def _peak(dbfs: float, style: str) -> Span:
    if dbfs >= CLIPPED_DBFS:
        return Span("CLIP", "clip")
    known = math.isfinite(dbfs) and dbfs > UNKNOWN_DBFS
    return Span(f"▲{round(dbfs):3d}" if known else " " * 4, style)
