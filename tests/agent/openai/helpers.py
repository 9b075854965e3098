"""A plain client of the agent's OpenAI socket, a microphone, and the SDK's models as judges.

Knows the wire by its JSON, on purpose without the code that writes it.
"""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, get_args

import pydantic
import websockets
from openai.types.realtime.realtime_server_event import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter
from websockets.asyncio.client import ClientConnection, connect

from tests.agent.helpers import CHUNK_MS, PATIENCE_S, AgentProcess, Frame

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


class Client:
    """Keeps every event in order, judges each by the SDK's models, and lets a test wait."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Frame] = []
        self.unknown: list[str] = []
        """What the SDK does not know of the events."""
        self._grown = asyncio.Condition()
        self._read = 0
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._receive())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        assert self._reader
        await self._reader
        assert not self.unknown, self.unknown

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

    async def expect(
        self, kind: str, where: Callable[[Frame], bool] = lambda _: True, again: bool = False
    ) -> Frame:
        """The next event of that type, behind those that were expected before; with `again`, from
        the first event on."""
        position = 0 if again else self._read
        async with asyncio.timeout(PATIENCE_S), self._grown:
            while True:
                for n in range(position, len(self.events)):
                    event = self.events[n]
                    if event["type"] == kind and where(event):
                        self._read = max(self._read, n + 1)
                        return event
                position = len(self.events)
                seen = [e["type"] for e in self.events[-4:]]
                assert not self.closed, (
                    f"closed waiting for {kind}: {seen} {self.socket.close_code}"
                )
                await self._grown.wait()

    @property
    def closed(self) -> bool:
        return self._reader is not None and self._reader.done()

    async def ended(self) -> tuple[int | None, str | None]:
        assert self._reader
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.shield(self._reader)
        return self.socket.close_code, self.socket.close_reason

    def of(self, kind: str) -> list[Frame]:
        return [event for event in self.events if event["type"] == kind]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def audio(self, item_id: str) -> bytes:
        pieces = (
            e["delta"] for e in self.of("response.output_audio.delta") if e["item_id"] == item_id
        )
        return b"".join(base64.b64decode(piece) for piece in pieces)

    async def _receive(self) -> None:
        try:
            async for message in self.socket:
                event = json.loads(message)
                self.unknown += judged(event)
                event["at"] = time.monotonic()
                async with self._grown:
                    self.events.append(event)
                    self._grown.notify_all()
        except websockets.ConnectionClosed:
            pass
        async with self._grown:
            self._grown.notify_all()


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


class Microphone:
    """Appends in real time: what it was given to say, silence in between."""

    def __init__(self, client: Client, byte_rate: int = RATE * 2, silence: bytes = b"\0") -> None:
        self._client = client
        self._silence = silence
        self._size = byte_rate * CHUNK_MS // 1000
        self._speech = b""
        self.sent = 0
        """Bytes."""
        self.began = self.ended = 0
        """Where the speech lies that was given last: bytes from the start."""
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def say(self, sound: bytes) -> None:
        self.began = self.sent + len(self._speech)
        self.ended = self.began + len(sound)
        self._speech += sound

    async def _run(self) -> None:
        due = time.monotonic()
        while True:
            chunk, self._speech = self._speech[: self._size], self._speech[self._size :]
            chunk = chunk + self._silence * (self._size - len(chunk))
            self.sent += len(chunk)
            encoded = base64.b64encode(chunk).decode()
            await self._client.send("input_audio_buffer.append", audio=encoded)
            due += CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - time.monotonic()))


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
