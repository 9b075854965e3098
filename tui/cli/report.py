"""`voicescope report`: recorded calls as one HTML page that needs nothing else, or as JSON.

Knows the names of files; what is in them is `export.report`'s.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from tui.analysis.units import bytes_text
from tui.cli.options import examples
from tui.config import ConfigError
from tui.export.sound import Told
from tui.journal.new_file import whole_file
from tui.processes.printing import json_text


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voicescope report",
        description="Write recorded calls as one HTML page: where the time of each turn went, the "
        "transcript beside the sound, every record, problems, settings. It opens from a file, and "
        "no request leaves it.",
        epilog=examples(
            "voicescope report call.jsonl",
            "voicescope report a.jsonl b.jsonl --html both.html --share",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("journal", type=Path, nargs="+", help="a journal (.jsonl)")
    add("--html", type=Path, metavar="FILE", help="the new page; else the journal's name, here")
    add("--json", action="store_true", help="print the figures as JSON, one line a call; no page")
    add("--share", action="store_true", help="leave out sound, ids and variables")
    add("--force", action="store_true", help="write over a page that is there")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what was begun is taken away
    from tui.export.report.make import call_data  # noqa: PLC0415  numpy

    if options.json:
        for path in options.journal:
            print(json_text(call_data(path, share=options.share), sys.stdout.encoding))
    if options.html or not options.json:
        _write(options.journal, options)
    return 0


def _write(journals: list[Path], options: argparse.Namespace) -> None:
    from tui.export.report.make import report  # noqa: PLC0415  numpy

    target = options.html or Path(f"{journals[0].stem}.html")
    if target.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"{target}: a report is a page; name a .html")
    if os.path.lexists(target) and not options.force:
        raise _exists(target)
    progress = Told(sys.stderr.isatty())
    try:
        text = report(journals, share=options.share, progress=progress)
    finally:
        progress.end()
    try:
        with whole_file(target, over=options.force) as part:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                size = file.write(text.encode(errors="replace"))
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:
        raise ConfigError(f"cannot write {target}: {error.strerror}") from error
    if not options.json:
        print(f"{target}: {bytes_text(size)}")


def _exists(target: Path) -> ConfigError:
    return ConfigError(f"{target} exists; give --html a new name, or --force")
