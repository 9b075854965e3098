"""The server's end of a bridge over ssh: standard input and output to a Unix socket, and back.

Knows frames and streams; no sound. It lives as long as its standard input.
"""

import asyncio
import sys
from pathlib import Path

from tui.audio.bridge.wire import (
    MAGIC,
    ONE,
    TIMED,
    BridgeError,
    BridgeFrame,
    BridgeFrames,
    Kind,
    Side,
    encode,
)
from tui.bridge.switchboard import Switchboard

MOST_WAITING = 1 << 20
"""Bytes on their way to a laptop that cannot be reached; what comes then is lost."""


async def relay(path: Path) -> int:
    """Until standard input ends; the exit code."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    out, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)

    def send(frame: BridgeFrame) -> None:
        if out.get_write_buffer_size() < MOST_WAITING:
            out.write(encode(Kind(frame.kind), frame.side, frame.data))

    board = Switchboard(path)
    board.deliver = send
    try:
        await board.open()
    except OSError as error:
        print(f"voicescope bridge: {path}: {error.strerror or error}", file=sys.stderr)
        return 1
    # Where it listens goes along, for the laptop to say.
    out.write(MAGIC + encode(Kind.OPENED, Side.BRIDGE, str(path).encode()))
    frames = BridgeFrames()
    try:
        while data := await reader.read(1 << 16):
            for frame in frames.feed(data):
                if frame.side == Side.BRIDGE:
                    send(_answer(frame))
                else:
                    board.send(encode(Kind(frame.kind), frame.side, frame.data))
    except (OSError, BridgeError):
        return 1
    finally:
        await board.close()
    return 0


def _answer(ping: BridgeFrame) -> BridgeFrame:
    (sent_ns,) = ONE.unpack(ping.data)
    return BridgeFrame(Kind.PONG, ping.side, TIMED.pack(sent_ns, 0))
