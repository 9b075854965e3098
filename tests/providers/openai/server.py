"""A server of this wire on loopback that does what a test tells it."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.providers.openai.rig import RATE, example


class Server:
    """One conversation: what came, and how to answer."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self.came: list[dict[str, Any]] = []

    async def says(self, kind: str, **more: Any) -> None:
        await self._socket.send(json.dumps({"type": kind, "event_id": "event_1", **more}))

    async def plays(self, ms: float, item: str = "item_a1", reply: str = "resp_1") -> None:
        tone = (8000 * np.sin(np.arange(round(RATE * ms / 1000)) * 0.1)).astype("<i2").tobytes()
        await self.says(
            "response.output_audio.delta", response_id=reply, item_id=item, content_index=0,
            delta=b64encode(tone).decode(),
        )  # fmt: skip

    async def tells(self, text: str, item: str = "item_a1", reply: str = "resp_1") -> None:
        await self.says(
            "response.output_audio_transcript.done", response_id=reply, item_id=item,
            content_index=0, transcript=text,
        )  # fmt: skip

    async def begins(self, create: dict[str, Any] | None = None, reply: str = "resp_1") -> None:
        metadata = create and create["response"]["metadata"]
        await self.says("response.created", response={"id": reply, "metadata": metadata})

    async def ends(self, reply: str = "resp_1", status: str = "completed") -> None:
        await self.says("response.done", response={"id": reply, "status": status})

    async def gets(self, kind: str) -> dict[str, Any]:
        """The next frame of that kind; what comes before it is kept in `came`."""
        async with asyncio.timeout(100):
            async for text in self._socket:
                self.came.append(json.loads(text))
                if self.came[-1]["type"] == kind:
                    return self.came[-1]
        raise AssertionError(f"the client closed before it sent {kind}")

    async def stays(self) -> None:
        """Until the client closes."""
        async for text in self._socket:
            self.came.append(json.loads(text))

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.came if one["type"] != "input_audio_buffer.append"]

    async def begin(self, lasts_s: float) -> None:
        """The session as it is asked for."""
        ends = round(time.time() + lasts_s)
        session = dict(example("session.created")["session"], expires_at=ends)
        await self.says("session.created", session=session)
        wishes = (await self.gets("session.update"))["session"]
        audio = {
            side: session["audio"][side] | wishes.get("audio", {}).get(side, {})
            for side in ("input", "output")
        }
        await self.says("session.updated", session={**session, **wishes, "audio": audio})


@asynccontextmanager
async def serving(
    act: Callable[[Server], Awaitable[None]], lasts_s: float = 1800, refuses: int = 0
) -> AsyncIterator[str]:
    """`refuses`: the number of the connection that finds the server restarting."""
    asked = list[str]()

    def admit(socket: ServerConnection, request: Request) -> Response | None:
        if "/realtime?" in request.path:
            asked.append(request.path)
            if len(asked) == refuses:
                return socket.respond(503, "restarting")
        return None

    async def converse(socket: ServerConnection) -> None:
        server = Server(socket)
        await server.begin(lasts_s)
        await act(server)

    async with serve(
        converse, "127.0.0.1", 0, compression=None, process_request=admit
    ) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
