"""`voicescope compare`: recorded calls, or a script held with several targets, side by side.

Knows journals, the table and its JSON; the figures are `analysis/comparison.py`'s.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from string import ascii_uppercase

import msgspec
from rich.cells import cell_len

from tui.analysis.comparison import (
    FIGURES,
    WAITS,
    Difference,
    MeasuredCall,
    Misheard,
    Shape,
    Side,
    common_words,
    cost_of,
    difference,
    misheard,
    shape,
)
from tui.analysis.cost import Cost, cost_notes, cost_text
from tui.cli.options import examples
from tui.cli.table import table_row
from tui.cli.targets import Repeated, Said, Target, measured, read_script, target_of, tell
from tui.config import ConfigError
from tui.export.comparison_page import write_page
from tui.journal.folder import SUFFIX
from tui.journal.reader import JournalError, JournalReader
from tui.processes.printing import json_text
from tui.providers import UnknownProvider
from tui.sanitize import sanitize

SOME = 5
"""Turns a side from which on the interval of one question is shown."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one side; `difference` and `verdict` are against the first side."""

    side: str
    figure: str
    shape: Shape
    difference: Difference | None = None
    verdict: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the user said on every side, and how long the answer took on each."""

    words: str
    figure: str
    shapes: dict[str, Shape]
    differences: list[Difference]


class SideTold(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    calls: int
    failed: int
    """Calls that did not end in order."""
    turns: int
    journals: list[str]
    misheard: Misheard | None = None
    word_error_rate: float | None = None
    cost: Cost | None = None
    """Of a call, on the average."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    sides: list[SideTold]
    figures: list[Figure]
    questions: list[Question]


