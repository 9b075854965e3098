"""Keeps the ports of a voice open while they are wanted: opened, lost, found again, changed.

Knows ports, their devices by name, and time; nothing of what is heard or said.

Theory of operation. One task does all opening and closing, one step after another; everybody else
only says what is wanted and wakes it. Whatever touches the sound system runs beside the loop and
may never come back: an opening that takes too long stays pending and its side is silent meanwhile.
A lost device is tried again every second, the default in its place if it was named, and the named
one again while the default serves. PortAudio sees new devices only after a rescan, which kills
every open stream: it happens when none is open, or when another process has seen the device come.
"""

import asyncio
import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass

from tui.audio.device import list_devices, rescan
from tui.audio.ports import AudioMissing, AudioUnavailable, Port
from tui.events import AudioFailed, AudioOpened, Event
from tui.session.aside import aside
from tui.session.devices import fresh_list
from tui.session.ears import Ears
from tui.session.mouth import Mouth

RETRY_S = 1.0
LATER_S = 5.0
TRIES = 60
"""After so many tries it is LATER_S from one to the next."""
PATIENCE_S = 2.0
"""An opening that takes longer goes on by itself."""
CLOSE_S = 0.6
RETURN_ADVICE = "it is used again as soon as it is back"


@dataclass(slots=True)
class Place:
    """One side and what is known of its device."""

    side: Ears | Mouth
    device: str
    """What was asked for; "" for the default."""
    wished: str | None = None
    """A device to change to."""
    substituted: bool = False
    """The default serves in place of `device`."""
    error: AudioUnavailable | None = None
    opening: asyncio.Future[Port] | None = None

    @property
    def outgrown(self) -> bool:
        """The device should be opened anew, with longer blocks."""
        return isinstance(self.side, Mouth) and self.side.outgrown

    @property
    def hopeless(self) -> bool:
        """Trying again is of no use."""
        return isinstance(self.error, AudioMissing) or bool(self.side.is_file and self.error)


