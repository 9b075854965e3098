"""`voicescope calls`: the recorded calls of this machine, the newest first, as a table or as JSON.

Knows the list of calls and how it is printed. Each line is printed as soon as its call is read: a
long one takes a moment.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import to_builtins

from tui.backend.launch import journal_folder
from tui.backend.recorded import Calls, RecordedCall
from tui.cli.options import examples
from tui.cli.table import table_row
from tui.config import load
from tui.processes.printing import json_text

USUAL = 20
HEAD = (
    *("when", "whom", "length", "turns", "ear p50/p95", "errors", "ended"),
    *("tag", "note", "journal"),
)
WIDTHS = (16, 24, 7, 5, 11, 6, 14, 10, 24, 0)


def main(arguments: list[str]) -> int:
    """0 when there are calls to list, 1 when there are none."""
    parser = argparse.ArgumentParser(
        prog="voicescope calls",
        description="List recorded calls, the newest first: whom, how long, how fast it answered, "
        "what went wrong, how it ended. With words: those in which all of them were said, or that "
        "are of that day.",
        epilog=examples(
            "voicescope calls yesterday refund", "voicescope replay $(voicescope calls --path)"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "words", nargs="*", help="said or called in it, or of its tag, note or date; case ignored"
    )
    parser.add_argument(
        "--last", type=int, default=USUAL, metavar="N", help="so many (default 20; 0: all)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, one line a call")
    parser.add_argument("--path", action="store_true", help="the newest one's path, nothing else")
    parser.add_argument("--folder", type=Path, help="instead of the configured one")
    parser.add_argument("--config", type=Path, help="configuration file")
    options = parser.parse_args(arguments)
    folder = options.folder or journal_folder(load(options.config).journal)
    last = 1 if options.path else max(options.last, 0)
    listed = 0
    for found in _found(Calls(folder, whole=options.json), options.words, last):
        if not listed and not (options.json or options.path):
            print(table_row(HEAD, WIDTHS))
        listed += 1
        _print(found, options)
    if not listed:
        said = " in which that was said" if options.words else ""
        print(f"voicescope: {folder} holds no recorded call{said}", file=sys.stderr)
    return 0 if listed else 1


def _found(calls: Calls, words: list[str], last: int) -> Iterator[RecordedCall]:
    """Files that are no journals are passed over."""
    count = 0
    for path in calls.paths():
        call = calls.call(path)
        if call is None or not call.holds(words, date.today()):
            continue
        yield call
        count += 1
        if count == last:
            return


def _print(call: RecordedCall, options: argparse.Namespace) -> None:
    if options.path:
        print(call.path)
    elif options.json:
        print(json_text(_told(call), sys.stdout.encoding), flush=True)
    else:
        print(table_row(_cells(call), WIDTHS), flush=True)


def _told(call: RecordedCall) -> dict[str, object]:
    return {
        "journal": str(call.path),
        "when": call.began.isoformat("T"),
        "whom": call.whom,
        "writing": call.writing,
        "tag": call.about.tag,
        "note": call.about.note,
        "summary": to_builtins(call.summary),
    }


def _cells(call: RecordedCall) -> tuple[str, ...]:
    minutes, seconds = divmod(round(call.summary.duration_s), 60)
    return (
        f"{call.began:%Y-%m-%d %H:%M}",
        call.whom,
        f"{minutes:02}:{seconds:02}",
        str(call.summary.turns),
        call.ear,
        str(call.errors or ""),
        call.ended,
        call.about.tag,
        call.about.note,
        call.path.name,
    )
