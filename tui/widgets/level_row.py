"""One side of the call on a row of meters: its bars and its words, by the room that there is.

Knows levels and cells; no widget. A number that moves is as cheap to send as it is short: levels
are whole dB, glyphs and styles are few, and each field keeps its width and its place.
"""

import math
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

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
    extra: str = ""


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
    if width >= EXTRA_WIDTH:
        yield Span(f" {told.extra:<8}", style)


def _peak(dbfs: float, style: str) -> Span:
    if dbfs >= CLIPPED_DBFS:
        return Span("CLIP", "clip")
    known = math.isfinite(dbfs) and dbfs > UNKNOWN_DBFS
    return Span(f"▲{round(dbfs):3d}" if known else " " * 4, style)
