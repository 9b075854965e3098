"""Finds devices that PortAudio does not know here: it looks for them only while no stream is open.

Knows places, and two ways to look: in here, where that harms nobody, and in another process.
"""

from collections.abc import Callable, Sequence

from tui.audio.device import list_devices, rescan
from tui.audio.ports import AudioUnavailable
from tui.session.aside import aside
from tui.session.devices import fresh_list
from tui.session.lookout import Lookout
from tui.session.place import Place


class Finding:
    """`woken` hears that there is something new."""

    def __init__(
        self, places: Sequence[Place], woken: Callable[[], None], *, rescans: bool
    ) -> None:
        """`rescans`: the ports are PortAudio's."""
        self._places = places
        self._rescans = rescans
        self._lookout = Lookout(woken)

    def look_out(self, wanted: bool) -> None:
        """Have another process look from now on, where a device is waited for and an open stream
        keeps us from it; or no more."""
        waiting = any(p.substituted or p.missing for p in self._places if not p.side.is_file)
        streams = any(place.streams for place in self._places)
        self._lookout.want(wanted and self._rescans and waiting and streams)

    async def came(self, side: str, device: str) -> bool:
        """Whether there is such a device, and it is not in this process's own list."""
        if not self._rescans or await _is_known(side, device):
            return False
        wanted = device.casefold()
        fresh = await fresh_list()
        return any(one.side == side and wanted in one.name.casefold() for one in fresh)

    async def returned(self, place: Place) -> bool:
        """The same of what has been waited for: the other process is heard, none is started."""
        side, device = place.side.side, place.device
        if any(place.opening for place in self._places) or not self._lookout.sees(side, device):
            return False
        return not await _is_known(side, device)

    async def rescan(self) -> None:
        """Look again in here, if that harms nobody. Raises AudioUnavailable."""
        if self._rescans and not any(place.streams or place.opening for place in self._places):
            self._lookout.forget()
            await aside(rescan, "rescan")


async def _is_known(side: str, device: str) -> bool:
    try:
        found = await aside(list_devices, "list")
    except AudioUnavailable:
        return False
    wanted = device.casefold()
    return any(one.side == side and wanted in one.name.casefold() for one in found)
