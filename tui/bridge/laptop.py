"""The laptop's program: devices here, a session there, ssh or a forwarded socket between them.

Knows ssh as a process and how a bridge that broke is built again; what travels is `devices`'.
"""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any

from tui.audio.bridge.clock import FarClock
from tui.audio.bridge.wire import (
    ONE,
    TIMED,
    BridgeError,
    BridgeFrame,
    BridgeFrames,
    Kind,
    Side,
    encode,
)
from tui.bridge.devices import FarDevices
from tui.bridge.switchboard import Switchboard
from tui.processes.lifetime import ENDS, Watchdog
from tui.processes.printing import Output
from tui.sanitize import sanitize

TICK_S = 0.005
PING_S = 1.0
SILENT_S = 8.0
"""A connection that answers no ping for so long is given up and made again."""
PAUSES_S = (1, 2, 5, 10)
"""Between tries to build a bridge again that stood once."""
MOST_WAITING = 1 << 18
"""Bytes for a network that stands still, beyond which nothing is sent."""
NOT_FOUND = 127
END_S = 1.2
"""For ssh, within what the watchdog leaves."""

Say = Callable[[str], None]


class Bridge:
    """`input_device` and `output_device` are this machine's; `terminal` is a descriptor for what
    its user is to read, ours and ssh's."""

    def __init__(self, input_device: str, output_device: str, terminal: int) -> None:
        self._input = input_device
        self._output = output_device
        self._terminal = terminal
        self._told = Output(terminal, sys.stderr.encoding)
        self._in_use: tuple[str, ...] = ()
        self.ended = asyncio.Event()

    async def over_ssh(self, arguments: list[str], command: str) -> int:
        """Until `ended`, or until it cannot be built even once; the exit code."""
        tries = 0
        stood = False
        while not self.ended.is_set():
            began = time.monotonic()
            built, code = await self._one_connection(arguments, command)
            stood = stood or built
            if self.ended.is_set():
                break
            if not stood:
                return self._explain(arguments, command, code)
            tries = 0 if built and time.monotonic() - began > 30 else tries + 1
            pause = PAUSES_S[min(tries, len(PAUSES_S)) - 1]
            self._say(f"the connection was lost; trying again in {pause} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), pause)
        return 0

    async def at_socket(self, path: Path) -> int:
        """Serve a socket that something else forwards, until `ended`."""
        board = Switchboard(path)
        devices = FarDevices(board.send, self._input, self._output)
        board.deliver = devices.handle
        try:
            await board.open()
        except OSError as error:
            self._say(f"{path}: {error.strerror or error}")
            return 1
        self._say(f"listening at {path}; forward it with: ssh -R REMOTE.sock:{path} HOST")
        try:
            await self._tick_until(devices, self.ended.wait())
        finally:
            await devices.close()
            await board.close()
        return 0

    def _say(self, text: str) -> None:
        self._told.write(f"voicescope bridge: {text}\n")

    async def _one_connection(self, arguments: list[str], command: str) -> tuple[bool, int]:
        """Whether it stood, and ssh's exit code."""
        # `--` would hide options that come after the host; ssh reads them itself.
        ssh = await asyncio.create_subprocess_exec(
            *("ssh", *arguments, f"{command} bridge --relay"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._terminal,
        )
        connection = _Connection(ssh, self._say)
        devices = FarDevices(connection.send, self._input, self._output)
        connection.deliver = devices.handle
        try:
            await self._tick_until(devices, connection.run(), self.ended.wait())
        finally:
            await devices.close()
            code = await _end(ssh)
        return connection.stood, code

    async def _tick_until(self, devices: FarDevices, *ends: Coroutine[Any, Any, Any]) -> None:
        """Move samples until one of `ends` is reached."""
        waiting = [asyncio.create_task(end) for end in ends]
        try:
            while not any(end.done() for end in waiting):
                devices.tick()
                if devices.in_use != self._in_use:
                    self._in_use = devices.in_use
                    names = " and ".join(dict.fromkeys(sanitize(name) for name in self._in_use))
                    self._say(f"a call uses {names}" if names else "no call uses the devices")
                await asyncio.sleep(TICK_S)
        finally:
            for end in waiting:
                end.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _explain(self, arguments: list[str], command: str, code: int) -> int:
        if code == NOT_FOUND:
            self._say(
                f"there is no {command.split(maxsplit=1)[0]!r} on the other machine, or not on the "
                "PATH that ssh gives a command: install VoiceScope there, or name it with "
                "--command /path/to/voicescope"
            )
        else:
            self._say(
                f"no bridge: ssh {' '.join(arguments)} ended with code {code}; "
                f"try: ssh {' '.join(arguments)} {command} --version"
            )
        return 1


class _Connection:
    """BridgeFrames over a running ssh. Raises nothing; `run` ends when it ends."""

    def __init__(self, ssh: asyncio.subprocess.Process, say: Say) -> None:
        self.stood = False
        """The other end answered once."""
        self.deliver: Callable[[BridgeFrame], None] = lambda frame: None
        self._ssh = ssh
        self._say = say
        self._clock = FarClock()
        self._answered = time.monotonic()

    def send(self, data: bytes) -> None:
        out = self._ssh.stdin
        if out is not None and out.transport.get_write_buffer_size() < MOST_WAITING:
            out.write(data)

    async def run(self) -> None:
        pinging = asyncio.create_task(self._ping())
        frames = BridgeFrames(after_magic=True)
        source = self._ssh.stdout
        assert source is not None  # noqa: S101
        try:
            while data := await source.read(1 << 16):
                for frame in frames.feed(data):
                    self._on_frame(frame)
        except (OSError, BridgeError) as error:
            self._say(f"the connection ended: {error}")
        finally:
            pinging.cancel()
            await asyncio.gather(pinging, return_exceptions=True)

    def _on_frame(self, frame: BridgeFrame) -> None:
        if frame.side != Side.BRIDGE:
            self.deliver(frame)
        elif frame.kind == Kind.OPENED:
            self.stood = True
            self._answered = time.monotonic()
            path = sanitize(frame.data.decode(errors="replace"))
            self._say(f'the bridge stands at {path}; there: audio.bridge = "auto"')
        elif frame.kind == Kind.PONG:
            sent_ns, far_ns = TIMED.unpack(frame.data)
            first = not self._clock.known
            self._clock.answered(sent_ns, far_ns, time.monotonic_ns())
            self._answered = time.monotonic()
            if first:
                self._say(f"{self._clock.round_trip_ms:.1f} ms there and back")

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            if not self.stood:
                continue
            self.send(encode(Kind.PING, Side.BRIDGE, ONE.pack(time.monotonic_ns())))
            if time.monotonic() - self._answered > SILENT_S:
                self._ssh.kill()


async def _end(ssh: asyncio.subprocess.Process) -> int:
    """Hang up; the far end goes with its input."""
    if ssh.stdin is not None:
        ssh.stdin.close()
    try:
        return await asyncio.wait_for(ssh.wait(), END_S)
    except TimeoutError:
        ssh.kill()
        return await ssh.wait()


async def run(
    work: Callable[[Bridge], Awaitable[int]], input_device: str, output_device: str, terminal: int
) -> int:
    """One bridge until a signal; the exit code."""
    bridge = Bridge(input_device, output_device, terminal)
    loop = asyncio.get_running_loop()
    watchdog = Watchdog()

    def on_signal(number: int, frame: FrameType | None) -> None:
        watchdog.bark(128 + number)
        loop.call_soon_threadsafe(bridge.ended.set)

    for number in ENDS:
        signal.signal(number, on_signal)
    return await work(bridge)
