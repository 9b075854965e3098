"""A conversation's socket as text: sent, received, closed. Knows aiohttp's socket, no frames."""

from aiohttp import WSMsgType, web

from tui.agent.log import Complaints


class Over(Exception):
    """The conversation has ended: unwinds its tasks."""


class Link:
    def __init__(self, socket: web.WebSocketResponse, complaints: Complaints) -> None:
        self._socket = socket
        self.complaints = complaints

    async def send_text(self, text: str) -> None:
        """Whatever it is; silently nothing once the connection is gone."""
        try:
            await self._socket.send_str(text)
        except ConnectionError:
            return  # the reader sees the end of the connection and ends the conversation

    async def close(self, code: int, reason: str) -> None:
        # A close frame has room for 123 bytes of reason (RFC 6455, 5.5).
        room = reason.encode()[:123].decode(errors="ignore")
        await self._socket.close(code=code, message=room.encode())

    async def receive_text(self) -> str | bytes:
        """The next message, bytes for a binary one. Raises Over at the end of the connection."""
        message = await self._socket.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            raise Over
        data: str | bytes = message.data
        return data
