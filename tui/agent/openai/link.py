"""The socket of one conversation as events: sent with an id of their own, received, refused.

Knows the events' text; nothing of what a conversation is about.
"""

import secrets
from typing import Any

import msgspec
from aiohttp import web

from tui.agent.link import Link, Over
from tui.agent.log import Complaints
from tui.agent.openai.client_frames import ClientFrame, read
from tui.agent.openai.errors import BAD_INPUT, Mistake

INVALID = "Invalid message received"
_ENCODER = msgspec.json.Encoder()


def new_id(kind: str) -> str:
    """`item` gives item_…, 21 characters at most behind the name, so that 32 are enough."""
    return f"{kind}_{secrets.token_hex(10)}"


class Connection(Link):
    def __init__(
        self, socket: web.WebSocketResponse, complaints: Complaints, strict: bool = False
    ) -> None:
        super().__init__(socket, complaints)
        self._strict = strict

    async def send(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "event_id": new_id("event"), **fields}
        await self.send_text(_ENCODER.encode(event).decode())

    async def receive(self) -> ClientFrame:
        """The next event that can be understood. Raises Over at the end of the connection."""
        while True:
            text = await self.receive_text()
            try:
                return read(text)
            except Mistake as mistake:
                await self.complain(mistake)

    async def complain(self, mistake: Mistake) -> None:
        """Tells the client. Raises Over where that ends the conversation."""
        await self.send("error", error=mistake.as_json())
        if mistake.malformed:
            self.complaints.add("bad_frame", code=mistake.code, reason=str(mistake))
            if self._strict:
                await self.close(BAD_INPUT, INVALID)
                raise Over

    async def turn_away(self, mistake: Mistake, code: int) -> None:
        """Refuses the conversation. Raises Over."""
        await self.send("error", error=mistake.as_json())
        await self.close(code, f"invalid_request_error.{mistake.code}")
        raise Over
