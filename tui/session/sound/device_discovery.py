"""Finds devices that PortAudio does not know here: it looks for them only while no stream is open.

Knows places, and two ways to look: in here, where that harms nobody, and in another process.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

from tui.audio.devices.listing import Listed
from tui.audio.devices.portaudio import list_devices, rescan
from tui.audio.ports import AudioUnavailable
from tui.catalogue import DeviceChoice
from tui.session.sound.device_slot import DeviceSlot
from tui.session.sound.device_watch import follow, fresh_list
from tui.session.sound.threads import in_thread

AGAIN_S = 5.0
"""After a process that ended by itself."""


class DeviceProbe:
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
        return _is_among(self._newest, side, device)

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


class DeviceDiscovery:
    """`woken` hears that there is something new."""

    def __init__(
        self, places: Sequence[DeviceSlot], woken: Callable[[], None], *, rescans: bool
    ) -> None:
        """`rescans`: the ports are PortAudio's."""
        self._places = places
        self._rescans = rescans
        self._probe = DeviceProbe(woken)

    def look_out(self, wanted: bool) -> None:
        """Have another process look from now on, where a device is waited for and an open stream
        keeps us from it; or no more."""
        waiting = any(p.substituted or p.missing for p in self._places if not p.side.is_file)
        streams = any(slot.streams for slot in self._places)
        self._probe.want(wanted and self._rescans and waiting and streams)

    async def came(self, side: str, device: str) -> bool:
        """Whether there is such a device, and it is not in this process's own list."""
        if not self._rescans or await _is_known(side, device):
            return False
        return _is_among(await fresh_list(), side, device)

    async def returned(self, slot: DeviceSlot) -> bool:
        """The same of what has been waited for: the other process is heard, none is started."""
        side, device = slot.side.side, slot.device
        if any(slot.opening for slot in self._places) or not self._probe.sees(side, device):
            return False
        return not await _is_known(side, device)

    async def rescan(self) -> None:
        """Look again in here, if that harms nobody. Raises AudioUnavailable."""
        if self._rescans and not any(slot.streams or slot.opening for slot in self._places):
            self._probe.forget()
            await in_thread(rescan, "rescan")


async def _is_known(side: str, device: str) -> bool:
    try:
        return _is_among(await in_thread(list_devices, "list"), side, device)
    except AudioUnavailable:
        return False


def _is_among(found: Iterable[Listed | DeviceChoice], side: str, device: str) -> bool:
    wanted = device.casefold()
    return any(one.side == side and wanted in one.name.casefold() for one in found)
