"""The devices there are, while somebody wants to choose one.

Knows the process that lists them; opens nothing itself.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from tui.catalogue import DeviceChoice
from tui.session.sound.device_list import Listing, watch

AGAIN_S = 1.0
"""After a process that ended by itself, or was given up."""


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
