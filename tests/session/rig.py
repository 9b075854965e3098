"""A session in this process, with a real journal, against real servers on loopback."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection, serve

from tui.analysis.entry import Entry, EntryStream
from tui.events import Event
from tui.journal.reader import JournalReader
from tui.journal.record import audio_path
from tui.journal.redact import Redactor
from tui.journal.writer import create
from tui.notices import Notice
from tui.plan import Audio, Plan
from tui.providers import open_codec, secret_shapes
from tui.session.local_agent import LocalAgent
from tui.session.pipes import NoticeSender
from tui.session.recorder import open_writer
from tui.session.session import Session

METADATA = {
    "type": "conversation_initiation_metadata",
    "conversation_initiation_metadata_event": {
        "conversation_id": "conv_1",
        "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
    },
}


class LastNotice(NoticeSender):
    """Keeps the newest notice instead of writing it to a pipe."""

    def __init__(self) -> None:
        self.notice = Notice()

    def send(self, notice: Notice) -> None:
        self.notice = notice


class Rig:
    def __init__(self, plan: Plan, agent: LocalAgent | None = None) -> None:
        self.path = Path(plan.journal)
        redact = Redactor(shapes=secret_shapes(plan.provider))
        self._writer = open_writer(plan, redact)
        self.session = Session(plan, self._writer, redact, agent)
        self.notices = LastNotice()
        self.reader = JournalReader.open(self.path)
        self._stream = EntryStream(self.reader, lambda: open_codec(plan.provider))
        self.entries: list[Entry] = []
        self._closed = False

    def close(self) -> None:
        """Read the rest, and give the files back."""
        self.read()
        self._closed = True
        self._writer.close()
        self.reader.close()

    def read(self) -> list[Entry]:
        if not self._closed:
            self.reader.refresh()
            self.entries += self._stream.advance()
        return self.entries

    async def until(
        self, reached: Callable[[], object], what: str = "", timeout: float = 100.0
    ) -> None:
        """Wait until `reached` is true of what is on record; a failure shows the record."""
        end = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > end:
                told = "\n".join(f"{e.direction} {e.kind} {e.events}" for e in self.read()[-30:])
                raise AssertionError(f"never: {what}\n{self.notices.notice}\n{told}")
            await asyncio.sleep(0.005)

    async def event(self, kind: type[Event], timeout: float = 100.0) -> Any:
        """The first event of `kind` on record, waited for."""
        await self.until(lambda: self.all(kind), kind.__name__, timeout)
        return self.all(kind)[0]

    def all(self, kind: type[Event]) -> list[Any]:
        return [e for entry in self.read() for e in entry.events if isinstance(e, kind)]

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.read()]


def plan_for(folder: Path, **changes: Any) -> Plan:
    """A text-only plan with a journal in `folder`; keys of `[audio]` and `[session]` go by their
    own names: `enabled=True` is one with sound."""
    journal = folder / "call.jsonl"
    audio = audio_path(journal)
    for path in (journal, audio):
        create(path)
    base = Plan(
        provider="elevenlabs",
        journal=str(journal),
        journal_audio=str(audio),
        agent_id="agent_1",
        audio=Audio(enabled=False, detector="energy"),
    )
    for section in ("audio", "session"):
        keys = changes.keys() & set(getattr(base, section).__struct_fields__)
        own = {key: changes.pop(key) for key in keys}
        base = replace(base, **{section: replace(getattr(base, section), **own)})
    assert changes.keys().isdisjoint({"audio", "session"})
    return replace(base, **changes)


@asynccontextmanager
async def running(plan: Plan, agent: LocalAgent | None = None) -> AsyncIterator[Rig]:
    """A session that runs, with its embedded agent where it has one; it is quit at the end and
    must then end by itself."""
    rig = Rig(plan, agent)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(rig.session.run(rig.notices))
        await asyncio.sleep(0)
        try:
            yield rig
        finally:
            rig.session.end()
            await asyncio.wait_for(task, 50)
            rig.close()


Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def agent_server(handler: Handler, limit_s: float = 200) -> AsyncIterator[str]:
    """A WebSocket server that reads the initiation, sends the metadata and then is `handler`.

    Yields its base URL. No subprotocol, like the real one when none is offered.
    """

    async def converse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps(METADATA))
        async with asyncio.timeout(limit_s):  # a test that failed must not wait for its own agent
            await handler(socket)

    async with serve(converse, "127.0.0.1", 0, compression=None) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def send(socket: ServerConnection, frame: dict[str, Any]) -> None:
    await socket.send(json.dumps(frame))


async def receive(socket: ServerConnection, kind: str, limit_s: float = 100) -> dict[str, Any]:
    """The next frame of `kind`, others passed over."""
    async with asyncio.timeout(limit_s):
        async for text in socket:
            frame: dict[str, Any] = json.loads(text)
            if frame.get("type", "user_audio_chunk") == kind:
                return frame
    raise AssertionError(f"the client closed before it sent {kind}")


@asynccontextmanager
async def http_server(status: int, body: Any = None, **headers: str) -> AsyncIterator[str]:
    """Answers everything alike; yields its base URL."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
