"""A plain client of the agent's OpenAI socket, a microphone, and the SDK's models as judges.

Knows the wire by its JSON, on purpose without the code that writes it.
"""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import pydantic
from openai.types.realtime.realtime_server_event import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter
from websockets.asyncio.client import ClientConnection, connect

from tests.agent.helpers import CHUNK_MS, AgentProcess, Frame, JsonClient, PacedMicrophone

RATE = 24_000
KEY = {"Authorization": "Bearer any"}
TEXT = {"output_modalities": ["text"]}
TRANSCRIBED = {"audio": {"input": {"transcription": {"model": "whisper-1"}}}}

SEEN_ON_THE_WIRE = {
    "session": {"id", "object", "expires_at"},  # the models are those of a request
    "item": {"phase"},
    "output": {"phase"},
}
"""Fields that the hosted service sends and the SDK's models do not have."""


class Client(JsonClient):
    """Has every event judged by the SDK's models."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__(socket)
        self.unknown: list[str] = []
        """What the SDK does not know of the events."""

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        assert not self.unknown, self.unknown

    @property
    def events(self) -> list[Frame]:
        return self.frames

    async def arrived(self, frame: Frame) -> None:
        self.unknown += judged(frame)

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def update(self, **session: Any) -> Frame:
        await self.send("session.update", session={"type": "realtime", **session})
        found: Frame = (await self.expect("session.updated"))["session"]
        return found

    async def type(self, text: str, ask: bool = True, **wanted: Any) -> None:
        part = {"type": "input_text", "text": text}
        item = {"type": "message", "role": "user", "content": [part]}
        await self.send("conversation.item.create", item=item)
        if ask:
            await self.send("response.create", **({"response": wanted} if wanted else {}))

    async def answer(self, text: str, **wanted: Any) -> Frame:
        """The response to a typed text, once it is done."""
        await self.type(text, **wanted)
        return await self.done()

    async def done(self) -> Frame:
        found: Frame = (await self.expect("response.done"))["response"]
        return found

    async def error(self) -> Frame:
        found: Frame = (await self.expect("error"))["error"]
        return found

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def audio(self, item_id: str) -> bytes:
        pieces = (
            e["delta"] for e in self.of("response.output_audio.delta") if e["item_id"] == item_id
        )
        return b"".join(base64.b64decode(piece) for piece in pieces)


@asynccontextmanager
async def conversation(
    agent: AgentProcess,
    session: Frame | None = None,
    headers: dict[str, str] = KEY,
    model: str = "gpt-realtime-2.1",
    **query: str,
) -> AsyncIterator[Client]:
    """Connected, created, and set to `session` where one is given."""
    async with (
        connect(url_of(agent, model, **query), additional_headers=headers, max_size=2**24,
                proxy=None) as socket,
        Client(socket) as client,
    ):  # fmt: skip
        await client.expect("session.created")
        if session is not None:
            await client.update(**session)
        yield client


def url_of(agent: AgentProcess, model: str = "gpt-realtime-2.1", **query: str) -> str:
    base = f"{agent.url.replace('http', 'ws', 1)}/v1/realtime"
    given = ({"model": model} if model else {}) | query
    return f"{base}?{'&'.join(f'{key}={value}' for key, value in given.items())}"


class Microphone(PacedMicrophone):
    """Counts what it appends."""

    def __init__(self, client: Client, byte_rate: int = RATE * 2, silence: bytes = b"\0") -> None:
        super().__init__(byte_rate * CHUNK_MS // 1000, silence)
        self._client = client
        self.sent = 0
        """Bytes."""
        self.began = self.ended = 0
        """Where the speech lies that was given last: bytes from the start."""

    def say(self, sound: bytes) -> None:
        self.began = self.sent + len(self._speech)
        self.ended = self.began + len(sound)
        super().say(sound)

    async def send(self, chunk: bytes) -> None:
        self.sent += len(chunk)
        encoded = base64.b64encode(chunk).decode()
        await self._client.send("input_audio_buffer.append", audio=encoded)


def function(name: str, **properties: str) -> Frame:
    schema = {key: {"type": kind} for key, kind in properties.items()}
    return {
        "type": "function",
        "name": name,
        "description": "",
        "parameters": {"type": "object", "properties": schema},
    }


# ── The SDK's models ─────────────────────────────────────────────────────────────────────────────

_MODELS: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(RealtimeServerEvent)[0])
}


def judged(event: Frame) -> list[str]:
    """What is wrong with the event: a type or a field that the SDK does not have, or a value that
    does not fit."""
    model = _MODELS.get(event["type"])
    if model is None:
        return [f"{event['type']}: no such event"]
    try:
        parsed = TypeAdapter(model).validate_python(event, strict=True)
    except pydantic.ValidationError as error:
        return [f"{event['type']}: {error}"]
    return [f"{event['type']}: {extra}" for extra in _extras(parsed, "", event["type"])]


def _extras(value: object, name: str, at: str) -> list[str]:
    if isinstance(value, BaseModel):
        extra = set(value.model_extra or ()) - SEEN_ON_THE_WIRE.get(name, set())
        found = [f"{at}.{key}" for key in sorted(extra)]
        for key in type(value).model_fields:
            found += _extras(getattr(value, key), key, f"{at}.{key}")
        return found
    if isinstance(value, list | tuple):
        return [extra for one in value for extra in _extras(one, name, at)]
    return []
