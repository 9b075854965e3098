"""A session process of its own on a virtual sound card, in a call with a scripted agent.

What kills or freezes a sound server must not meet PortAudio in the process of the tests.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection

from tests.audio.fakes import Samples
from tests.session.rig import agent_server, plan_for
from tui.analysis.entry import Entry, EntryStream
from tui.audio.level import dbfs
from tui.commands import Command, Connect
from tui.events import ConversationStarted, Event
from tui.journal.reader import JournalReader
from tui.notices import Notice
from tui.providers import open_codec
from tui.session.process import SessionProcess

RATE = 16_000


class Live:
    """What is on record of the call, what the agent got, and how to go on."""

    def __init__(self, process: SessionProcess, journal: Path, socket: ServerConnection) -> None:
        self.process = process
        self.notice = Notice()
        self.heard_dbfs = list[float]()
        """Level of each chunk that the agent got."""
        self.heard_ns = list[tuple[int, int]]()
        """When each of them came, and its loudest sample."""
        self._socket = socket
        self._reader = JournalReader.open(journal)
        self._stream = EntryStream(self._reader, lambda: open_codec("elevenlabs"))
        self._entries: list[Entry] = []

    def handle(self, command: Command) -> None:
        self.process.send(command)

    async def say(self, pcm: Samples, event_id: int) -> None:
        """The agent speaks; 16 kHz."""
        for at in range(0, len(pcm), RATE // 4):
            audio = base64.b64encode(pcm[at : at + RATE // 4].tobytes()).decode()
            payload = f'{{"audio_base_64": "{audio}", "event_id": {event_id}}}'
            await self._socket.send(f'{{"type": "audio", "audio_event": {payload}}}')

    async def interrupt(self, event_id: int) -> None:
        payload = f'{{"type": "interruption", "interruption_event": {{"event_id": {event_id}}}}}'
        await self._socket.send(payload)

    def all(self, kind: type[Event]) -> list[Any]:
        self._reader.refresh()
        self._entries += self._stream.advance()
        return [e for entry in self._entries for e in entry.events if isinstance(e, kind)]

    async def until(self, reached: Callable[[], object], what: str, timeout: float = 100) -> None:
        end = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > end:
                told = [e.events for e in self._entries if e.kind != "user_audio_chunk"]
                raise AssertionError(f"never: {what}\n{self.notice}\n{told[-30:]}")
            await asyncio.sleep(0.01)

    async def event(self, kind: type[Event], count: int = 1, timeout: float = 100) -> Any:
        """The `count`th event of that kind, waited for."""
        await self.until(
            lambda: len(self.all(kind)) >= count, f"{count} × {kind.__name__}", timeout
        )
        return self.all(kind)[count - 1]

    async def listen(self) -> None:
        async for text in self._socket:
            if "user_audio_chunk" in text:
                chunk = str(text).split('"')[3]
                pcm = np.frombuffer(base64.b64decode(chunk), "<i2")
                self.heard_dbfs.append(dbfs(pcm))
                self.heard_ns.append((time.monotonic_ns(), int(np.abs(pcm).max(initial=0))))

    async def watch(self) -> None:
        async for notice in self.process.notices():
            self.notice = notice


@asynccontextmanager
async def live_call(folder: Path, limit_s: float = 200, **changes: Any) -> AsyncIterator[Live]:
    """A call that is under way; the session must end by itself at the end."""
    arrived: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def agent(socket: ServerConnection) -> None:
        arrived.set_result(socket)
        await over.wait()

    async with agent_server(agent, limit_s) as url, asyncio.TaskGroup() as group:
        plan = plan_for(folder, base_url=url, enabled=True, **changes)
        process = SessionProcess(plan, folder / "session.log")
        try:
            process.send(Connect())
            socket = await asyncio.wait_for(arrived, 100)
            live = Live(process, Path(plan.journal), socket)
            tasks = [group.create_task(live.listen()), group.create_task(live.watch())]
            await live.event(ConversationStarted)
            yield live
        finally:
            began = time.monotonic()
            await process.close()
            over.set()
            assert process.exit_code == 0, (folder / "session.log").read_text()[-3000:]
            assert time.monotonic() - began < 25
        for task in tasks:
            task.cancel()
