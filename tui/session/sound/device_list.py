"""The devices of this machine, listed by a process of its own:
`python -m tui.session.sound.device_list`.

Knows PortAudio's list and levels of microphones; nothing of a call. PortAudio looks for devices
only while no stream is open, and a frozen sound server keeps whoever asks: here that harms nobody.
With `--watch` it goes on, with a level for each microphone that opens beside its other users; with
`--follow` it goes on and only says what changes.
"""

import argparse
import asyncio
import contextlib
import itertools
import sys
import time

import msgspec

from tui.audio.devices.device import DeviceMicrophone
from tui.audio.devices.listing import Listed
from tui.audio.devices.portaudio import list_devices, rescan
from tui.audio.level import dbfs
from tui.audio.ports import AudioUnavailable
from tui.catalogue import DeviceChoice
from tui.processes.lifetime import end_with_parent
from tui.session.sound.device_watch import NONE, Listing, fresh_list

LEVEL_S = 0.2
RELIST_S = 3.0
MOST_PROBES = 8
LOOK_S, LOOKS, LOOK_LATER_S = 1.0, 60, 5.0
"""Looking again takes a fiftieth of a second of a core; who waits for longer is in no hurry."""


def choices(found: list[Listed], levels: dict[str, float | None]) -> tuple[DeviceChoice, ...]:
    return tuple(
        DeviceChoice(
            side=one.side,
            name=one.name,
            host=one.host,
            rate=one.rate,
            channels=one.channels,
            is_default=one.is_default,
            dbfs=levels.get(one.name) if one.side == "input" else None,
            warning=one.warning,
        )
        for one in found
    )


def _listing() -> tuple[list[Listed], Listing]:
    try:
        found = list_devices()
    except AudioUnavailable as error:
        return [], Listing(reason=error.reason, advice=error.advice)
    return found, Listing(choices(found, {})) if found else NONE


def _print(listing: Listing) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(listing) + b"\n")
    sys.stdout.buffer.flush()


class _Probes:
    """A small stream for each microphone that may be opened without a change to anyone."""

    def __init__(self, found: list[Listed]) -> None:
        self._open: dict[str, DeviceMicrophone] = {}
        inputs = [one for one in found if one.side == "input"]
        # Listening would switch a wireless headset to its worse profile.
        for one in [one for one in inputs if not one.warning][:MOST_PROBES]:
            with contextlib.suppress(AudioUnavailable):
                microphone = DeviceMicrophone(one.name, block_ms=50)
                self._open[one.name] = microphone
                microphone.start()

    def levels(self) -> dict[str, float | None]:
        levels: dict[str, float | None] = {}
        for name, microphone in self._open.items():
            blocks = microphone.read()
            levels[name] = round(max(dbfs(b.pcm) for b in blocks), 1) if blocks else None
        return levels

    def close(self) -> None:
        for microphone in self._open.values():
            microphone.close()


async def _watch() -> None:
    found, told = _listing()
    probes = _Probes(found)
    listing, due = asyncio.create_task(fresh_list()), time.monotonic() + RELIST_S
    while True:
        _print(Listing(choices(found, probes.levels())) if found else told)
        if listing.done() and time.monotonic() > due:
            if (fresh := listing.result()) and fresh != told.devices:
                probes.close()
                with contextlib.suppress(AudioUnavailable):
                    rescan()
                found, told = _listing()
                probes = _Probes(found)
            listing, due = asyncio.create_task(fresh_list()), time.monotonic() + RELIST_S
        await asyncio.sleep(LEVEL_S)


async def _follow() -> None:
    told: Listing | None = None
    for look in itertools.count():
        _, found = _listing()
        if found != told:
            _print(found)
            told = found
        await asyncio.sleep(LOOK_S if look < LOOKS else LOOK_LATER_S)
        with contextlib.suppress(AudioUnavailable):
            rescan()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tui.session.sound.device_list")
    parser.add_argument("--watch", action="store_true", help="go on, with levels")
    parser.add_argument("--follow", action="store_true", help="go on, saying what changes")
    options = parser.parse_args()
    end_with_parent()
    if options.watch:
        asyncio.run(_watch())
    elif options.follow:
        asyncio.run(_follow())
    else:
        _print(_listing()[1])


if __name__ == "__main__":
    main()
