"""One side of a voice and its device: what is asked for, what is open, what is being opened.

Knows ports by the names they were asked for; not when to open which. An opening touches the sound
system, beside the loop, and may never come back: it stays pending, under the name of its device,
until somebody asks for that device again or nobody wants it any more.
"""

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable
from typing import Protocol

from tui.audio.ports import AudioMissing, AudioUnavailable, Port
from tui.session.sound.threads import in_thread

PATIENCE_S = 3.0
"""An opening that takes longer goes on by itself. More than a stream may take for its first block.
"""
NO_ANSWER = "the sound system does not answer"
STEADY_NS = 5_000_000_000
"""A device that was lost sooner after its opening is no good one."""


class AudioSlow(AudioUnavailable):
    """It may still come."""

    def __init__(self) -> None:
        super().__init__(NO_ANSWER, "restart it")


class Side(Protocol):
    """Who uses the port: a microphone or a speaker of the session's."""

    @property
    def side(self) -> str:
        """input or output."""

    @property
    def port(self) -> Port | None: ...
    @property
    def is_file(self) -> bool:
        """A file is used in place of a device."""

    @property
    def outgrown(self) -> bool:
        """The device should be opened anew, with longer blocks."""

    def make(self, device: str) -> Port:
        """A port that runs, not used yet. Blocks; raises AudioUnavailable."""

    def use(self, port: Port) -> None: ...
    def leave(self) -> Port | None:
        """Use it no more; gives it, for the caller to close."""


class DeviceSlot:
    def __init__(self, side: Side, device: str) -> None:
        self.side = side
        self.device = device
        """What was asked for; "" for the default."""
        self.wished: str | None = None
        """A device to change to; the one before serves until it is open."""
        self.substituted = False
        """The default serves in place of `device`."""
        self.error: AudioUnavailable | None = None
        """Why there is no port."""
        self.told = False
        """That it fails at present is on record."""
        self._openings: dict[str, tuple[asyncio.Future[Port], float]] = {}
        self._used_ns = 0

    @property
    def hopeless(self) -> bool:
        """Trying again is of no use."""
        return isinstance(self.error, AudioMissing) or bool(self.side.is_file and self.error)

    @property
    def missing(self) -> bool:
        """There is no port and nothing better to do than to open what was asked for."""
        return self.side.port is None and not self.hopeless and self.wished is None

    @property
    def waiting(self) -> bool:
        """Something is to be tried again."""
        return self.substituted or self.missing or self.wished is not None

    @property
    def streams(self) -> bool:
        """A device is open here, not a file."""
        return self.side.port is not None and not self.side.is_file

    @property
    def opening(self) -> bool:
        return bool(self._openings)

    @property
    def steady(self) -> bool:
        """What is used now has been for a while."""
        return time.monotonic_ns() - self._used_ns > STEADY_NS

    def wish(self, device: str) -> None:
        self.wished = device
        self.forget()

    def forget(self) -> None:
        """What failed so far is no reason not to try, or not to say it again."""
        self.error, self.told = None, False

    def use(self, port: Port) -> None:
        self.side.use(port)
        self.forget()
        self._used_ns = time.monotonic_ns()

    async def made(self, device: str, woken: Callable[[], None]) -> Port:
        """A new port for `device`. Raises AudioUnavailable; AudioSlow is over when `woken` is
        called."""
        if device not in self._openings:
            opening = in_thread(functools.partial(self.side.make, device), "open")
            self._openings[device] = opening, time.monotonic()
        opening, began = self._openings[device]
        left = max(0.0, PATIENCE_S - (time.monotonic() - began))
        done, _ = await asyncio.wait({opening}, timeout=left)
        if not done:
            opening.add_done_callback(lambda _: woken())
            raise AudioSlow
        del self._openings[device]
        try:
            return opening.result()
        except AudioUnavailable as error:
            if self._openings and error.reason == NO_ANSWER:  # it stands behind another one
                raise AudioSlow from error
            raise
        except Exception as error:  # whatever a driver comes up with, the call goes on
            raise AudioUnavailable(f"no sound: {error}", "see the session's log") from error

    def unwanted(self, *, all_of_them: bool = False) -> list[Port]:
        """Ports that came too late for anyone to want them; the caller closes them."""
        ports: list[Port] = []
        for device, (opening, _) in list(self._openings.items()):
            if opening.done() and (all_of_them or not self._wants(device)):
                del self._openings[device]
                with contextlib.suppress(Exception):
                    ports.append(opening.result())
        return ports

    def _wants(self, device: str) -> bool:
        if self.wished is not None:
            return device == self.wished
        return device == self.device or (device == "" and self.side.port is None)
