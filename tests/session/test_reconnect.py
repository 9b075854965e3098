"""A network that fails in a call: tried again where that may help, and never where it cannot."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.session.rig import METADATA, agent_server, plan_for, receive, running, send
from tui.commands import Connect, HangUp, SendText
from tui.errors import LinkError
from tui.events import (
    AgentCorrected,
    AgentResponded,
    Closer,
    ContextSent,
    ConversationStarted,
    LinkClosed,
    LinkOpening,
    LinkRetrying,
)
from tui.events.sent import LOST, RENEWED
from tui.notices import CallState
from tui.providers import provider_of
from tui.session import retry
from tui.session.handover import LIMIT, Handover
from tui.session.retry import Retry

Agent = Callable[[ServerConnection], Awaitable[None]]


def said(text: str) -> dict[str, object]:
    event = {"agent_response": text, "event_id": 1}
    return {"type": "agent_response", "agent_response_event": event}


@pytest.mark.parametrize("code", [1006, 1001, 1011, 1012, 1013])
async def test_a_broken_conversation_is_tried_again_and_told_what_was_said(
    tmp_path: Path, code: int
) -> None:
    told: list[object] = []
    sockets: list[ServerConnection] = []

    async def agent(socket: ServerConnection) -> None:
        sockets.append(socket)
        if len(sockets) > 1:
            told.append(await receive(socket, "contextual_update"))
            await socket.wait_closed()
            return
        await send(socket, said("We were at step three."))
        await receive(socket, "user_message")
        if code == 1006:
            socket.transport.abort()
        else:
            await socket.close(code, "going away")

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(AgentResponded)
        rig.session.handle(SendText(text="And then?"))
        closed = await rig.event(LinkClosed)
        await rig.until(lambda: len(rig.all(ConversationStarted)) == 2, "the next conversation")
        retrying = rig.all(LinkRetrying)[0]
        await rig.event(ContextSent)
        await rig.until(lambda: told, "the hand-over")
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live again")
        assert rig.notices.notice.retry_attempt == 0
    assert (closed.by, closed.code) == (Closer.ERROR, code)
    assert retrying.attempt == 1 and retrying.delay_ms <= 300
    assert len(rig.all(LinkOpening)) == 2
    update = told[0]
    assert isinstance(update, dict)
    assert "Agent: We were at step three." in update["text"]
    assert "User: And then?" in update["text"]


async def test_without_leave_it_is_not_tried_again_and_nothing_is_handed_over(
    tmp_path: Path,
) -> None:
    async def agent(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with agent_server(agent) as url:
        plan = plan_for(tmp_path, base_url=url, reconnect=False)
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(LinkClosed)
            await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
            await asyncio.sleep(0.4)
            assert len(rig.all(LinkOpening)) == 1 and not rig.all(LinkRetrying)


async def test_accept_then_refuse_is_not_tried_again(tmp_path: Path) -> None:
    attempts: list[object] = []

    async def agent(socket: ServerConnection) -> None:
        attempts.append(socket)
        await socket.close(1008, "Missing required dynamic variables in tools: {'name'}")

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(LinkClosed)
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        await asyncio.sleep(0.5)
        detail = rig.notices.notice.detail
    assert len(attempts) == 1 and not rig.all(LinkRetrying)
    assert "1008" in detail and "{'name'}" in detail and "--var" in detail


async def test_accept_then_drop_stops_after_three_with_words(tmp_path: Path) -> None:
    attempts: list[object] = []

    async def agent(socket: ServerConnection) -> None:
        attempts.append(socket)
        socket.transport.abort()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        await asyncio.sleep(0.5)
        assert len(attempts) <= 4
        assert "1006" in rig.notices.notice.detail and "call again" in rig.notices.notice.detail
        rig.session.handle(Connect())
        await rig.until(lambda: len(attempts) > 4, "the user's own try")


async def test_a_server_that_is_away_is_found_within_a_second_of_its_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "QUICK_MS", 0)  # as after a long conversation

    async def converse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps(METADATA))
        await socket.wait_closed()

    server = await serve(converse, "127.0.0.1", 0, compression=None)
    port = server.sockets[0].getsockname()[1]
    plan = plan_for(tmp_path, base_url=f"http://127.0.0.1:{port}")
    async with running(plan) as rig:
        rig.session.handle(Connect())
        await rig.event(ConversationStarted)
        server.close()
        for socket in list(server.connections):
            socket.transport.abort()
        await server.wait_closed()
        await rig.event(LinkRetrying)
        await asyncio.sleep(2)
        async with serve(converse, "127.0.0.1", port, compression=None):
            began = time.monotonic()
            await rig.until(lambda: len(rig.all(ConversationStarted)) == 2, "back")
            assert time.monotonic() - began < 10  # one is meant; the rest is a loaded machine
            await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
            assert rig.notices.notice.retry_at_ns == 0


async def test_hanging_up_and_hurrying_while_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_MS", 60_000)
    monkeypatch.setattr(retry, "USUAL_CAP_MS", 60_000)

    async def agent(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with agent_server(agent) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.retry_at_ns, "waiting")
        assert rig.notices.notice.retry_attempt == 1
        assert rig.notices.notice.state is CallState.CONNECTING
        rig.session.handle(Connect())
        await rig.until(lambda: len(rig.all(LinkRetrying)) == 2, "hurried", timeout=30)
        await rig.until(lambda: rig.notices.notice.retry_attempt == 2, "waiting again")
        began = time.monotonic()
        rig.session.handle(HangUp())
        await rig.until(lambda: rig.notices.notice.state is CallState.IDLE, "idle")
        assert time.monotonic() - began < 5
        assert rig.notices.notice.retry_at_ns == 0


async def test_a_reset_server_that_never_answers_again_is_left_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused again and again: tries are numbered, bounded, and the last word says why."""
    monkeypatch.setattr(retry, "MAX_TRIES", 4)
    monkeypatch.setattr(retry, "USUAL_CAP_MS", 50)

    async def agent(socket: ServerConnection) -> None:
        await receive(socket, "user_message")
        socket.transport.abort()

    async with agent_server(agent) as url:
        session = running(plan_for(tmp_path, base_url=url))
        rig = await session.__aenter__()
        rig.session.handle(Connect())
        await rig.event(ConversationStarted)
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
    # The server is gone by now, and has closed with 1001 or not at all.
    try:
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "given up")
        assert [told.attempt for told in rig.all(LinkRetrying)] == [1, 2, 3, 4]
        assert "refused the connection" in rig.notices.notice.detail
    finally:
        await session.__aexit__(None, None, None)


