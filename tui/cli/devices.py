"""`voicescope devices`: what there is to hear with and speak through, as a table or as JSON.

Knows the list and how a terminal is written to; opens no device. The list comes from a child, which
a frozen sound server keeps and not us.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui.audio.loopback import Loopback, keep
from tui.catalogue import SIDE_NAMES, DeviceChoice
from tui.cli.options import examples
from tui.config import load, state_folder
from tui.processes.printing import draw, nobody_reads
from tui.sanitize import sanitize
from tui.session.sound.device_watch import NONE, Listing, list_now, watch
from tui.session.sound.loopback_process import CLICKS, Failed, measure

HEAD = ("", "side", "name", "host", "rate", "channels", "")
METER = 20
"""Cells of a meter, and what the leftmost is worth."""
FLOOR_DBFS = -60.0
INTERRUPTED = 130
FEW = 3
"""Clicks below that are no measurement."""
NOT_HEARD = (
    "the microphone did not hear the speaker: is one of them muted, or another device meant "
    "(audio.input, audio.output)? Hold the earpiece to the microphone, turn it up, and turn the "
    "headset's own noise suppression off"
)


def main(arguments: Sequence[str]) -> int:
    """0 when there are devices; 1 with a word of advice when there are none."""
    parser = argparse.ArgumentParser(
        prog="voicescope devices",
        description="List the microphones and speakers of this machine; * marks the defaults. "
        "Any part of a name will do for audio.input and audio.output in the configuration.",
        epilog=examples(
            "voicescope devices", "voicescope devices --watch", "voicescope devices --loopback"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--watch", action="store_true", help="go on, with a level meter each")
    parser.add_argument(
        "--loopback",
        action="store_true",
        help="play clicks and listen for them: how true the times of your own devices are",
    )
    parser.add_argument("--json", action="store_true", help="as JSON, one line a time")
    parser.add_argument("--config", type=Path, help="configuration file")
    options = parser.parse_args(arguments)
    # At once, whatever is going on: an exception could come out of anywhere. The child notices.
    signal.signal(signal.SIGINT, lambda *_: os._exit(0 if options.watch else INTERRUPTED))
    if options.loopback:
        return _loopback(options)
    if options.watch:
        return asyncio.run(_watch(options.json))
    return _show(asyncio.run(list_now()), options.json)


def _show(listing: Listing, as_json: bool) -> int:
    if not listing.devices:
        reason, advice = listing.reason or NONE.reason, listing.advice or NONE.advice
        print(f"voicescope: {sanitize(reason)}; {sanitize(advice)}", file=sys.stderr)
        return 1
    print(_json(listing.devices) if as_json else "\n".join(table(listing.devices)), flush=True)
    return 0


def _loopback(options: argparse.Namespace) -> int:
    """1 where nothing is heard, or there is no sound."""
    if not options.json:
        print(f"{CLICKS} clicks: wear the headset, or hold the earpiece to the microphone")
    told = asyncio.run(measure(load(options.config).audio))
    if isinstance(told, Failed):
        print(f"voicescope: {sanitize(told.reason)}; {sanitize(told.advice)}", file=sys.stderr)
        return 1
    if len(told.lags_ms) < FEW:
        heard = f"{len(told.lags_ms)} of {told.clicks} clicks were heard: " if told.lags_ms else ""
        print(f"voicescope: {heard}{NOT_HEARD}", file=sys.stderr)
        return 1
    path = keep(state_folder(), told)
    print(_json_of(told) if options.json else f"{sanitize(told.sentence)}\nkept in {path}")
    return 0


def _json_of(told: Loopback) -> str:
    return json.dumps({**msgspec.to_builtins(told), "median_ms": round(told.median_ms, 3)})


async def _watch(as_json: bool) -> int:
    """Until Ctrl-C, or there is nothing to watch."""
    if not as_json and not sys.stdout.isatty():
        print("voicescope: --watch draws on a terminal; elsewhere add --json", file=sys.stderr)
        return 2
    drawn = 0
    async with contextlib.aclosing(watch()) as listings:
        async for listing in listings:
            if as_json or not listing.devices:
                if _show(listing, as_json):
                    return 1
                if nobody_reads():  # such as `| head`
                    return 0
            else:
                drawn = _draw(listing.devices, drawn)
    return 1


def _draw(devices: Sequence[DeviceChoice], drawn: int) -> int:
    """Over the `drawn` lines of before, no wider or longer than the terminal; gives how many."""
    size = shutil.get_terminal_size()
    lines = [line[: size.columns - 1] for line in table(devices, meters=True)][: size.lines - 1]
    back = f"\x1b[{drawn}A" if drawn else ""
    draw(f"{back}\r\x1b[J" + "".join(f"{line}\n" for line in lines))
    return len(lines)


def _json(devices: Sequence[DeviceChoice]) -> str:
    """In ASCII, so that no name acts on a terminal."""
    rows = [msgspec.to_builtins(one) for one in devices]
    return json.dumps([{key: row[key] for key in row if key != "in_use"} for row in rows])


def table(found: Sequence[DeviceChoice], *, meters: bool = False) -> list[str]:
    """A line for each device, and one of headings."""
    rows = [(*HEAD[:3], *([" "] if meters else []), *HEAD[3:])]
    for one in found:
        mark, side, name, *rest = _row(one)
        rows.append((mark, side, name, *([_meter(one)] if meters else []), *rest))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(one: DeviceChoice) -> tuple[str, ...]:
    return (
        "*" if one.is_default else "",
        SIDE_NAMES[one.side],
        sanitize(one.name),
        sanitize(one.host),
        str(one.rate),
        str(one.channels),
        sanitize(one.warning),
    )


def _meter(one: DeviceChoice) -> str:
    """Nothing for a speaker; a microphone that cannot be heard beside its users says so."""
    if one.side != "input":
        return ""
    if one.dbfs is None:
        return "not heard".ljust(METER + 8)
    full = round(min(max((one.dbfs - FLOOR_DBFS) / -FLOOR_DBFS, 0.0), 1.0) * METER)
    return f"{'#' * full:.<{METER}} {one.dbfs:4.0f} dB"
