"""The devices there are, asked of the process that lists them (`device_list`), and watched while
somebody wants to choose one.

Knows that process and what it says; opens nothing itself.
"""

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence

import msgspec

from tui.audio.devices.portaudio import NO_DEVICE
from tui.audio.devices.pulse_aim import environ
from tui.catalogue import DeviceChoice
from tui.processes.lifetime import environment, python

LIST_S = 4.0
"""A list that took longer never comes."""
AGAIN_S = 1.0
"""After a process that ended by itself, or was given up."""


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


class DeviceWatch:
    def __init__(self) -> None:
        self._wanted = False
        self._changed = asyncio.Event()
        self._newest = Listing()

    def want(self, wanted: bool) -> None:
        """List from now on, or no more."""
        self._wanted = wanted
        self._changed.set()

    def devices(self, used: Sequence[tuple[str, str]]) -> tuple[DeviceChoice, ...]:
        """The newest list; `used` are (side, name) of those that are in use here."""
        return tuple(
            msgspec.structs.replace(one, in_use=(one.side, one.name) in used)
            for one in self._newest.devices
        )

    @property
    def advice(self) -> str:
        """Why there are none; "" while there are some, or nobody looks."""
        return "; ".join(filter(None, (self._newest.reason, self._newest.advice)))

    async def run(self) -> None:
        """Until cancelled."""
        listing: asyncio.Task[None] | None = None
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                if listing is not None and not self._wanted:
                    listing.cancel()
                    listing, self._newest = None, Listing()
                elif listing is None and self._wanted:
                    listing = asyncio.create_task(self._list())
        finally:
            if listing is not None:
                listing.cancel()

    async def _list(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                async with contextlib.aclosing(watch()) as listings:
                    async for listing in listings:
                        self._newest = listing
            await asyncio.sleep(AGAIN_S)
