"""What the table of turns says: columns, cells, the figures in its head, why a turn took so long.

Knows turns; no widget. All text is clean.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tui.analysis.cost import Cost, cost_text
from tui.analysis.turns.figures import TIMES_MEDIAN, Spread, counted, spread
from tui.analysis.turns.segments import Name, segments
from tui.analysis.turns.turn import Turn, TurnSource
from tui.analysis.units import duration_text, wait_text
from tui.dashboard.turns.waterfall import named

NOT_KNOWN = "–"
Figure = Callable[[Turn], float | None]


class Column(NamedTuple):
    name: str
    width: int
    key: Figure
    """What is sorted by; None comes last."""
    cell: Callable[[Turn], str]
    spread: Figure | None = None
    """What the head sums up."""


def _figure(name: str, width: int, figure: Figure) -> Column:
    return Column(name, width, figure, lambda turn: cell(figure(turn)), figure)


def cell(ms: float | None) -> str:
    """`712`, `63.3 s`: whole milliseconds up to 10 s."""
    if ms is None:
        return NOT_KNOWN
    return wait_text(ms).removesuffix(" ms")


def _who(turn: Turn) -> str:
    return turn.source.value or "agent"


def _cut(turn: Turn) -> str:
    if not turn.interrupted:
        return ""
    parts = [f"{duration_text(turn.unheard_ms)} cut"] if turn.unheard_ms else []
    if turn.barge_in_ms is not None:
        parts.append(f"barge-in {duration_text(turn.barge_in_ms)}")
    return "✂ " + (", ".join(parts) or "cut")


def _spent(turn: Turn) -> Cost:
    return turn.cost or Cost()


def _context(turn: Turn) -> str:
    """Tokens that the model was given with the last reply."""
    return f"{tokens:,}" if (tokens := _spent(turn).context) else ""


def _cached(turn: Turn) -> float | None:
    """How much of what went in was cached, 0 to 1."""
    spent = _spent(turn)
    return spent.tokens_cached / spent.tokens_in if spent.tokens_in else None


def _cached_share(turn: Turn) -> str:
    return "" if (share := _cached(turn)) is None else f"{share:.0%}"


def _costs(turn: Turn) -> str:
    """`Tokens: 187 in (68% cached), 164 out; $0.0098.`; "" where nothing is known."""
    spent, parts = _spent(turn), list[str]()
    if spent.tokens_in or spent.tokens_out:
        cached = f" ({_cached_share(turn)} cached)" if spent.tokens_cached else ""
        parts.append(f"Tokens: {spent.tokens_in:,} in{cached}, {spent.tokens_out:,} out")
    if spent.usd is not None and not spent.free:
        parts.append(f"cost {cost_text(spent)}" + " (stale)" * spent.stale)
    return f"{'; '.join(parts)}." if parts else ""


def _order(turn: Turn) -> float:
    return turn.number


COLUMNS = (
    Column("turn", 6, _order, lambda turn: f"#{turn.number}"),
    Column("who", 6, lambda turn: float("vta".index(_who(turn)[0])), _who),
    _figure("endpoint", 9, lambda turn: turn.endpointing_ms),
    _figure("agent", 8, lambda turn: turn.agent_ms),
    _figure("tools", 8, lambda turn: turn.tools_ms),
    _figure("you", 8, lambda turn: turn.waited_ms),
    _figure("1st byte", 9, lambda turn: turn.first_byte_ms),
    _figure("ear", 8, lambda turn: turn.ear_ms),
    Column("interruption", 24, lambda turn: turn.barge_in_ms or float(turn.interrupted), _cut),
    Column("context", 9, lambda turn: _spent(turn).context or None, _context),
    Column("cached", 8, _cached, _cached_share),
    Column("cost", 10, lambda turn: _spent(turn).usd, lambda turn: cost_text(_spent(turn))),
)
"""The last ones, in tokens and money, need a wide screen; the foot says them anywhere."""
FIRST_FIGURE, INTERRUPTION = 2, 8
LABELS = ("p50", "p95", "max", "of")
HEARD_MS = 100
"""Silence at the head of a reply that a listener notices."""


def ordered(turns: Sequence[Turn], column: int, *, back: bool) -> list[Turn]:
    """Numbers and words from the first, figures from the largest; `back` the other way round.
    What has no figure comes last."""
    key = COLUMNS[column].key
    down = back if column < FIRST_FIGURE else not back
    known = [turn for turn in turns if key(turn) is not None]
    found = sorted(known, key=lambda turn: key(turn) or 0.0, reverse=down)
    return found + [turn for turn in turns if key(turn) is None]


def table_row(cells: Sequence[str]) -> str:
    """Figures stand at the right of their columns."""
    parts = []
    for place, (column, text) in enumerate(zip(COLUMNS, cells, strict=True)):
        left = place < FIRST_FIGURE or place == INTERRUPTION
        gap = "  " if place == INTERRUPTION else ""
        parts.append(gap + (f"{text:<{column.width}}" if left else f"{text:>{column.width}}"))
    return "".join(parts).rstrip()


def cells(turn: Turn) -> list[str]:
    return [column.cell(turn) for column in COLUMNS]


def head_names(column: int, *, back: bool) -> list[str]:
    names = [one.name for one in COLUMNS]
    names[column] += "▲" if back else "▼"
    return names


def head_figures(turns: Sequence[Turn]) -> list[list[str]]:
    """A row each for p50, p95, the largest, and of how many turns these are."""
    own = counted(turns)
    rows = []
    for place, label in enumerate(LABELS):
        row = [label, *[""] * (len(COLUMNS) - 1)]
        for at, column in enumerate(COLUMNS):
            figure = column.spread
            if figure is not None:
                every = turns if column.name == "you" else own
                row[at] = _summed(spread(figure(turn) for turn in every), place)
        rows.append(row)
    left_out = len(turns) - len(own)
    if left_out:
        rows[-1][INTERRUPTION] = f"☻ {left_out} left out"
    return rows


def _summed(found: Spread, place: int) -> str:
    figures = (found.median_ms, found.p95_ms, found.max_ms)
    return f"n={found.count}" if place == len(figures) else cell(figures[place])


def why(turn: Turn, from_ms: float | None, limit_ms: int) -> list[str]:
    """`#7 took 3,180 ms: lookup_order 2,310 ms, endpointing 610 ms …`, and what makes it slow, or a
    person's."""
    said = [_took(turn)]
    own = turn.own_wait_ms
    if turn.is_human and turn.waited_ms is not None:
        said.append(f"☻ a tool waited {wait_text(turn.waited_ms)} for you: not in p50, p95, max.")
    elif turn.is_human:
        said.append("☻ A tool waits for you.")
    if own is not None and from_ms is not None and own > from_ms:
        than = f"slow_ms = {limit_ms}" if limit_ms else f"{TIMES_MEDIAN} × the median"
        said.append(f"▲ Slow: more than {than} ({wait_text(from_ms)}).")
    if costs := _costs(turn):
        said.append(costs)
    return said


