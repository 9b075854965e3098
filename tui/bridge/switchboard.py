"""The Unix socket that a session uses a bridge by: one connection for each side of the sound.

Knows frames and who speaks for which side; no device, no ssh.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from tui.audio.bridge.wire import BridgeError, BridgeFrame, BridgeFrames, Kind, side_of

MOST_WAITING = 1 << 20
"""Bytes for a session that does not read; it is cut off then."""


class Switchboard:
    """`deliver` takes what sessions say; `send` brings them an answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.deliver: Callable[[BridgeFrame], None] = lambda frame: None
        self._lines: dict[int, asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def open(self) -> None:
        """Listen, also where a bridge before this one did: the newest counts. Raises OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.path.exists() and not self.path.is_socket():
            raise FileExistsError("it exists and is no socket")
        self.path.unlink(missing_ok=True)
        before = os.umask(0o177)  # a socket's rights are those it is made with
        try:
            self._server = await asyncio.start_unix_server(self._serve, str(self.path))
        finally:
            os.umask(before)
        self._inode = self.path.stat().st_ino

    def send(self, data: bytes) -> None:
        """One encoded frame, to whoever has its side."""
        line = self._lines.get(side_of(data))
        if line is None:
            return
        if line.transport.get_write_buffer_size() > MOST_WAITING:
            line.transport.abort()
            return
        line.write(data)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for line in self._lines.values():
            line.transport.abort()
        with contextlib.suppress(OSError):
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = BridgeFrames()
        sides: set[int] = set()
        try:
            while data := await reader.read(1 << 16):
                for frame in frames.feed(data):
                    if frame.kind == Kind.OPEN:
                        self._take_line(frame.side, writer)
                        sides.add(frame.side)
                    if self._lines.get(frame.side) is writer:
                        self.deliver(frame)
        except (OSError, BridgeError):
            pass
        finally:
            for side in sides:
                if self._lines.get(side) is writer:
                    del self._lines[side]
                    self.deliver(BridgeFrame(Kind.CLOSE, side, b""))
            writer.transport.abort()

    def _take_line(self, side: int, writer: asyncio.StreamWriter) -> None:
        """The newest session has the devices."""
        before = self._lines.get(side)
        if before is not None and before is not writer:
            before.transport.abort()
        self._lines[side] = writer
