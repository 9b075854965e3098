"""Cells of voice activity as rows of glyphs, newest at the right.

Knows cells and glyphs; no time, no widget. All is told by shape, hues only help: solid from the
threshold on and dots below it, a bracket at each edge of speech, a flat line where nothing was
sent. A glyph replaces a quiet cell only, so that short speech stays.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from tui.analysis.voice_activity import Cell
from tui.dashboard.vad.levels import BARS, DOTS, Span, bar, height

THRESHOLD = 0.5
"""From this score on it is speech: what both providers and detectors take where nobody sets it."""
BEGINS, ENDS = "▕", "▏"
"""At the right of the last quiet cell, at the left of the first one."""
CLOSED, NOT_SENT = "─", "×"
AUDIBLE_DBFS = -45.0
"""What a closed microphone hears that is as loud as speech is shown: it is not sent."""
YOU, AGENT, BOTH, CUT = "▀", "▄", "█", "✂"
TICK = "╵"


class Glyph(NamedTuple):
    text: str
    style: str


BLANK = Glyph(" ", "quiet")


def scores(cells: Sequence[Cell]) -> list[Glyph]:
    """The provider's."""
    glyphs = [_closed(cell) or _score(cell.score) for cell in cells]
    return _bracketed(glyphs, [is_voiced(cell) for cell in cells])


def levels(cells: Sequence[Cell], *, by_provider: bool = False) -> list[Glyph]:
    """The microphone's, solid where the local detector heard speech, or the provider did."""
    voiced = [(c.heard if by_provider else c.user) and not c.closed for c in cells]
    glyphs = [
        _closed(cell) or _level(cell.level, on) for cell, on in zip(cells, voiced, strict=True)
    ]
    return _bracketed(glyphs, voiced)


def agent(cells: Sequence[Cell]) -> list[Glyph]:
    return [_agent(cell) for cell in cells]


def talk(cells: Sequence[Cell]) -> list[Glyph]:
    """Both sides in one row: you above, the agent below, a full block where both spoke."""
    glyphs = [_talk(cell) for cell in cells]
    quiet = [glyph is BLANK for glyph in glyphs]
    marked = _bracketed(glyphs, [cell.user for cell in cells])
    return [new if q else old for new, old, q in zip(marked, glyphs, quiet, strict=True)]


def is_voiced(cell: Cell) -> bool:
    """By the provider."""
    return not cell.closed and cell.score is not None and cell.score >= THRESHOLD


def ticked(glyphs: list[Glyph], step: int, step_s: int) -> list[Glyph]:
    """With a mark each `step` cells from the right, and how long ago that was, on blank cells.

    In the style of blanks: a change of style is 40 bytes, at each of them."""
    row = list(glyphs)
    for place in range(step, len(row), step):
        text = f"{TICK}{place // step * step_s}s"
        first = len(row) - place
        if all(glyph is BLANK for glyph in row[first : first + len(text)]):
            row[first : first + len(text)] = [Glyph(character, "quiet") for character in text]
    return row


def spans(glyphs: Sequence[Glyph]) -> Iterator[Span]:
    for style, run in groupby(glyphs, lambda glyph: glyph.style):
        yield Span("".join(glyph.text for glyph in run), style)


def _closed(cell: Cell) -> Glyph | None:
    if not cell.closed:
        return None
    heard = cell.level is not None and cell.level >= AUDIBLE_DBFS
    return Glyph(NOT_SENT if heard else CLOSED, "muted")


def _score(score: float | None) -> Glyph:
    if score is None:
        return BLANK
    if score >= THRESHOLD:
        return Glyph(height(score), "speech")
    return Glyph(height(score, DOTS), "quiet")


def _level(dbfs: float | None, is_voiced: bool) -> Glyph:
    glyphs = BARS if is_voiced else DOTS
    glyph = glyphs[0] if dbfs is None else bar(dbfs, glyphs)
    if is_voiced:
        return Glyph(glyph if glyph != BARS[0] else BARS[1], "speech")
    return Glyph(glyph, "quiet") if glyph != DOTS[0] else BLANK


def _agent(cell: Cell) -> Glyph:
    if cell.cut:
        return Glyph(CUT, "cut")
    return Glyph(AGENT, "agent") if cell.agent else BLANK


def _talk(cell: Cell) -> Glyph:
    if cell.user and not cell.cut:
        return Glyph(BOTH, "both") if cell.agent else Glyph(YOU, "speech")
    return _agent(cell)


def _bracketed(glyphs: list[Glyph], voiced: Sequence[bool]) -> list[Glyph]:
    row = list(glyphs)
    for place, is_on in enumerate(voiced):
        if is_on:
            continue
        if place and voiced[place - 1]:
            row[place] = Glyph(ENDS, "speech")
        elif place + 1 < len(voiced) and voiced[place + 1]:
            row[place] = Glyph(BEGINS, "speech")
    return row
