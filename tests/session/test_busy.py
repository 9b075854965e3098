"""Servers with too many callers: waited for as they ask, and not for ever."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

import pytest
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.session.rig import METADATA, plan_for, running
from tui.commands import Connect, HangUp
from tui.events import ConversationStarted, LinkFailed, LinkRetrying
from tui.notices import CallState
from tui.session import retry
from tui.session.failures import asked_to_wait_ms

KEY_ENV = "TEST_VOICESCOPE_KEY"


class Crowded:
    """Refuses the first `refusals` handshakes with 429."""

    def __init__(self, refusals: int, retry_after: str = "") -> None:
        self.refusals = refusals
        self.retry_after = retry_after
        self.tries = 0
        self.url = ""

    def refusing(self) -> bool:
        self.tries += 1
        return self.tries <= self.refusals

    def handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        if "/agents/" in request.path:  # a question about the agent, no call
            return socket.respond(HTTPStatus.NOT_FOUND, "")
        if not self.refusing():
            return None
        response = socket.respond(HTTPStatus.TOO_MANY_REQUESTS, "later\n")
        if self.retry_after:
            response.headers["Retry-After"] = self.retry_after
        return response

    async def converse(self, socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps(METADATA))
        await socket.wait_closed()


@asynccontextmanager
async def crowded(refusals: int, retry_after: str = "") -> AsyncIterator[Crowded]:
    crowd = Crowded(refusals, retry_after)
    async with serve(
        crowd.converse, "127.0.0.1", 0, process_request=crowd.handshake, compression=None
    ) as server:
        crowd.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield crowd


async def test_it_is_waited_for_and_said_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "BUSY_MS", 50)
    async with crowded(2) as crowd, running(plan_for(tmp_path, base_url=crowd.url)) as rig:
        rig.session.handle(Connect())
        await rig.event(ConversationStarted)
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
    told = rig.all(LinkRetrying)
    assert [retrying.attempt for retrying in told] == [1, 2]
    assert [50 <= told[0].delay_ms <= 60, 100 <= told[1].delay_ms <= 120] == [True, True]
    assert all("HTTP 429" in retrying.reason for retrying in told)


async def test_three_refusals_in_a_row_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "BUSY_MS", 20)
    async with crowded(99) as crowd, running(plan_for(tmp_path, base_url=crowd.url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "given up")
        assert "too many calls at once" in rig.notices.notice.detail
        assert crowd.tries == retry.QUICK_FAILURES == len(rig.all(LinkFailed))


async def test_without_leave_it_is_not_waited_for(tmp_path: Path) -> None:
    async with crowded(99) as crowd:
        plan = plan_for(tmp_path, base_url=crowd.url, reconnect=False)
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
    assert not rig.all(LinkRetrying) and crowd.tries == 1


@pytest.mark.parametrize(("asked", "least_ms", "most_ms"), [("7", 7000, 8400), ("9999", 0, 30000)])
async def test_the_pause_that_it_asks_for_is_kept_and_capped(
    tmp_path: Path, asked: str, least_ms: int, most_ms: int
) -> None:
    async with crowded(1, asked) as crowd:
        async with running(plan_for(tmp_path, base_url=crowd.url)) as rig:
            rig.session.handle(Connect())
            retrying = await rig.event(LinkRetrying)
            assert (least_ms or most_ms) <= retrying.delay_ms <= most_ms
            await rig.until(lambda: rig.notices.notice.retry_at_ns, "waiting")
            assert "HTTP 429" in rig.notices.notice.detail
            assert "connection was lost" not in rig.notices.notice.detail
            rig.session.handle(HangUp())
            await rig.until(lambda: rig.notices.notice.state is CallState.IDLE, "idle")
    assert crowd.tries == 1


async def test_a_signed_url_is_waited_for_as_well_and_the_agent_asked_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "BUSY_MS", 20)
    monkeypatch.setenv(KEY_ENV, "any")
    asked: list[str] = []

    async def api(request: web.Request) -> web.Response:
        asked.append(request.path.rpartition("/")[2])
        if asked.count("get-signed-url") == 1:
            detail = {"detail": {"status": "too_many", "message": "Busy."}}
            return web.json_response(detail, status=429, headers={"Retry-After": "0"})
        signed = crowd.url.replace("http", "ws")
        return web.json_response({"signed_url": signed})

    app = web.Application()
    app.router.add_get("/{path:.*}", api)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with crowded(0) as crowd:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with running(plan_for(tmp_path, base_url=url, api_key_env=KEY_ENV)) as rig:
            rig.session.handle(Connect())
            await rig.event(ConversationStarted)
    await runner.cleanup()
    assert "HTTP 429: Busy." in rig.all(LinkRetrying)[0].reason
    assert asked.count("get-signed-url") == 2 and "agent_1" in asked


def test_what_a_server_may_answer() -> None:
    assert asked_to_wait_ms(503, "7") is None
    assert asked_to_wait_ms(429, " 7 ") == 7000
    for nothing in (None, "", "soon", "-3", "7.5", "²"):
        assert asked_to_wait_ms(429, nothing) == 0
    assert asked_to_wait_ms(429, "9" * 5000) == 999_999_999_000
    in_a_minute = asked_to_wait_ms(429, formatdate(time.time() + 60, usegmt=True))
    assert in_a_minute is not None and 50_000 < in_a_minute <= 60_000
    assert asked_to_wait_ms(429, "Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert asked_to_wait_ms(429, "Wed, 21 Oct 99999 07:28:00 GMT") == 0
