"""Calls side by side: figures of their turns, the difference of two sides, and words misheard.

Knows entries, turns and numbers; no file, no provider, no screen. A verdict is given from ten turns
a side on, and only where the interval leaves out zero.

Theory of operation. Two sides are compared by the difference of their medians. Where the user said
the same on both, only those turns count, and each is taken relative to the median of all turns with
its words: how long one question takes beside another is no difference between the sides. Taking k
medians out of N turns makes them look closer to each other than they are, by sqrt(1 - k/N); the
interval, a percentile bootstrap with a fixed seed, is widened by that much.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from tui.analysis.cost import Cost
from tui.analysis.entry import Entry
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Role
from tui.analysis.turns.figures import counted
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.segments import Name, lengths_ms
from tui.analysis.turns.summary import CallSummary
from tui.analysis.turns.turn import Turn, TurnSource

SEGMENTS = {
    f"{name.value.replace(' ', '_')}_ms": name.value
    for name in Name
    if name not in (Name.NOTICE, Name.CUT)
}
FIGURES = {
    "ear_ms": "ear",
    "audible_ms": "audible",
    "first_byte_ms": "first byte",
    "reply_text_ms": "text",
    **SEGMENTS,
    "barge_in_ms": "barge-in",
}
"""Of a turn: waits, segments and barge-in, by what they are in JSON and as they are shown."""
WAITS = ("ear_ms", "first_byte_ms", "reply_text_ms")
"""How long the user waited, where it is known so far: questions are told by the first of these that
all sides have."""
ENOUGH = 10
"""Turns a side from which on there is a verdict."""
RESAMPLES = 4_000
SEED = 1
PIECE = 2_000_000
"""Random numbers that are made at a time."""

Floats = npt.NDArray[np.float64]


class Measured(msgspec.Struct, frozen=True):
    """One turn: what the user said, as `plain_words` has it, and its figures in ms."""

    words: str
    figures: dict[str, float]


class MeasuredCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call: its turns in their order, and what the agent heard of the user in it."""

    turns: tuple[Measured, ...]
    heard: str
    ended_in_order: bool
    cost: Cost = Cost()


class Side(msgspec.Struct, frozen=True):
    name: str
    calls: tuple[MeasuredCall, ...]

    def values(self, figure: str) -> list[tuple[str, float]]:
        """(words, ms) of all turns that have the figure."""
        turns = (turn for call in self.calls for turn in call.turns)
        return [(turn.words, turn.figures[figure]) for turn in turns if figure in turn.figures]


class Shape(msgspec.Struct, frozen=True):
    """Figures of one side, in ms; the quartiles are interpolated."""

    n: int
    median_ms: float
    low_ms: float
    """A quarter of them is below."""
    high_ms: float
    """A quarter of them is above."""
    p95_ms: float


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How much longer `other` took than `base`; `n` is of the side with fewer turns."""

    base: str
    other: str
    n: int
    same_words: bool
    """Only turns in which the user said the same were compared."""
    ms: float
    low_ms: float
    high_ms: float
    """Where the difference lies in 95 of 100 cases."""

    @property
    def is_clear(self) -> bool:
        return self.n >= ENOUGH and (self.low_ms > 0 or self.high_ms < 0)

    @property
    def verdict(self) -> str:
        if self.n < ENOUGH:
            return f"too few: n = {self.n}"
        if not self.is_clear:
            return f"no difference (95 %: {round(self.low_ms)} to {round(self.high_ms)} ms)"
        low, high = sorted((abs(self.low_ms), abs(self.high_ms)))
        faster = self.base if self.ms > 0 else self.other
        return f"{faster} faster by {abs(self.ms):.0f} ms (95 %: {low:.0f} to {high:.0f})"


class Misheard(msgspec.Struct, frozen=True):
    """Words of a script against those that the agent understood."""

    words: int
    errors: int
    """Words that are other, missing or too many: the word error rate's."""

    @property
    def rate(self) -> float | None:
        return self.errors / self.words if self.words else None


class CallMeasures:
    """Adds up the entries of one journal."""

    def __init__(self) -> None:
        self._turns = TurnFold()
        self._transcript = TranscriptFold()
        self._summary = CallSummary(self._turns)

    def add(self, entry: Entry) -> None:
        self._turns.add(entry)
        self._transcript.add(entry)
        self._summary.add(entry)

    def call(self) -> MeasuredCall:
        """Without turns of nobody, and without those in which a tool waited for a person."""
        said: dict[int, list[str]] = {}
        for line in self._transcript.lines:
            if line.role is Role.YOU:
                said.setdefault(line.turn, []).append(line.text)
        turns = (one for one in counted(self._turns.turns) if one.source is not TurnSource.NOBODY)
        lines = (line for line in self._transcript.lines if line.role is Role.YOU)
        return MeasuredCall(
            turns=tuple(_measured(one, " ".join(said.get(one.number, ()))) for one in turns),
            heard=" ".join(line.text for line in lines if line.source is TurnSource.VOICE),
            ended_in_order=self._summary.ended_in_order,
            cost=self._summary.summary().cost,
        )


