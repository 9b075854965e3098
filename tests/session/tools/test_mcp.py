"""Tools of the agent's own servers that wait for the user's word."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from tests.agent.helpers import AgentProcess
from tests.session.rig import agent_server, plan_for, running, send
from tests.session.staged import staged
from tui.commands import Connect, DecideTool, HangUp, SendText
from tui.events import (
    AgentResponded,
    LinkClosed,
    McpAnswered,
    McpToolChanged,
    Noted,
    ToolAsked,
    ToolDecided,
)
from tui.session.tools import approvals as tool_mcp


@pytest.mark.parametrize("approved", [True, False])
async def test_the_local_agent_gets_the_users_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess, approved: bool
) -> None:
    async with staged(tmp_path, monkeypatch, agent.socket_url()) as rig:
        await rig.event(AgentResponded)
        rig.session.handle(SendText(text="search the library for bells"))
        await rig.until(lambda: rig.notices.notice.pending_tools, "the question")
        pending = rig.notices.notice.pending_tools[0]
        assert (pending.name, pending.server) == ("search", "library")
        assert json.loads(pending.arguments) == {"query": "bells"}
        assert 200e9 < pending.deadline_ns - time.monotonic_ns() <= 300e9
        rig.session.handle(DecideTool(call_id=pending.call_id, approved=approved))
        assert (await rig.event(McpAnswered)).approved is approved
        last = "success" if approved else "failure"
        await rig.until(lambda: rig.all(McpToolChanged)[-1].state == last, last)
        await rig.until(lambda: not rig.notices.notice.pending_tools, "the answered question")
    assert [(d.approved, d.by) for d in rig.all(ToolDecided)] == [(approved, "user")]


async def test_always_a_call_that_moves_on_and_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="row-mcp-approval")
    async with staged(tmp_path, monkeypatch, url) as rig:
        await rig.until(lambda: rig.session._tools.pending, "the first")
        rig.session.handle(DecideTool(call_id="mcp_1", approved=True, always=True))
        await rig.until(lambda: rig.notices.notice.pending_tools, "another tool")
        await rig.until(
            lambda: [pending.call_id for pending in rig.session._tools.pending] == ["mcp_4"],
            "the last alone",
        )
        await rig.event(LinkClosed)
        assert not rig.session._tools.pending
    assert [asked.call_id for asked in rig.all(ToolAsked)] == ["mcp_1", "mcp_3", "mcp_4"]
    assert [(d.call_id, d.approved, d.by) for d in rig.all(ToolDecided)] == [
        ("mcp_1", True, "user"),
        ("mcp_2", True, "user"),  # `always` is of this tool of this server
        ("mcp_4", False, "timeout"),
    ]
    answers = [(told.call_id, told.approved) for told in rig.all(McpAnswered)]
    assert answers == [("mcp_1", True), ("mcp_2", True), ("mcp_4", False)]


def waiting(call_id: str, **more: object) -> dict[str, object]:
    call = {"service_id": "s", "tool_call_id": call_id, "tool_name": "t", "parameters": {}}
    return {"type": "mcp_tool_call", "mcp_tool_call": call | {"state": "awaiting_approval"} | more}


async def test_hanging_up_clears_it_and_says_nothing(tmp_path: Path) -> None:
    told: list[str] = []

    async def converse(socket: ServerConnection) -> None:
        await send(socket, waiting("m1"))
        await send(socket, waiting("m1"))  # told twice, asked once
        told.extend([str(text) async for text in socket])

    async with agent_server(converse) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(ToolAsked)
        await rig.until(lambda: len(rig.all(McpToolChanged)) == 2, "both")
        rig.session.handle(HangUp())
        await rig.event(LinkClosed)
        await rig.until(lambda: not rig.notices.notice.pending_tools, "no question")
    assert [(d.call_id, d.approved, d.by) for d in rig.all(ToolDecided)] == [
        ("m1", False, "hang-up")
    ]
    assert len(rig.all(ToolAsked)) == 1 and not told


async def test_a_flood_a_repeated_id_and_an_odd_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool_mcp, "AT_ONCE", 2)
    answered = asyncio.Event()

    async def converse(socket: ServerConnection) -> None:
        await send(socket, waiting("m0", approval_timeout_secs=-5))
        await answered.wait()
        await send(socket, waiting("m0"))
        for number in range(1, 5):
            await send(socket, waiting(f"m{number}", approval_timeout_secs=10**18))
        await socket.wait_closed()

    async with agent_server(converse) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(McpAnswered)
        answered.set()
        await rig.until(lambda: len(rig.all(McpAnswered)) == 3, "two refusals")
        await rig.until(lambda: len(rig.notices.notice.pending_tools) == 2, "two questions")
    assert [d.by for d in rig.all(ToolDecided)] == ["timeout", "rule", "rule", "hang-up", "hang-up"]
    assert ["again" in note.text for note in rig.all(Noted)] == [True]
