"""Sees devices come that this process cannot see: PortAudio looks for them only while no stream is
open.

Knows the process that looks; opens nothing.
"""

import asyncio
import contextlib
from collections.abc import Callable

from tui.catalogue import DeviceChoice
from tui.session.devices import follow

AGAIN_S = 5.0
"""After a process that ended by itself."""


class Lookout:
    """`woken` hears that there is something new."""

    def __init__(self, woken: Callable[[], None]) -> None:
        self._woken = woken
        self._following: asyncio.Task[None] | None = None
        self._newest: tuple[DeviceChoice, ...] = ()

    def want(self, wanted: bool) -> None:
        """Look from now on, or no more. Only in a running loop."""
        if wanted and self._following is None:
            self._following = asyncio.create_task(self._follow())
        elif not wanted and self._following is not None:
            self._following.cancel()
            self._following = None
            self._newest = ()

    def sees(self, side: str, device: str) -> bool:
        """Whether there is one whose name contains `device`."""
        wanted = device.casefold()
        return any(one.side == side and wanted in one.name.casefold() for one in self._newest)

    def forget(self) -> None:
        """What was seen has been made use of: only what changes from now on is news."""
        self._newest = ()

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                async with contextlib.aclosing(follow()) as lists:
                    async for devices in lists:
                        self._newest = devices
                        self._woken()
            await asyncio.sleep(AGAIN_S)