def _measured(turn: Turn, said: str) -> Measured:
    lengths = lengths_ms(turn)
    found = {
        name: lengths.get(label) if name in SEGMENTS else getattr(turn, name)
        for name, label in FIGURES.items()
    }
    known = {name: round(ms, 3) for name, ms in found.items() if ms is not None}
    return Measured(" ".join(plain_words(said)), known)


def named_by_place(call: MeasuredCall, lines: Sequence[str]) -> MeasuredCall:
    """The same with the words of a script in place of what was understood of them."""
    names = (" ".join(plain_words(line)) for line in lines)
    changed = (
        msgspec.structs.replace(turn, words=words)
        for turn, words in zip(call.turns, names, strict=False)
    )
    return msgspec.structs.replace(call, turns=tuple(changed))


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────


def shape(values: Iterable[tuple[str, float]]) -> Shape | None:
    """None of nothing."""
    figures = [ms for _, ms in values]
    if not figures:
        return None
    low, middle, high, p95 = np.percentile(figures, [25, 50, 75, 95])
    return Shape(len(figures), *(round(float(one), 1) for one in (middle, low, high, p95)))


def difference(base: Side, other: Side, figure: str, words: str | None = None) -> Difference | None:
    """In `figure`, of turns with `words` or all; None where a side has no turn with it."""
    one, two = (
        [found for found in side.values(figure) if words in (None, found[0])]
        for side in (base, other)
    )
    if not one or not two:
        return None
    common = ({said for said, _ in one} & {said for said, _ in two}) - {""}
    medians = {
        said: float(np.median([ms for word, ms in (*one, *two) if word == said])) for said in common
    }
    a, b = (_relative(values, medians) for values in (one, two))
    scale = float(np.sqrt((len(a) + len(b)) / max(len(a) + len(b) - len(medians), 1)))
    ms = float(np.median(b) - np.median(a))
    spread = _resampled(a, b) - ms
    low, high = (ms + scale * float(edge) for edge in np.percentile(spread, [2.5, 97.5]))
    return Difference(
        base=base.name,
        other=other.name,
        n=min(len(a), len(b)),
        same_words=bool(common),
        ms=round(ms, 1),
        low_ms=round(low, 1),
        high_ms=round(high, 1),
    )


def _relative(values: Sequence[tuple[str, float]], medians: Mapping[str, float]) -> Floats:
    if not medians:
        return np.array([ms for _, ms in values])
    return np.array([ms - medians[said] for said, ms in values if said in medians])


def _resampled(a: Floats, b: Floats) -> Floats:
    """Differences of the medians of as many turns, drawn with replacement."""
    random = np.random.default_rng(SEED)
    at_a_time = max(PIECE // (len(a) + len(b)), 1)
    found = []
    for done in range(0, RESAMPLES, at_a_time):
        count = min(at_a_time, RESAMPLES - done)
        drawn = [np.median(random.choice(one, (count, len(one))), axis=1) for one in (a, b)]
        found.append(drawn[1] - drawn[0])
    return np.concatenate(found)


def cost_of(side: Side) -> Cost | None:
    """Of a call, on the average of those whose cost is known; None where none is."""
    known = [call.cost for call in side.calls if call.cost.usd is not None]
    if not known:
        return None
    usd = sum(cost.usd or 0.0 for cost in known) / len(known)
    return msgspec.structs.replace(known[-1], usd=round(usd, 8))


def common_words(sides: Sequence[Side]) -> list[str]:
    """What the user said on every side, in the first one's order."""
    said = [[turn.words for call in side.calls for turn in call.turns] for side in sides]
    first, *others = said
    return [one for one in dict.fromkeys(first) if one and all(one in other for other in others)]


# ── Words ───────────────────────────────────────────────────────────────────────────────────────


def plain_words(text: str) -> list[str]:
    """Lower case, without punctuation."""
    kept = "".join(c if c.isalnum() or c in "'’" else " " for c in text.casefold())
    return kept.replace("’", "'").split()


def misheard(said: str, heard: Iterable[str]) -> Misheard:
    """A script that was spoken in each of the calls in which that was `heard`."""
    words = plain_words(said)
    errors = [edit_distance(words, plain_words(one)) for one in heard]
    return Misheard(len(words) * len(errors), sum(errors))


def edit_distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest words to replace, leave out and put in (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(said, 1):
        before, row[0] = row[0], count
        for n, other in enumerate(heard, 1):
            before, row[n] = row[n], min(row[n] + 1, row[n - 1] + 1, before + (word != other))
    return row[-1]
