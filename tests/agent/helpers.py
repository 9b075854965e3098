"""A real `voicescope agent` process, a plain client of its socket, and a microphone that speaks.

Knows the wire by its JSON, on purpose without the structs that the agent writes it with.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Self

import websockets
from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
PATIENCE_S = 100.0
CHUNK_MS = 20
RATE = 16_000
INITIATION = {"type": "conversation_initiation_client_data"}
TEXT_ONLY = {"conversation": {"text_only": True}}
SILENT_START = {"agent": {"first_message": ""}}


class AgentProcess:
    """The command as a user runs it."""

    begins: tuple[str, ...] = ("-m", "tui.agent")

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *self.begins, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready: Frame = json.loads(self.process.stdout.readline())
        self.url: str = self.ready["url"]

    def socket_url(self, agent_id: str = "local", **query: str) -> str:
        base = f"{self.url.replace('http', 'ws', 1)}/v1/convai/conversation?agent_id={agent_id}"
        return "&".join([base, *(f"{key}={value}" for key, value in query.items())])

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    pipe.close()
            self.process.wait()


class UnhurriedAgent(AgentProcess):
    """Whose end is not forced where a busy machine takes long over it."""

    begins = (
        "-c",
        "import runpy, tui.processes.lifetime as p; p.LEAVE_S, p.KILL_S = 60, 90; "
        "runpy.run_module('tui.agent', run_name='__main__')",
    )


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[AgentProcess]:
    agent = AgentProcess(*arguments, **environment)
    try:
        yield agent
    finally:
        agent.stop()


class JsonClient:
    """Keeps every frame in order, and lets a test wait for the one it expects."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
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

    def content(self, frame: Frame) -> Frame:
        """What a test looks at."""
        return frame

    async def arrived(self, frame: Frame) -> None:
        """Before it is kept."""

    async def expect(
        self, kind: str, where: Callable[[Frame], bool] = lambda _: True, again: bool = False
    ) -> Frame:
        """The content of the next frame of that type, behind those that were expected before;
        with `again`, from the first frame on."""
        position = 0 if again else self._read
        async with asyncio.timeout(PATIENCE_S), self._grown:
            while True:
                for n in range(position, len(self.frames)):
                    frame = self.frames[n]
                    if frame["type"] == kind and where(self.content(frame)):
                        self._read = max(self._read, n + 1)
                        return self.content(frame)
                position = len(self.frames)
                seen = [one["type"] for one in self.frames[-4:]]
                ended = f"closed waiting for {kind}: {seen} {self.socket.close_code}"
                assert not self.closed, ended
                await self._grown.wait()

    @property
    def closed(self) -> bool:
        return self._reader is not None and self._reader.done()

    async def ended(self) -> tuple[int | None, str | None]:
        """Close code and reason."""
        assert self._reader
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.shield(self._reader)
        return self.socket.close_code, self.socket.close_reason

    def of(self, kind: str) -> list[Frame]:
        return [self.content(frame) for frame in self.frames if frame["type"] == kind]

    async def _receive(self) -> None:
        try:
            async for message in self.socket:
                frame = json.loads(message)
                await self.arrived(frame)
                frame["at"] = time.monotonic()
                async with self._grown:
                    self.frames.append(frame)
                    self._grown.notify_all()
        except websockets.ConnectionClosed:
            pass
        async with self._grown:
            self._grown.notify_all()


class Client(JsonClient):
    """Answers pings; the content of a frame is its payload."""

    async def send(self, frame: Frame) -> None:
        await self.socket.send(json.dumps(frame))

    async def type(self, text: str) -> None:
        await self.send({"type": "user_message", "text": text})

    def content(self, frame: Frame) -> Frame:
        return payload(frame)

    def audio(self, event_id: int) -> bytes:
        pieces = (p["audio_base_64"] for p in self.of("audio") if p["event_id"] == event_id)
        return b"".join(base64.b64decode(piece) for piece in pieces)

    async def arrived(self, frame: Frame) -> None:
        if frame["type"] == "ping":
            # The agent may have closed already; what it sent before is still to be read.
            with suppress(websockets.ConnectionClosed):
                await self.send({"type": "pong", "event_id": frame["ping_event"]["event_id"]})


def payload(frame: Frame) -> Frame:
    """What stands beside `type`, whatever its key is called."""
    found = next(v for k, v in frame.items() if k not in ("type", "at"))
    assert isinstance(found, dict)
    return found


@asynccontextmanager
async def conversation(
    url: str, override: Frame | None = None, **initiation: object
) -> AsyncIterator[Client]:
    """Connected, initiated, and with the metadata read."""
    async with connect(url, max_size=2**24, proxy=None) as socket, Client(socket) as client:
        first = {**INITIATION, "conversation_config_override": override or {}, **initiation}
        await client.send(first)
        await client.expect("conversation_initiation_metadata")
        yield client


class PacedMicrophone:
    """Sends chunks in real time: what it was given to say, silence in between."""

    def __init__(self, size: int, silence: bytes = b"\0") -> None:
        """`size` of a chunk in bytes; what a byte of `silence` is."""
        self._size = size
        self._silence = silence
        self._speech = b""
        self.speech_ended_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def say(self, sound: bytes) -> None:
        self._speech += sound

    async def send(self, chunk: bytes) -> None:
        raise NotImplementedError

    async def _run(self) -> None:
        due = time.monotonic()
        while True:
            chunk, self._speech = self._speech[: self._size], self._speech[self._size :]
            await self.send(chunk.ljust(self._size, self._silence))
            if chunk and not self._speech:
                self.speech_ended_at = time.monotonic()
            due += CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - time.monotonic()))


class Microphone(PacedMicrophone):
    def __init__(self, client: Client, rate: int = RATE, odd: int = 0) -> None:
        """`odd`: so many bytes more in each chunk."""
        super().__init__(rate * 2 * CHUNK_MS // 1000 + odd)
        self._client = client

    async def send(self, chunk: bytes) -> None:
        await self._client.send({"user_audio_chunk": base64.b64encode(chunk).decode()})


def words(text: str) -> list[str]:
    """Lower case, without punctuation and hyphens, for comparing what was said and heard."""
    return "".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split()
