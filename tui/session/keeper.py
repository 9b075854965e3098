"""Keeps the ports of a voice open while they are wanted: opened, lost, found again, changed.

Knows places, what their devices are called, and time; nothing of what is heard or said.

Theory of operation. One task does all opening and closing, one step after another; everybody else
only says what is wanted and wakes it. An opening that takes too long stays pending and its side is
silent meanwhile. A lost device is tried again every second, the default in its place if it was
named, and the named one again while the default serves. PortAudio sees new devices only after a
rescan, which kills every open stream: it happens when none is open, or when another process has
seen the device come.
"""

import asyncio
import contextlib
from collections.abc import Callable

from tui.audio.ports import AudioMissing, AudioUnavailable, Port
from tui.events import AudioFailed, AudioOpened, Event
from tui.session.aside import aside
from tui.session.finding import Finding
from tui.session.place import AudioSlow, Place

RETRY_S = 1.0
LATER_S = 5.0
TRIES = 60
"""After so many tries it is LATER_S from one to the next."""
CLOSE_S = 0.6
RETURN_ADVICE = "it is used again as soon as it is back"


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
        self._wanted = False
        self._tried = False
        self._wake = asyncio.Event()
        self._finding = Finding(places, self._wake.set, rescans=rescans)
        self._tries = 0
        self._left: list[Port] = []

    def want(self, wanted: bool) -> None:
        """Open what is not open, or give back all but files, which go on to their end."""
        if wanted:
            for place in self.places:
                place.forget()
        self._wanted, self._tries = wanted, 0
        self._wake.set()

    def choose(self, side: str, device: str) -> None:
        """Use another device from now on; the old one serves until it is open."""
        for place in self.places:
            if place.side.side == side and not place.side.is_file:
                place.wish(device)
                self._wake.set()

    def check(self) -> None:
        """To be asked regularly: whether a device was lost."""
        for place in self.places:
            port = place.side.port
            if place.outgrown:
                self._wake.set()
            if port is None or (why := port.failed) is None:
                continue
            lost = AudioUnavailable(why, RETURN_ADVICE)
            if place.steady:
                self._tries = 0
            self._leave(place)
            place.forget()
            self._fail(place, lost)
            self._changed()
            self._wake.set()

    async def keep(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._wake.clear()
                await self._adjust()
                self._finding.look_out(self._wanted)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._pause_s())
        finally:
            self._finding.look_out(False)

    async def close(self) -> None:
        """At the end of the program; bounded even where a sound server hangs."""
        for place in self.places:
            self._leave(place)
            self._left += place.unwanted(all_of_them=True)
        await self._close_left()

    def _pause_s(self) -> float | None:
        if not self._wanted:
            return RETRY_S if any(place.opening for place in self.places) else None
        if not any(place.waiting or place.opening for place in self.places):
            return None
        self._tries += 1
        return RETRY_S if self._tries < TRIES else LATER_S

    async def _adjust(self) -> None:
        if self._wanted:
            await self._close_left()
            await self._open_what_is_wanted()
        else:
            for place in self.places:
                if not place.side.is_file:
                    self._leave(place)
        for place in self.places:
            self._left += place.unwanted(all_of_them=not self._wanted)
        await self._close_left()

    async def _open_what_is_wanted(self) -> None:
        for place in self.places:
            if place.wished is not None:
                await self._change(place, place.wished)
        for place in self.places:
            if place.outgrown:
                self._leave(place)
                await self._close_left()
                await self._open(place)
        missing = [place for place in self.places if place.missing]
        if missing and self._tried and not await self._scan():
            return
        self._tried = True
        for place in missing:
            await self._open(place)
            if place.side.port is None and await self._finding.returned(place):
                await self._start_over()
        for place in self.places:
            if place.substituted and place.wished is None:
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

    async def _change(self, place: Place, device: str) -> None:
        """The user wants another device; a wish is over when it is open, or cannot be."""
        try:
            port = await place.made(device, self._wake.set)
        except AudioSlow as error:
            self._fail(place, error)
            return
        except AudioUnavailable as error:
            if not await self._finding.came(place.side.side, device):
                place.told = False
                self._fail(place, error)
            elif place.wished == device:
                place.device = device
                await self._start_over()
            if place.wished == device:
                place.wished = None
            return
        if place.wished == device:
            place.device, place.wished, place.substituted = device, None, False
            self._use(place, port)
        else:  # yet another one meanwhile
            self._left.append(port)

    async def _change_back(self, place: Place) -> None:
        with contextlib.suppress(AudioUnavailable):
            port = await place.made(place.device, self._wake.set)
            self._use(place, port)
            place.substituted = False
            return
        if await self._finding.returned(place):
            await self._start_over()

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

    async def _scan(self) -> bool:
        """Look for devices again; False when nothing can be opened now."""
        try:
            await self._finding.rescan()
        except AudioUnavailable as error:
            for place in self.places:
                if place.side.port is None and not place.hopeless:
                    self._fail(place, error)
            return isinstance(error, AudioMissing)
        return True

    async def _begin(self, place: Place, device: str) -> None:
        self._use(place, await place.made(device, self._wake.set))

    def _use(self, place: Place, port: Port) -> None:
        self._leave(place)
        place.use(port)
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
        if not place.told:
            place.told = True
            self._emit(AudioFailed(side=place.side.side, reason=error.reason, advice=error.advice))
        if place.side.port is None and (place.error is None or isinstance(error, AudioMissing)):
            place.error = error
