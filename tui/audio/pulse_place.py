"""Where a sound server has a stream of ours: it moves streams by itself, and tells nobody.

Knows one side's stream and the device that was asked for; asks nothing itself. ALSA makes a stream
anew when it starts and after each underrun, so ours is always the newest of its side.
"""

from tui.audio.pulse import Pulse, PulseDevice, PulseStream, move


class PulsePlace:
    def __init__(self, side: str, aim: PulseDevice | None) -> None:
        """`aim` is the device that was asked for; None for the server's default."""
        self._side = side
        self._aim = aim
        self._aim_gone = False
        self._stream: PulseStream | None = None

    @property
    def known(self) -> bool:
        return self._stream is not None

    @property
    def name(self) -> str:
        """Of the device; "" where no server told."""
        return self._stream.device.name if self._stream else ""

    def settle(self, server: Pulse | None) -> None:
        """Right after the opening."""
        self._stream = server.newest(self._side) if server else None

    def follow(self, server: Pulse) -> bool:
        """Whether it is at another device than before."""
        before, now = self._stream, server.newest(self._side)
        if before is None or now is None:
            return False
        self._stream = now
        self._go_back(server, now)
        return now.device.id != before.device.id

    def _go_back(self, server: Pulse, now: PulseStream) -> None:
        """The device that was asked for is back, and the server has forgotten that."""
        aim = self._aim
        if aim is None:
            return
        there = any((one.side, one.id) == (aim.side, aim.id) for one in server.devices)
        if there and self._aim_gone and now.device.id != aim.id:
            move(now, aim)
        self._aim_gone = not there