# ── The rules by themselves ─────────────────────────────────────────────────────────────────────


def lost(code: int, reason: str = "", by: Closer = Closer.ERROR) -> LinkClosed:
    return LinkClosed(by=by, code=code, reason=reason, elapsed_ms=1)


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1007, 1008, 1009, 3008, 4300])
def test_codes_that_end_it(code: int) -> None:
    assert Retry().closed(lost(code), 60_000) is None


def test_what_the_user_or_the_agent_ended_stays_ended() -> None:
    assert Retry().closed(lost(1006, by=Closer.USER), 60_000) is None
    assert Retry().closed(lost(1000, by=Closer.AGENT), 60_000) is None
    reason = "Conversation has exceeded maximum duration"
    assert provider_of("elevenlabs").closes(1011, reason).final


def test_pauses_grow_to_the_cap_and_a_long_life_forgives() -> None:
    tries = Retry(jitter=lambda low, high: high)
    gone = LinkError("gone", "wait", transient=True)
    assert tries.closed(lost(1006), 60_000) == 250
    pauses = [tries.failed(gone) for _ in range(50)]
    assert pauses[:3] == [500, 1000, 1000]
    assert max(pause or 0 for pause in pauses) == 2000
    assert pauses[-1] is None
    assert tries.closed(lost(1006), 60_000) == 250


def test_a_first_try_that_fails_and_a_refusal_are_final() -> None:
    assert Retry().failed(LinkError("gone", "wait", transient=True)) is None
    tries = Retry()
    tries.closed(lost(1006), 60_000)
    assert tries.failed(LinkError("no valid certificate", "check")) is None


def test_memory_is_bounded_corrected_and_newest_first() -> None:
    handover = Handover()
    for number in range(200):
        handover.observe(AgentResponded(text=f"{number} " + "x" * 90, reply_id=number))
    text = handover.handover()
    assert len(text) <= LIMIT and text.endswith("x") and "199 x" in text and " 1 x" not in text
    assert text.startswith(LOST) and handover.handover(RENEWED).startswith(RENEWED)
    handover.observe(
        AgentCorrected(original="199 " + "x" * 90, corrected="199 heard", reply_id=199)
    )
    assert handover.handover().endswith("Agent: 199 heard")
    handover.forget()
    assert handover.handover() == ""
