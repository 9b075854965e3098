"""A small agent that speaks the toy's protocol on loopback."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import msgspec
import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.providers.toy import wire

TOKEN = f"{wire.SECRET}0123456789abcdef"
NAMES = ("zulu", "alpha", "mike", "0", "-1", "bravo")
"""Of the replies, as they come: in no order."""
PIECE_MS = 100


class ToyAgent:
    """What it heard, for a test to look at."""

    def __init__(self, speech_ms: int = 300) -> None:
        self.url = ""
        self.heard: list[wire.AnyFromClient] = []
        self.tokens: list[str | None] = []
        self.rooms: list[str] = []
        self._speech_ms = speech_ms
        self._socket: ServerConnection | None = None

    def frames(self, kind: type[wire.FromClient]) -> list[wire.AnyFromClient]:
        return [frame for frame in self.heard if isinstance(frame, kind)]

    def admit(self, socket: ServerConnection, request: Request) -> Response | None:
        token = request.headers.get(wire.HEADER)
        self.tokens.append(token)
        if token != TOKEN:
            return socket.respond(HTTPStatus.UNAUTHORIZED, json.dumps({"error": f"no {token}"}))
        if request.path.startswith("/voices"):
            return socket.respond(HTTPStatus.OK, json.dumps({"voices": ["ann", "bob"]}))
        self.rooms.append(request.path.strip("/"))
        return None

    async def converse(self, socket: ServerConnection) -> None:
        names, speaking = iter(NAMES * 9), None
        self._socket = socket
        async for text in socket:
            frame = msgspec.json.decode(text, type=wire.AnyFromClient)
            self.heard.append(frame)
            match frame:
                case wire.Hello(opening=opening):
                    await _send(socket, wire.Welcome(call="call-one"))
                    said = opening if opening is not None else "Hello, this is the toy."
                case wire.Say(text="sleep"):
                    await socket.close(4001, "asleep")
                    return
                case wire.Say(text="vanish"):
                    socket.transport.abort()
                    return
                case wire.Say(text="use the tool"):
                    await _send(socket, wire.UseTool(call="c-1", name="shout"))
                    continue
                case wire.Say(text="fail"):
                    await _send(socket, wire.Spoken(reply=next(names), state="failed"))
                    said = "That failed."
                case wire.Say(text=text):
                    said = f"You said {text}. My token is {TOKEN}."
                case wire.ToolDone(value=value):
                    said = f"The tool says {value}."
                case wire.Hush(reply=reply):
                    await _send(socket, wire.Spoken(reply=reply, state="stopped"))
                    continue
                case _:
                    continue
            if speaking is not None:
                speaking.cancel()
            speaking = asyncio.create_task(self._speak(socket, next(names), said))

    async def give_way(self, reply: str) -> None:
        """The user is speaking over `reply`."""
        assert self._socket is not None
        await _send(self._socket, wire.Spoken(reply=reply, state="stopped"))

    async def _speak(self, socket: ServerConnection, reply: str, said: str) -> None:
        await _send(socket, wire.Reply(reply=reply, text=said))
        count = wire.RATE * PIECE_MS // 1000
        tone = (np.sin(np.arange(count) * 0.4) * 9000).astype("<i2").tobytes()
        with contextlib.suppress(Exception):
            for _ in range(self._speech_ms // PIECE_MS):
                await _send(socket, wire.Voice(reply=reply, pcm=wire.packed(tone)))
            await _send(socket, wire.Spoken(reply=reply))


async def _send(socket: ServerConnection, frame: wire.FromAgent) -> None:
    await socket.send(wire.text_of(frame))


@asynccontextmanager
async def toy_agent(speech_ms: int = 300) -> AsyncIterator[ToyAgent]:
    agent = ToyAgent(speech_ms)
    async with serve(
        agent.converse,
        "127.0.0.1",
        0,
        process_request=agent.admit,
        subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
    ) as server:
        agent.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield agent
