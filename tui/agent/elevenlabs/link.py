"""The socket of one conversation as frames: sent, received, refused, closed.

Knows aiohttp's socket and the frames' text; nothing of what a conversation is about.
"""

from collections.abc import Callable

from aiohttp import WSMsgType, web

from tui.agent.elevenlabs import frames
from tui.agent.elevenlabs.errors import BAD_INPUT
from tui.agent.elevenlabs.frames import InvalidClientFrame
from tui.agent.log import Complaints

INVALID = "Invalid message received"

Note = Callable[[frames.ServerFrame], None]


class Over(Exception):
    """The conversation has ended: unwinds its tasks."""


class Connection:
    """`note` is told every frame that is sent."""

    def __init__(
        self, socket: web.WebSocketResponse, complaints: Complaints, strict: bool, note: Note
    ) -> None:
        self.socket = socket
        self._complaints = complaints
        self._strict = strict
        self._note = note

    async def send(self, frame: frames.ServerFrame) -> None:
        self._note(frame)
        await self.send_text(frames.write(frame))

    async def send_text(self, text: str) -> None:
        """Whatever it is; silently nothing once the connection is gone."""
        try:
            await self.socket.send_str(text)
        except ConnectionError:
            return  # the reader sees the end of the connection and ends the conversation

    async def close(self, code: int, reason: str) -> None:
        # A close frame has room for 123 bytes of reason (RFC 6455, 5.5).
        room = reason.encode()[:123].decode(errors="ignore")
        await self.socket.close(code=code, message=room.encode())

    async def receive(self) -> frames.ClientFrame | frames.ChunkReceived:
        """The next frame that can be understood. Raises Over at the end of the connection, and
        after closing it for a frame that is not borne."""
        while True:
            frame = await self._frame()
            if not isinstance(frame, InvalidClientFrame):
                return frame
            self._complaints.add("bad_frame", frame=frame.type, reason=frame.reason)
            # The one mistake that the hosted service is known to end a conversation for.
            if self._strict or frame.type == "client_tool_result":
                await self.refuse()

    async def object_to(self, what: str, **fields: object) -> None:
        """To what can be made the best of: it is written down, and ends a strict conversation."""
        self._complaints.add(what, **fields)
        if self._strict:
            await self.refuse(f"{INVALID}: {what.replace('_', ' ')}")

    async def refuse(self, reason: str = INVALID) -> None:
        """Ends the conversation for a malformed frame. Raises Over."""
        await self.close(BAD_INPUT, reason)
        raise Over

    async def _frame(self) -> frames.ClientSaid:
        while True:
            message = await self.socket.receive()
            match message.type:
                case WSMsgType.TEXT:
                    if (frame := frames.read(message.data, self._strict)) is not None:
                        return frame
                case WSMsgType.BINARY:
                    return InvalidClientFrame(None, "a binary frame")
                case _:
                    raise Over
