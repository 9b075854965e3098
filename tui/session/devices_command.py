"""`voicescope devices`: what there is to hear with and speak through, as a table.

Knows the list and how a terminal is written to; opens no device.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

from tui.audio.device import NO_DEVICE, list_devices
from tui.audio.listing import Listed
from tui.audio.ports import AudioUnavailable
from tui.clean import clean

SIDES = {"input": "microphone", "output": "speaker"}
HEAD = ("", "side", "name", "host", "rate", "channels", "")


def main(arguments: Sequence[str]) -> int:
    """0 when there are devices; 1 with a word of advice when there are none."""
    parser = argparse.ArgumentParser(
        prog="voicescope devices",
        description="List the microphones and speakers of this machine; * marks the defaults. "
        "Any part of a name will do for audio.input and audio.output in the configuration.",
    )
    parser.parse_args(arguments)
    try:
        with quiet():
            found = list_devices()
        if not found:
            raise AudioUnavailable("there is no sound device here", NO_DEVICE)
    except AudioUnavailable as error:
        print(f"voicescope: {error.reason}; {error.advice}", file=sys.stderr)
        return 1
    print(table(found))
    return 0


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """PortAudio and ALSA print from C on file descriptor 2, for nobody's good."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def table(found: Sequence[Listed]) -> str:
    rows = [HEAD, *(_row(one) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def _row(one: Listed) -> tuple[str, ...]:
    return (
        "*" if one.is_default else "",
        SIDES[one.side],
        clean(one.name),
        clean(one.host),
        str(one.rate),
        str(one.channels),
        one.warning,
    )