def main(arguments: list[str]) -> int:
    """0 when there is something to compare, 1 when a call went wrong and ended it, 2 for what
    cannot be done as asked, 128 + n after signal n."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    ours, shared = arguments[:at], arguments[at + 1 :]
    options = _parser().parse_args(ours)
    if bool(options.target) == bool(options.journals):
        raise ConfigError("compare: give journals, or --script FILE and two --target NAME=FLAGS")
    if options.html is not None and options.html.exists():
        raise ConfigError(f"{options.html} exists; give --html a new name")
    said = read_script(options.script, spoken=options.speak) if options.script else None
    code = 0
    if options.target:
        sides, journals, code = _hold(options, said, shared)
    else:
        sides, journals = _recorded(options.journals)
    if any(not side.calls for side in sides):
        tell("voicescope compare: nothing was measured on every side")
        return code or 1
    lines = said.lines if said else ()
    told = compared(sides, journals, said=" ".join(lines))
    print(json_text(told, sys.stdout.encoding) if options.json else "\n".join(table(told)))
    if options.html is not None:
        _page(told, sides, options.html)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voicescope compare",
        description="Put calls side by side: medians, spread, and the difference with the interval "
        "in which it lies 95 times of 100. A verdict needs ten turns a side. Of journals, or of a "
        "script that is held n times with each target, interleaved; no device is opened then. "
        "Flags behind -- are for all targets.",
        epilog=examples(
            "voicescope compare before.jsonl after.jsonl",
            "voicescope compare old=monday.jsonl old=tuesday.jsonl new=calls/",
            'voicescope compare --script lines.txt -n 20 --target a="--profile a" '
            '--target b="--profile b" -- --max-minutes 5',
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("journals", nargs="*", metavar="[NAME=]JOURNAL", help="journals, or folders of them")
    add("--target", action="append", default=[], metavar="NAME=FLAGS", help="as flags of `run`")
    add("--script", type=Path, metavar="FILE", help="lines to type, or a WAV to speak; of journals "
        "and a WAV's (FILE.txt): the words, for the word error rate")  # fmt: skip
    add("--speak", action="store_true", help="speak the lines, with the local agent's voice")
    add("-n", type=int, default=10, metavar="N", help="calls with each target (default 10)")
    add("--warm-up", type=int, default=1, metavar="N", help="calls before, not counted (default 1)")
    add("--json", action="store_true", help="as one JSON object")
    add("--html", type=Path, metavar="FILE", help="also as a page, a new file")
    return parser


# ── What is compared ────────────────────────────────────────────────────────────────────────────


def _hold(
    options: argparse.Namespace, said: Said | None, shared: Sequence[str]
) -> tuple[list[Side], dict[str, list[str]], int]:
    """Raises ConfigError."""
    targets: list[Target] = [target_of(text, shared) for text in options.target]
    if said is None:
        raise ConfigError("--target needs --script FILE: what is said in each call")
    if len(targets) < 2 or len({one.name for one in targets}) < len(targets):
        raise ConfigError("--target: give two or more, each with a name of its own")
    if options.n < 1 or options.warm_up < 0:
        raise ConfigError("-n: give a number of calls")
    calls: dict[str, list[MeasuredCall]] = {one.name: [] for one in targets}
    journals: dict[str, list[str]] = {one.name: [] for one in targets}
    repeated, code = Repeated(targets, said, tell), 0
    for held in repeated.hold(options.n, options.warm_up):
        code = 1 if held.problem else code
        if not held.warm_up:
            calls[held.target].append(held.call)
            journals[held.target] += [str(held.journal)] * (held.journal is not None)
    if repeated.interrupted:
        tell("voicescope compare: interrupted; what was measured until then:")
        code = 128 + repeated.interrupted
    return [Side(name, tuple(found)) for name, found in calls.items()], journals, code


def _recorded(given: Sequence[str]) -> tuple[list[Side], dict[str, list[str]]]:
    """Raises ConfigError."""
    letters = (ascii_uppercase[n] if n < 26 else f"side {n + 1}" for n in count())
    found: dict[str, list[Path]] = {}
    for text in given:
        name, sign, rest = text.partition("=")
        named = bool(sign) and not Path(text).exists()
        path = Path(rest if named else text)
        paths = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        found.setdefault(name if named else next(letters), []).extend(paths)
    if len(found) < 2:
        raise ConfigError("compare: give the journals of two sides, such as A.jsonl B.jsonl")
    sides = [Side(name, tuple(map(_read, paths))) for name, paths in found.items()]
    return sides, {name: [str(path) for path in paths] for name, paths in found.items()}


def _read(path: Path) -> MeasuredCall:
    try:
        reader = JournalReader.open(path)
    except JournalError as error:
        raise ConfigError(str(error)) from error
    try:
        return measured(reader, reader.opened().provider)
    except UnknownProvider as error:
        raise ConfigError(f"{path}: {error}") from error
    finally:
        reader.close()


def compared(sides: Sequence[Side], journals: dict[str, list[str]], *, said: str) -> Comparison:
    """`said`: the script's words, of which the user's spoken turns are made."""
    figures = [one for name in FIGURES for one in _figures(name, sides)]
    known = {(one.figure, one.side) for one in figures}
    all_have = (name for name in WAITS if all((name, side.name) in known for side in sides))
    headline = next(all_have, "")
    told = [_side(side, journals[side.name], said) for side in sides]
    asked = [_question(words, headline, sides) for words in common_words(sides)] if headline else []
    return Comparison(
        sides=told, figures=figures, questions=[one for one in asked if len(one.shapes) > 1]
    )


def _side(side: Side, journals: list[str], said: str) -> SideTold:
    heard = [call.heard for call in side.calls if call.heard]
    words = misheard(said, heard) if said and heard else None
    return SideTold(
        name=side.name,
        calls=len(side.calls),
        failed=sum(not call.ended_in_order for call in side.calls),
        turns=sum(len(call.turns) for call in side.calls),
        journals=journals,
        misheard=words,
        word_error_rate=words.rate if words else None,
        cost=cost_of(side),
    )


def _figures(name: str, sides: Sequence[Side]) -> list[Figure]:
    base, found = sides[0], list[Figure]()
    for side in sides:
        if (known := shape(side.values(name))) is None:
            continue
        other = difference(base, side, name) if side is not base else None
        verdict = other.verdict if other else ""
        found.append(
            Figure(side=side.name, figure=name, shape=known, difference=other, verdict=verdict)
        )
    return found


def _question(words: str, figure: str, sides: Sequence[Side]) -> Question:
    shapes = {
        side.name: known
        for side in sides
        if (known := shape(one for one in side.values(figure) if one[0] == words))
    }
    others = (difference(sides[0], side, figure, words) for side in sides[1:])
    known_differences = [one for one in others if one is not None]
    return Question(words=words, figure=figure, shapes=shapes, differences=known_differences)


# ── As a table ──────────────────────────────────────────────────────────────────────────────────


def table(told: Comparison) -> list[str]:
    rows = [("", "", "n", "p50", "p25-p75", "p95", "")]
    for n, one in enumerate(told.figures):
        label = FIGURES[one.figure]
        again = n > 0 and told.figures[n - 1].figure == one.figure
        it = one.shape
        rows.append(
            (
                "" if again else label,
                sanitize(one.side, 20),
                str(it.n),
                f"{it.median_ms:.0f} ms",
                f"{it.low_ms:.0f}-{it.high_ms:.0f}",
                f"{it.p95_ms:.0f}",
                sanitize(one.verdict, 120),
            )
        )
    lines = _aligned(rows)
    for question in told.questions:
        medians = ", ".join(f"{n} {s.median_ms:.0f} ms" for n, s in question.shapes.items())
        differences = ", ".join(map(_beside, question.differences))
        what = f"“{sanitize(question.words, 48)}” {FIGURES[question.figure]}: {medians}"
        lines.append(sanitize(f"{what}; {differences}", 240))
    return [*lines, *map(_told, told.sides)]


def _beside(one: Difference) -> str:
    """Of few turns there is no interval worth a word."""
    interval = f"95 %: {round(one.low_ms)} to {round(one.high_ms)}; " if one.n >= SOME else ""
    return f"{round(one.ms):+d} ms ({interval}n = {one.n})"


def _told(side: SideTold) -> str:
    parts = [f"{side.calls} calls, {side.turns} turns"]
    if side.failed:
        parts.append(f"{side.failed} did not end in order")
    if side.cost is not None:
        parts += [f"{cost_text(side.cost)} a call", *cost_notes(side.cost)]
    if side.misheard is not None and side.word_error_rate is not None:
        it = side.misheard
        parts.append(f"word error rate {side.word_error_rate:.1%} ({it.errors} of {it.words})")
    return sanitize(f"{side.name}: {'; '.join(parts)}", 240)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [table_row(row, widths, range(2, 6)) for row in rows]


def _page(told: Comparison, sides: Sequence[Side], path: Path) -> None:
    dots = {
        FIGURES[name]: {side.name: [ms for _, ms in side.values(name)] for side in sides}
        for name in dict.fromkeys(one.figure for one in told.figures)
    }
    try:
        write_page(path, table(told), dots)
    except OSError as error:
        raise ConfigError(f"--html {path}: {error.strerror or error}") from error
