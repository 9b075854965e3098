"""`voicescope calls`: the recorded calls of this machine, the newest first, as a table or as JSON.

Knows journals and their folds; opens nothing else. Each line is printed as soon as its call is
read: a long one takes a moment.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from rich.cells import set_cell_size

from tui.analysis.entry import EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.turns.summary import CallSummary, Summary
from tui.backend.launch import journal_folder
from tui.cli.options import examples
from tui.config import load
from tui.events import LinkOpening
from tui.journal.folder import SUFFIX
from tui.journal.reader import JournalError, JournalReader
from tui.processes.printing import json_text
from tui.providers import UnknownProvider, open_codec
from tui.sanitize import sanitize

USUAL = 20
HEAD = ("when", "whom", "length", "turns", "ear p50/p95", "errors", "ended", "journal")
WIDTHS = (16, 24, 7, 5, 13, 6, 14, 0)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One journal."""

    journal: str
    when: str
    """Local time at which it began, ISO 8601."""
    whom: str
    """What was called last."""
    summary: Summary


def main(arguments: list[str]) -> int:
    """0 when there are calls to list, 1 when there are none."""
    parser = argparse.ArgumentParser(
        prog="voicescope calls",
        description="List recorded calls, the newest first: whom, how long, how fast it answered, "
        "what went wrong, how it ended. With words: those in which all of them were said.",
        epilog=examples("voicescope calls refund", "voicescope replay $(voicescope calls --path)"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", help="what was said or called in it; case ignored")
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
    for found in _calls(folder, [word.casefold() for word in options.words], last):
        if not listed and not (options.json or options.path):
            print(_row(HEAD))
        listed += 1
        _print(found, options)
    if not listed:
        said = " in which that was said" if options.words else ""
        print(f"voicescope: {folder} holds no recorded call{said}", file=sys.stderr)
    return 0 if listed else 1


def _print(call: Recorded, options: argparse.Namespace) -> None:
    if options.path:
        print(call.journal)
    elif options.json:
        print(json_text(msgspec.to_builtins(call), sys.stdout.encoding), flush=True)
    else:
        print(_row(_cells(call)), flush=True)


def _calls(folder: Path, words: list[str], last: int) -> Iterator[Recorded]:
    """Files that are no journals, and calls that never came about, are passed over."""
    count = 0
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=_changed, reverse=True):
        found = _read(path, words)
        if found is None:
            continue
        yield found
        count += 1
        if count == last:
            return


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path, words: list[str]) -> Recorded | None:
    try:
        reader = JournalReader.open(path)
    except JournalError:
        return None
    try:
        opened = reader.opened()
        provider = opened.provider
        stream = EntryStream(reader, lambda: open_codec(provider))
        summary, transcript, whom = CallSummary(), TranscriptFold(), provider
        for entry in stream.advance():
            summary.add(entry)
            transcript.add(entry)
            whom = next((e.target for e in entry.events if isinstance(e, LinkOpening)), whom)
    except UnknownProvider:
        return None
    finally:
        reader.close()
    said = "\n".join(f"{line.text} {line.result or ''}" for line in transcript.lines).casefold()
    figures = summary.summary()
    if not figures.duration_s or not all(word in said for word in words):
        return None
    began = datetime.fromtimestamp(opened.wall_ns / 1e9).astimezone()
    return Recorded(journal=str(path), when=began.isoformat("T"), whom=whom, summary=figures)


def _cells(call: Recorded) -> tuple[str, ...]:
    figures = call.summary
    ear = figures.ear
    both = f"{_seconds(ear.median_ms)}/{_seconds(ear.p95_ms)}" if ear.count else "–"
    errors = figures.protocol_errors + figures.provider_errors + figures.tool_errors
    ended = f"{figures.closed_by} {figures.code}" if figures.closed_by else "no end"
    minutes, seconds = divmod(round(figures.duration_s), 60)
    return (
        call.when[:16].replace("T", " "),
        call.whom,
        f"{minutes:02}:{seconds:02}",
        str(figures.turns),
        both,
        str(errors or ""),
        ended,
        Path(call.journal).name,
    )


def _seconds(ms: float | None) -> str:
    return "–" if ms is None else f"{ms / 1000:.1f} s"


def _row(cells: tuple[str, ...]) -> str:
    clean = (sanitize(cell, 200) for cell in cells)
    shown = (
        set_cell_size(cell, width) if width else cell
        for cell, width in zip(clean, WIDTHS, strict=True)
    )
    return "  ".join(shown).rstrip()
