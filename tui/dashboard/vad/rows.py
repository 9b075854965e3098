"""The rows of the VAD line, as text and styles: label, trace and words of each.

Knows cells and what is said of both sides; no widget, no clock. With three rows the provider's
detector, the local one and the agent have one each. With two the first is the provider's (the
local one where the provider tells nothing), and the second tells of you and of the agent in one.
"""

import math
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import NamedTuple

from tui.analysis.voice_activity import Cell
from tui.dashboard.common.cells import fit
from tui.dashboard.vad import traces
from tui.dashboard.vad.levels import EXTRA_WIDTH, Span, Told, words
from tui.dashboard.vad.traces import Glyph

LABEL = 12
WIDE = 120
"""From so many columns on cells are twice as long, a minute in all: for no more bytes."""


class Hearing(Enum):
    """What the provider has told of the user's voice."""

    NOTHING = auto()
    EDGES = auto()
    SCORES = auto()


class Shown(NamedTuple):
    cells: Sequence[Cell]
    length_ns: int
    hearing: Hearing
    able: bool
    """The provider can score."""
    score: float | None
    mic: Told
    agent: Told


def room(width: int) -> int:
    """How many cells a trace has."""
    return max(width - LABEL - _words_width(width), 0)


def rows(shown: Shown, width: int, height: int) -> list[list[Span]]:
    cells, is_wide = shown.cells, width >= WIDE
    mic, agent = words(shown.mic, width), words(shown.agent, width)
    local = _row(_local(shown, width), traces.levels(cells), mic)
    below = traces.agent(cells) if is_wide else traces.talk(cells)
    label = " agent" if is_wide else f" {traces.YOU}you{traces.AGENT}agent"
    last = _row(label, _ticked(below, shown.length_ns, 10 if is_wide else 5), agent)
    if height >= 3:
        said = Span(fit(_PROVIDER[shown.hearing], _words_width(width)), "label")
        return [_provider(shown, [said]), local, last]
    first = local
    if shown.hearing is not Hearing.NOTHING and not is_wide:
        first = _provider(shown, words(shown.mic, width))
    return [first, last][:height]


_PROVIDER = {
    Hearing.NOTHING: " no score has come",
    Hearing.EDGES: " speech as the agent told",
    Hearing.SCORES: " speech from 0.50",
}


def told_then(last: Cell, at: str, extra: str) -> tuple[Told, Told]:
    """Of both sides at a moment that is over, `at` it."""
    word, style = ("SPEECH", "speech") if last.user else ("quiet", "quiet")
    if last.closed:
        word, style = "MUTED", "muted"
    none = -math.inf
    spoke = ("SPEECH", "agent") if last.agent else ("quiet", "quiet")
    level = none if last.level is None else last.level
    return Told(level, none, word, style, extra), Told(none, none, *spoke, at)


def _words_width(width: int) -> int:
    return sum(len(span.text) for span in words(Told(0, 0, "", ""), width))


def _provider(shown: Shown, said: Iterable[Span]) -> list[Span]:
    if shown.hearing is Hearing.EDGES:
        return _row(" heard", traces.levels(shown.cells, by_provider=True), said)
    known = shown.score is not None and math.isfinite(shown.score)
    label = f" vad {shown.score:.2f}" if known else " vad  --"
    return _row(label, traces.scores(shown.cells), said)


def _local(shown: Shown, width: int) -> str:
    """Where there is no room for "no score" beside it, its name says so."""
    alone = not shown.able and width < EXTRA_WIDTH
    return " local only" if alone else " local"


def _ticked(glyphs: list[Glyph], length_ns: int, step_s: int) -> list[Glyph]:
    return traces.ticked(glyphs, step_s * 1_000_000_000 // length_ns, step_s)


def _row(label: str, glyphs: Sequence[Glyph], said: Iterable[Span]) -> list[Span]:
    return [Span(fit(label, LABEL), "label"), *traces.spans(glyphs), *said]
