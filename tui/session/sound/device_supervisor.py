"""Keeps the ports of a voice open while they are wanted: opened, lost, found again, changed.

Knows places, what their devices are called, and time; nothing of what is heard or said.

Theory of operation. One task does all opening and closing, one step after another; everybody else
only says what is wanted and wakes it. An opening that takes too long stays pending and its side is
silent meanwhile. A lost device is tried again every second, the default in its slot if it was
named, and the named one again while the default serves. PortAudio sees new devices only after a
rescan, which kills every open stream: it happens when none is open, or when another process has
seen the device come.
"""

import asyncio
import contextlib
from collections.abc import Callable

from tui.audio.ports import AudioMissing, AudioUnavailable, Port
from tui.events import AudioFailed, AudioOpened, Event
from tui.session.sound.device_discovery import DeviceDiscovery
from tui.session.sound.device_slot import AudioSlow, DeviceSlot
from tui.session.sound.threads import in_thread

RETRY_S = 1.0
LATER_S = 5.0
TRIES = 60
"""After so many tries it is LATER_S from one to the next."""
CLOSE_S = 0.6
RETURN_ADVICE = "it is used again as soon as it is back"


class DeviceSupervisor:
    """`emit` takes what is to be put on record; `changed` hears that ports are other ones now."""

    def __init__(
        self,
        places: tuple[DeviceSlot, DeviceSlot],
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
        self._discovery = DeviceDiscovery(places, self._wake.set, rescans=rescans)
        self._tries = 0
        self._left: list[Port] = []

    def want(self, wanted: bool) -> None:
        """Open what is not open, or give back all but files, which go on to their end."""
        if wanted:
            for slot in self.places:
                slot.forget()
        self._wanted, self._tries = wanted, 0
        self._wake.set()

    def choose(self, side: str, device: str) -> None:
        """Use another device from now on; the old one serves until it is open."""
        for slot in self.places:
            if slot.side.side == side and not slot.side.is_file:
                slot.wish(device)
                self._wake.set()

    def check(self) -> None:
        """To be asked regularly: whether a device was lost."""
        for slot in self.places:
            port = slot.side.port
            if slot.side.outgrown:
                self._wake.set()
            if port is None or (why := port.failed) is None:
                continue
            lost = AudioUnavailable(why, RETURN_ADVICE)
            if slot.steady:
                self._tries = 0
            self._leave(slot)
            slot.forget()
            self._fail(slot, lost)
            self._changed()
            self._wake.set()

    async def keep(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._wake.clear()
                await self._adjust()
                self._discovery.look_out(self._wanted)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._pause_s())
        finally:
            self._discovery.look_out(False)

    async def close(self) -> None:
        """At the end of the program; bounded even where a sound server hangs."""
        for slot in self.places:
            self._leave(slot)
            self._left += slot.unwanted(all_of_them=True)
        await self._close_left()

    def _pause_s(self) -> float | None:
        if not self._wanted:
            return RETRY_S if any(slot.opening for slot in self.places) else None
        if not any(slot.waiting or slot.opening for slot in self.places):
            return None
        self._tries += 1
        return RETRY_S if self._tries < TRIES else LATER_S

    async def _adjust(self) -> None:
        if self._wanted:
            await self._close_left()
            await self._open_what_is_wanted()
        else:
            for slot in self.places:
                if not slot.side.is_file:
                    self._leave(slot)
        for slot in self.places:
            self._left += slot.unwanted(all_of_them=not self._wanted)
        await self._close_left()

    async def _open_what_is_wanted(self) -> None:
        for slot in self.places:
            if slot.wished is not None:
                await self._change(slot, slot.wished)
        for slot in self.places:
            if slot.side.outgrown:
                self._leave(slot)
                await self._close_left()
                await self._open(slot)
        missing = [slot for slot in self.places if slot.missing]
        if missing and self._tried and not await self._scan():
            return
        self._tried = True
        for slot in missing:
            await self._open(slot)
            if slot.side.port is None and await self._discovery.returned(slot):
                await self._start_over()
        for slot in self.places:
            if slot.substituted and slot.wished is None:
                await self._change_back(slot)

    # ── steps ────────────────────────────────────────────────────────────────────────────────────

    async def _open(self, slot: DeviceSlot) -> None:
        try:
            await self._begin(slot, slot.device)
            slot.substituted = False
        except AudioUnavailable as error:
            self._fail(slot, error)
            if slot.device and not isinstance(error, AudioMissing):
                with contextlib.suppress(AudioUnavailable):
                    await self._begin(slot, "")
                    slot.substituted = True

    async def _change(self, slot: DeviceSlot, device: str) -> None:
        """The user wants another device; a wish is over when it is open, or cannot be."""
        try:
            port = await slot.made(device, self._wake.set)
        except AudioSlow as error:
            self._fail(slot, error)
            return
        except AudioUnavailable as error:
            if not await self._discovery.came(slot.side.side, device):
                slot.told = False
                self._fail(slot, error)
            elif slot.wished == device:
                slot.device = device
                await self._start_over()
            if slot.wished == device:
                slot.wished = None
            return
        if slot.wished == device:
            slot.device, slot.wished, slot.substituted = device, None, False
            self._use(slot, port)
        else:  # yet another one meanwhile
            self._left.append(port)

    async def _change_back(self, slot: DeviceSlot) -> None:
        with contextlib.suppress(AudioUnavailable):
            port = await slot.made(slot.device, self._wake.set)
            self._use(slot, port)
            slot.substituted = False
            return
        if await self._discovery.returned(slot):
            await self._start_over()

    async def _start_over(self) -> None:
        """A device is there that PortAudio does not know yet."""
        for slot in self.places:
            if not slot.side.is_file:
                self._leave(slot)
        await self._close_left()
        if await self._scan():
            for slot in self.places:
                if slot.side.port is None:
                    await self._open(slot)

    async def _scan(self) -> bool:
        """Look for devices again; False when nothing can be opened now."""
        try:
            await self._discovery.rescan()
        except AudioUnavailable as error:
            for slot in self.places:
                if slot.side.port is None and not slot.hopeless:
                    self._fail(slot, error)
            return isinstance(error, AudioMissing)
        return True

    async def _begin(self, slot: DeviceSlot, device: str) -> None:
        self._use(slot, await slot.made(device, self._wake.set))

    def _use(self, slot: DeviceSlot, port: Port) -> None:
        self._leave(slot)
        slot.use(port)
        self._changed()
        self._emit(
            AudioOpened(
                side=slot.side.side,
                device=port.name,
                rate=port.rate,
                channels=port.channels,
                block_ms=port.block_ms,
                latency_ms=round(port.latency_ms, 1),
            )
        )
        self._wake.set()  # for the one that was left to be closed

    def _leave(self, slot: DeviceSlot) -> None:
        port = slot.side.leave()
        if port is not None:
            self._left.append(port)

    async def _close_left(self) -> None:
        left, self._left = self._left, []
        if left:
            await asyncio.wait([in_thread(port.close, "close") for port in left], timeout=CLOSE_S)

    def _fail(self, slot: DeviceSlot, error: AudioUnavailable) -> None:
        """On record once for each time that it fails, not for each try."""
        if not slot.told:
            slot.told = True
            self._emit(AudioFailed(side=slot.side.side, reason=error.reason, advice=error.advice))
        if slot.side.port is None and (slot.error is None or isinstance(error, AudioMissing)):
            slot.error = error
