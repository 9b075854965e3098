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
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator

import msgspec

from tui.audio.devices.device import DeviceMicrophone
from tui.audio.devices.listing import Listed
from tui.audio.devices.portaudio import NO_DEVICE, list_devices, rescan
from tui.audio.devices.pulse_aim import environ
from tui.audio.level import dbfs
from tui.audio.ports import AudioUnavailable
from tui.catalogue import DeviceChoice
from tui.processes.lifetime import end_with_parent, environment, python

LIST_S = 4.0
"""A list that took longer never comes."""
LEVEL_S = 0.2
RELIST_S = 3.0
MOST_PROBES = 8
LOOK_S, LOOKS, LOOK_LATER_S = 1.0, 60, 5.0
"""Looking again takes a fiftieth of a second of a core; who waits for longer is in no hurry."""


class Listing(msgspec.Struct, frozen=True):
    """The devices there are, or why there are none and what to do; a line of the child's."""

    devices: tuple[DeviceChoice, ...] = ()
    reason: str = ""
    advice: str = ""


SILENT = Listing(reason="the sound server does not answer", advice="restart it")
NONE = Listing(reason="there is no sound device here", advice=NO_DEVICE)


async def list_now() -> Listing:
    """What there is now, whatever streams are open here, within LIST_S."""
    async with contextlib.aclosing(_listings()) as listings:
        return await _first(listings)


async def fresh_list() -> tuple[DeviceChoice, ...]:
    """The same; nothing where it cannot be said."""
    with contextlib.suppress(OSError):
        return (await list_now()).devices
    return ()


async def watch() -> AsyncGenerator[Listing]:
    """The devices with their levels, several times a second, until it is closed.

    Ends where the sound server does not answer, having said so.
    """
    async with contextlib.aclosing(_listings("--watch")) as listings:
        first = await _first(listings)
        yield first
        if first != SILENT:
            async for listing in listings:
                yield listing


async def follow() -> AsyncGenerator[tuple[DeviceChoice, ...]]:
    """The devices, and again whenever there are other ones, until it is closed."""
    async with contextlib.aclosing(_listings("--follow")) as listings:
        async for listing in listings:
            yield listing.devices


async def _first(listings: AsyncGenerator[Listing]) -> Listing:
    try:
        return await asyncio.wait_for(anext(listings, NONE), LIST_S)
    except TimeoutError:
        return SILENT


async def _listings(*mode: str) -> AsyncGenerator[Listing]:
    process = await _start(*mode)
    assert process.stdout is not None  # noqa: S101
    try:
        async for line in process.stdout:
            with contextlib.suppress(msgspec.DecodeError):
                yield msgspec.json.decode(line, type=Listing)
    finally:
        _kill(process)
        await process.wait()  # of a child that nobody waited for, the loop complains at its end


async def _start(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *python("tui.session.sound.device_list", *arguments),
        env=environment(environ()),  # no device that is being opened here, for the default
        stdin=PIPE,  # its end is how the child learns of ours
        stdout=PIPE,
        stderr=DEVNULL,
        limit=1 << 20,
    )


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


# ── The child ───────────────────────────────────────────────────────────────────────────────────


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