class Keeper:
    """`emit` takes what is to be put on record; `changed` hears that ports are other ones now."""

    def __init__(
        self,
        places: tuple[Place, Place],
        emit: Callable[[Event], None],
        changed: Callable[[], None],
        *,
        rescans: bool = True,
    ) -> None:
        """`rescans`: the ports are PortAudio's."""
        self.places = places
        self._emit = emit
        self._changed = changed
        self._rescans = rescans
        self._wanted = False
        self._tried = False
        self._wake = asyncio.Event()
        self._tries = 0
        self._left: list[Port] = []

    def want(self, wanted: bool) -> None:
        """Open what is not open, or give back all but files, which go on to their end."""
        if wanted:
            for place in self.places:
                place.error = None
        self._wanted, self._tries = wanted, 0
        self._wake.set()

    def choose(self, side: str, device: str) -> None:
        """Use another device from now on; the old one serves until it is open."""
        for place in self.places:
            if place.side.side == side and not place.side.is_file:
                place.wished = device
                self._wake.set()

    def check(self) -> None:
        """To be asked regularly: whether a device was lost."""
        for place in self.places:
            port = place.side.port
            if place.outgrown:
                self._wake.set()
            if port is None or port.failed is None:
                continue
            lost = AudioUnavailable(port.failed, RETURN_ADVICE)
            self._leave(place)
            place.error = None
            self._fail(place, lost)
            self._tries = 0
            self._changed()
            self._wake.set()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            await self._adjust()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause_s())

    async def close(self) -> None:
        """At the end of the program; bounded even where a sound server hangs."""
        for place in self.places:
            self._leave(place)
        await self._close_left()

    def _pause_s(self) -> float | None:
        if not self._wanted:
            pending = any(place.opening is not None for place in self.places)
            return RETRY_S if pending else None
        again = any(
            place.substituted or (place.side.port is None and not place.hopeless)
            for place in self.places
        )
        self._tries += 1
        return (RETRY_S if self._tries < TRIES else LATER_S) if again else None

    async def _adjust(self) -> None:
        if not self._wanted:
            for place in self.places:
                if not place.side.is_file:
                    self._leave(place)
                self._collect(place)
            await self._close_left()
            return
        await self._close_left()
        for place in self.places:
            if place.wished is not None:
                await self._change(place)
        for place in self.places:
            if place.outgrown:
                self._leave(place)
                await self._close_left()
                await self._open(place)
        missing = [p for p in self.places if p.side.port is None and not p.hopeless]
        if missing and self._tried and not await self._scan():
            return
        self._tried = True
        for place in missing:
            await self._open(place)
            if place.side.port is None and await self._came(place.side.side, place.device):
                await self._start_over()
        for place in self.places:
            if place.substituted:
                await self._change_back(place)

    # ── steps ──

    async def _open(self, place: Place) -> None:
        try:
            await self._begin(place, place.device)
            place.substituted = False
        except AudioUnavailable as error:
            self._fail(place, error)
            if place.device and not isinstance(error, AudioMissing):
                with contextlib.suppress(AudioUnavailable):
                    await self._begin(place, "")
                    place.substituted = True

    async def _change(self, place: Place) -> None:
        """The user wants another device."""
        device, place.wished, place.error = place.wished or "", None, None
        if await self._replace(place, device):
            place.device, place.substituted = device, False

    async def _change_back(self, place: Place) -> None:
        with contextlib.suppress(AudioUnavailable):
            port = await self._made(place, place.device)
            self._use(place, port)
            place.substituted = False
            return
        if await self._came(place.side.side, place.device):
            await self._start_over()

    async def _replace(self, place: Place, device: str) -> bool:
        try:
            self._use(place, await self._made(place, device))
        except AudioUnavailable as error:
            if not await self._came(place.side.side, device):
                self._fail(place, error)
                return False
            place.device = device
            await self._start_over()
        return True

    async def _start_over(self) -> None:
        """A device is there that PortAudio does not know yet."""
        for place in self.places:
            if not place.side.is_file:
                self._leave(place)
        await self._close_left()
        if await self._scan():
            for place in self.places:
                if place.side.port is None:
                    await self._open(place)

    async def _came(self, side: str, device: str) -> bool:
        """Whether there is such a device, and it is not in this process's own list."""
        wanted = device.casefold()
        if not self._rescans or any(wanted in name for name in await _own_names(side)):
            return False
        fresh = await fresh_list()
        return any(one.side == side and wanted in one.name.casefold() for one in fresh)

    async def _scan(self) -> bool:
        """Look for devices again, if that harms nobody; False when nothing can be opened now."""
        if not self._rescans or any(p.side.port and not p.side.is_file for p in self.places):
            return True
        if any(place.opening is not None for place in self.places):
            return True
        try:
            await aside(rescan, "rescan")
        except AudioUnavailable as error:
            for place in self.places:
                if place.side.port is None and not place.hopeless:
                    self._fail(place, error)
            return isinstance(error, AudioMissing)
        return True

    async def _begin(self, place: Place, device: str) -> None:
        self._use(place, await self._made(place, device))

    async def _made(self, place: Place, device: str) -> Port:
        """A new port of that side. Raises AudioUnavailable, also when it takes too long."""
        if place.opening is None:
            place.opening = aside(functools.partial(place.side.make, device), "open")
        done, _ = await asyncio.wait({place.opening}, timeout=PATIENCE_S)
        if not done:
            raise AudioUnavailable("the sound system does not answer", "restart it")
        opening, place.opening = place.opening, None
        try:
            return opening.result()
        except AudioUnavailable:
            raise
        except Exception as error:  # whatever a driver comes up with, the call goes on
            raise AudioUnavailable(f"no sound: {error}", "see the session's log") from error

    def _collect(self, place: Place) -> None:
        """What was opened too late is not wanted any more."""
        if place.opening is None or not place.opening.done():
            return
        opening, place.opening = place.opening, None
        with contextlib.suppress(Exception):
            self._left.append(opening.result())

    def _use(self, place: Place, port: Port) -> None:
        self._leave(place)
        place.side.use(port)
        place.error = None
        self._changed()
        self._emit(
            AudioOpened(
                side=place.side.side,
                device=port.name,
                rate=port.rate,
                channels=port.channels,
                block_ms=port.block_ms,
                latency_ms=round(port.latency_ms, 1),
            )
        )
        self._wake.set()  # for the one that was left to be closed

    def _leave(self, place: Place) -> None:
        port = place.side.leave()
        if port is not None:
            self._left.append(port)

    async def _close_left(self) -> None:
        left, self._left = self._left, []
        if left:
            await asyncio.wait([aside(port.close, "close") for port in left], timeout=CLOSE_S)

    def _fail(self, place: Place, error: AudioUnavailable) -> None:
        """On record once for each time that it fails, not for each try."""
        if place.error is None:
            self._emit(AudioFailed(side=place.side.side, reason=error.reason, advice=error.advice))
        if place.side.port is None and (place.error is None or isinstance(error, AudioMissing)):
            place.error = error


async def _own_names(side: str) -> list[str]:
    """Names that PortAudio knows here."""
    try:
        found = await aside(list_devices, "list")
    except AudioUnavailable:
        return []
    return [one.name.casefold() for one in found if one.side == side]
