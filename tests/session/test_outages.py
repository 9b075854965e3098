"""Several outages of different kinds in one session: each is followed by a live conversation."""

import asyncio
import json
import os
import socket as sockets
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from tests.session.rig import METADATA, Rig, plan_for, running, send
from tui.commands import Connect, SendText
from tui.events import (
    AgentResponded,
    Closer,
    ContextSent,
    ConversationStarted,
    LinkClosed,
    LinkRetrying,
    TextSent,
)
from tui.notices import CallState
from tui.session import link, retry


class Agent:
    """Says its conversation's number, at a port that it keeps over restarts."""

    def __init__(self) -> None:
        self.port = 0
        self.conversations: list[ServerConnection] = []
        self._server: Server | None = None

    async def start(self) -> None:
        self._server = await serve(self._converse, "127.0.0.1", self.port, compression=None)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close(code=1012, reason="service restart")
        await self._server.wait_closed()

    async def _converse(self, socket: ServerConnection) -> None:
        await socket.recv()
        self.conversations.append(socket)
        await socket.send(json.dumps(METADATA))
        number = len(self.conversations)
        event = {"agent_response": f"This is number {number}.", "event_id": 1}
        await send(socket, {"type": "agent_response", "agent_response_event": event})
        async for text in socket:
            if "Still there?" in str(text):
                event = {"agent_response": "Yes.", "event_id": 2}
                await send(socket, {"type": "agent_response", "agent_response_event": event})

    # ── Outages ──────────────────────────────────────────────────────────────────────────────────

    async def reset(self) -> None:
        """RST: what a router or a firewall sends that has lost the connection."""
        transport = self.conversations[-1].transport
        raw = transport.get_extra_info("socket")
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    async def finish(self) -> None:
        """FIN without a close frame: the process at the other end was killed."""
        transport = self.conversations[-1].transport
        transport.get_extra_info("socket").shutdown(sockets.SHUT_WR)

    async def restart(self) -> None:
        await self.stop()
        await asyncio.sleep(0.5)
        await self.start()

    async def fall_silent(self) -> None:
        """Half-open: the connection stands, and nothing comes any more, pongs included."""
        self.conversations[-1].transport.pause_reading()


@asynccontextmanager
async def an_agent() -> AsyncIterator[Agent]:
    agent = Agent()
    await agent.start()
    yield agent
    for socket in agent.conversations:
        socket.transport.abort()
    await agent.stop()


def stands_for(rig: Rig, seconds: float) -> bool:
    """So long after the last thing on record."""
    return time.monotonic_ns() - rig.read()[-1].time_ns > seconds * 1e9


async def again_live(rig: Rig, number: int) -> None:
    await rig.until(lambda: len(rig.all(ConversationStarted)) == number, f"conversation {number}")
    await rig.until(lambda: len(rig.all(AgentResponded)) == number, f"reply {number}")
    await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
    rig.session.handle(SendText(text=f"Question {number}"))
    await rig.until(lambda: len(rig.all(TextSent)) == number, f"text {number}")


async def test_each_outage_ends_in_a_live_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "QUICK_MS", 0)  # as after long conversations
    monkeypatch.setattr(link, "GIVE_UP_S", 0.8)
    monkeypatch.setattr(link, "PING_S", 0.1)
    async with an_agent() as agent:
        outages: list[Callable[[], Any]] = [
            agent.reset,
            agent.finish,
            agent.restart,
            agent.fall_silent,
            agent.reset,
            agent.finish,
        ]
        plan = plan_for(tmp_path, base_url=f"http://127.0.0.1:{agent.port}")
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await again_live(rig, 1)
            open_before, tasks_before = open_files(), len(asyncio.all_tasks())
            for number, outage in enumerate(outages, 2):
                await outage()
                await again_live(rig, number)
            # The agent itself still holds the connection that fell silent, with its tasks.
            assert open_files() <= open_before + 2
            assert len(asyncio.all_tasks()) <= tasks_before + 4
    ended = rig.all(LinkClosed)
    assert [e.by for e in ended] == [Closer.ERROR] * len(outages) + [Closer.USER]
    assert [e.code for e in ended] == [1006, 1006, 1012, 1006, 1006, 1006, 1000]
    firsts = [told for told in rig.all(LinkRetrying) if told.attempt == 1]
    assert len(firsts) == len(outages)  # each outage begins the count anew
    assert all(told.delay_ms <= 300 for told in firsts)
    updates = [told.text for told in rig.all(ContextSent)]
    assert len(updates) == len(outages)
    assert "This is number 1." in updates[-1] and f"Question {len(outages)}" in updates[-1]


async def test_a_dead_connection_is_given_up_at_its_time_not_at_the_next_ping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "GIVE_UP_S", 0.5)
    monkeypatch.setattr(link, "PING_S", 1000)
    async with an_agent() as agent:
        plan = plan_for(tmp_path, base_url=f"http://127.0.0.1:{agent.port}", reconnect=False)
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await again_live(rig, 1)
            await agent.fall_silent()
            closed: LinkClosed = await rig.event(LinkClosed, timeout=30)
            assert (closed.by, closed.code) == (Closer.ERROR, 1006)


async def test_a_standstill_of_our_own_is_no_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after SIGSTOP, or a laptop's lid: the agent is asked before it is given up."""
    monkeypatch.setattr(link, "GIVE_UP_S", 0.6)
    monkeypatch.setattr(link, "PING_S", 0.1)
    async with an_agent() as agent:
        plan = plan_for(tmp_path, base_url=f"http://127.0.0.1:{agent.port}")
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await again_live(rig, 1)
            time.sleep(0.9)  # noqa: ASYNC251  the whole loop, timers and sockets
            rig.session.handle(SendText(text="Still there?"))
            await rig.until(lambda: len(rig.all(AgentResponded)) == 2, "an answer")
            await rig.until(lambda: stands_for(rig, 0.5), "half a second more")
            assert not rig.all(LinkClosed) and len(agent.conversations) == 1


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.exists() else 0
