"""`voicescope show`: the inspector without a screen: a recorded call as text, or as JSON.

Knows calls as data and how tables stand on a terminal; reads nothing itself.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui.analysis.cost import cost_notes, cost_text
from tui.analysis.problems import Problem
from tui.analysis.records.fact_text import report_text
from tui.analysis.transcript.plain_text import transcript_text
from tui.analysis.units import minutes_text, size_text, wait_text
from tui.cli.options import examples
from tui.config import ConfigError
from tui.export.report.call import CallData, Row
from tui.processes.printing import json_text
from tui.sanitize import sanitize

ARROWS = {"<": "←", ">": "→", ".": "·"}


def main(arguments: list[str]) -> int:
    """0, or 1 when a filter let nothing through."""
    parser = argparse.ArgumentParser(
        prog="voicescope show",
        description="Show a recorded call: when, whom, how it ended, what was said, where the time "
        "of each turn went, and what went wrong. With --filter: the records that pass, as the "
        "event log filters them (docs/inspector.md).",
        epilog=examples(
            "voicescope show call.jsonl",
            "voicescope show $(voicescope calls --path) --filter 'turn:7 !ping'",
            "voicescope show call.jsonl --json | jq .problems",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("journal", type=Path, help="a journal (.jsonl)")
    parser.add_argument("--filter", metavar="EXPR", help="only the records that pass")
    parser.add_argument("--json", action="store_true", help="as JSON; of records one line each")
    options = parser.parse_args(arguments)
    call = CallData(options.journal)
    if options.filter is not None:
        return _show_records(call, options.filter, as_json=options.json)
    if options.json:
        print(json_text(call.data(), sys.stdout.encoding))
    else:
        print("\n".join(_text(call)))
    return 0


def problem_lines(problems: list[Problem]) -> Iterator[str]:
    yield from (f"  {sanitize(problem.sentence, 400)}" for problem in problems)
    if not problems:
        yield "  none found"


def _text(call: CallData) -> Iterator[str]:
    from tui.dashboard.turns import table_text as table  # noqa: PLC0415  Rich

    summary = call.summary
    length = minutes_text(round(summary.duration_s * 1e9))
    errors = summary.protocol_errors + summary.provider_errors + summary.tool_errors
    yield f"{call.when:%Y-%m-%d %H:%M:%S}  {sanitize(call.whom, 80)}  {length}"
    yield f"{summary.turns} turns, {summary.tools} tool calls, {errors} errors"
    yield f"ended: {sanitize(call.ended, 300)}"
    if cost := cost_text(summary.cost):
        yield f"cost: {sanitize(', '.join([cost, *cost_notes(summary.cost)]), 300)}"
    yield from ("", "transcript")
    said = transcript_text(call.transcript.lines, call.begin_ns).splitlines()
    yield from (f"  {line}" for line in said)
    yield from ("", "turns (ms)")
    yield f"  {table.table_row(table.head_names(0, back=False))}".rstrip()
    rows = [*table.head_figures(call.turns), *map(table.cells, call.turns)]
    yield from (f"  {table.table_row(row)}".rstrip() for row in rows)
    if call.reports:
        yield from ("", "on the provider's record")
        yield from (f"  {sanitize(report_text(one), 300)}" for one in call.reports)
    for turn in call.turns:
        if told := call.reported(turn):
            parts = ", ".join(f"{name} {wait_text(ms)}" for name, ms in told.items())
            yield f"  #{turn.number:<4} {sanitize(parts, 600)}"
    if call.instrument:
        yield from ("", f"instrument: {sanitize(call.instrument, 300)}")
    yield from ("", "problems", *problem_lines(call.problems))


def _show_records(call: CallData, expression: str, *, as_json: bool) -> int:
    numbers = _passing(call, expression)
    for number in numbers:
        row = call.row(number)
        if as_json:
            fields = {**row._asdict(), "frame": _frame(call, number)}
            print(json_text(fields, sys.stdout.encoding))
        else:
            print(_line(row))
    if not numbers:
        print(f"voicescope: none of {len(call.reader):,} records passes", file=sys.stderr)
    return 0 if numbers else 1


def _passing(call: CallData, expression: str) -> list[int]:
    from tui.analysis.filter.parser import FilterError, parse  # noqa: PLC0415  numpy
    from tui.analysis.filter.view import FilteredRecords  # noqa: PLC0415

    try:
        records = FilteredRecords(call.reader, call.categories, parse(expression))
    except FilterError as error:
        at = f" at character {error.position + 1} of {expression!r}"
        raise ConfigError(f"--filter: {error.reason},{at}") from error
    while not records.advance(len(call.reader), 1.0):
        pass
    return records.numbers.tolist()


def _frame(call: CallData, number: int) -> object:
    text = call.reader.elided(number)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return text


def _line(row: Row) -> str:
    minutes, seconds = divmod(row.t, 60)
    mark = "!" if row.is_wrong else " "
    size = "" if row.direction == "." else size_text(row.size)
    head = f"{row.n:>6}  {int(minutes):02}:{seconds:06.3f}  #{row.turn:<3} {ARROWS[row.direction]}"
    kind = sanitize(row.kind, 64)
    return f"{head}{mark}{kind:<26} {size:>6}  {sanitize(row.summary, 1000)}".rstrip()