def _took(turn: Turn) -> str:
    if turn.wait_ms is None:
        if turn.source is TurnSource.NOBODY:
            return f"In turn #{turn.number} the agent spoke unasked."
        what = "has no reply yet" if turn.replied_at_ns is None else "has no known end of speech"
        return f"#{turn.number} {what}: there is nothing to measure."
    to = "the ear" if turn.ear_ms is not None else "the first byte"
    if turn.first_byte_ms is None:
        to = "the text"
    took = f"#{turn.number} took {wait_text(turn.wait_ms)} to {to}"
    told = _parts(turn)
    return took + (f": {', '.join(told)}." if told else ".")


def _parts(turn: Turn) -> list[str]:
    """What took the time, the longest first, with the setting that makes that."""
    found: dict[str, float] = {}
    settings: dict[str, str] = {}
    for one in segments(turn):
        if one.name is not Name.SILENCE:  # after the first sample
            found[named(one)] = found.get(named(one), 0.0) + one.ms
            settings[named(one)] = one.setting
    longest = sorted(found, key=lambda name: -found[name])
    told = [f"{name} {wait_text(found[name])}" for name in longest if found[name] >= 1]
    if told and settings[longest[0]]:
        told[0] += f" ({settings[longest[0]]})"
    if turn.audible_ms is not None and turn.ear_ms is not None:
        silent = turn.audible_ms - turn.ear_ms
        told += [f"then {wait_text(silent)} of silence"] if silent >= HEARD_MS else []
    return told
