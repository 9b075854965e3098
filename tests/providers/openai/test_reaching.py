"""A session against servers of this protocol: what they are sent of us, and how their ends read."""

import asyncio
import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from tests.session.rig import plan_for, running
from tui.commands import Connect, HangUp
from tui.events import Closer, ConversationStarted, LinkClosed, LinkFailed, LinkOpened, Noted
from tui.journal.redact import Redactor
from tui.notices import CallState
from tui.plan import Plan
from tui.providers import secret_shapes
from tui.session.link import CLOSE_S
from tui.setup import Setup

KEY = "sk-proj-canary0123456789"
SECRET = "ek_canary9876543210"
KEY_ENV = "TEST_OPENAI_KEY"
SESSION = {
    "type": "realtime",
    "id": "sess_1",
    "model": "gpt-realtime-2.1",
    "output_modalities": ["audio"],
    "audio": {
        "input": {"format": {"type": "audio/pcm", "rate": 24000}},
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
    },
}
Ending = Callable[[web.WebSocketResponse], Awaitable[None]]


class Server:
    """Opens a session, notes what it is sent, and ends as it is told."""

    def __init__(self, ending: Ending | None) -> None:
        self.ending = ending
        self.requests: list[web.Request] = []
        self.frames: list[dict[str, Any]] = []
        self.minted: list[tuple[dict[str, str], Any]] = []
        self.url = ""

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        self.requests.append(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "session.created", "event_id": "e1", "session": SESSION})
        if self.ending is not None:
            await self.ending(socket)
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            self.frames.append(json.loads(message.data))
        return socket

    async def mint(self, request: web.Request) -> web.Response:
        self.minted.append((dict(request.headers), await request.json()))
        return web.json_response({"value": SECRET, "expires_at": 1, "session": SESSION})


@asynccontextmanager
async def server(ending: Ending | None = None) -> AsyncIterator[Server]:
    told = Server(ending)
    app = web.Application()
    app.router.add_get("/v1/realtime", told.converse)
    app.router.add_post("/v1/realtime/client_secrets", told.mint)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield told
    finally:
        await runner.cleanup()


def plan(folder: Path, url: str, **changes: Any) -> Plan:
    base: dict[str, Any] = {"api_key_env": KEY_ENV, "agent_id": "gpt-realtime-2.1"}
    return plan_for(folder, provider="openai", base_url=url, **(base | changes))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)


def kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_a_server_sees_the_key_who_pays_and_the_model_and_nothing_of_the_beta(
    tmp_path: Path,
) -> None:
    section = {"organization": "org-1", "project": "proj_1"}
    async with server() as told, running(plan(tmp_path, told.url, section=section)) as rig:
        rig.session.handle(Connect(setup=Setup(llm="gpt-realtime-2.1-mini")))
        await rig.event(ConversationStarted)
        assert rig.notices.notice.target.endswith("/gpt-realtime-2.1-mini")
    (request,) = told.requests
    assert request.query_string == "model=gpt-realtime-2.1-mini"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["OpenAI-Organization"] == "org-1"
    assert request.headers["OpenAI-Project"] == "proj_1"
    assert "OpenAI-Beta" not in request.headers
    assert "Sec-WebSocket-Protocol" not in request.headers
    assert KEY.encode() not in kept(tmp_path)


async def test_without_a_key_a_given_address_is_called_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_ENV)
    async with server() as told, running(plan(tmp_path, told.url)) as rig:
        rig.session.handle(Connect())
        await rig.event(ConversationStarted)
    assert "Authorization" not in told.requests[0].headers


@pytest.mark.parametrize("has_key", [True, False])
async def test_beyond_this_machine_only_a_call_without_a_key_goes_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_key: bool
) -> None:
    """As where a server stands in the same house: the address says ws:// on purpose."""
    for module in ("session.connect", "providers.openai.endpoint"):
        monkeypatch.setattr(f"tui.{module}.is_loopback", lambda _: False)
    if not has_key:
        monkeypatch.delenv(KEY_ENV)
    async with server() as told, running(plan(tmp_path, told.url)) as rig:
        rig.session.handle(Connect())
        event = await rig.event(LinkFailed if has_key else ConversationStarted)
    assert len(told.requests) == (not has_key)
    assert not has_key or "would be readable on the way" in event.reason


async def test_a_minted_secret_takes_the_place_of_the_key_and_is_on_no_record(
    tmp_path: Path,
) -> None:
    section = {"mint": True, "organization": "org-1"}
    async with server() as told, running(plan(tmp_path, told.url, section=section)) as rig:
        rig.session.handle(Connect())
        await rig.event(ConversationStarted)
    (headers, body), (request,) = told.minted[0], told.requests
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body["session"]["model"] == "gpt-realtime-2.1"
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert "OpenAI-Organization" not in request.headers
    assert KEY.encode() not in kept(tmp_path) and SECRET.encode() not in kept(tmp_path)


def erring(code: str, close: int) -> Ending:
    async def ending(socket: web.WebSocketResponse) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": "No."}
        await socket.send_json({"type": "error", "event_id": "e2", "error": error})
        await socket.close(code=close, message=b"")

    return ending


@pytest.mark.parametrize(
    ("code", "close", "said"),
    [
        ("insufficient_quota", 1011, "billing"),
        ("account_deactivated", 1001, "switched off"),
        ("invalid_api_key", 3000, "OPENAI_API_KEY"),
        ("beta_api_shape_disabled", 4000, "OpenAI-Beta"),
        ("invalid_model", 4000, "--model"),
    ],
)
async def test_what_cannot_get_better_is_not_tried_again_and_says_what_helps(
    tmp_path: Path, code: str, close: int, said: str
) -> None:
    async with server(erring(code, close)) as told, running(plan(tmp_path, told.url)) as rig:
        rig.session.handle(Connect())
        await rig.event(LinkClosed)
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        assert said in rig.notices.notice.detail and str(close) in rig.notices.notice.detail
    assert len(told.requests) == 1


async def test_the_hour_is_told_in_words_and_called_again(tmp_path: Path) -> None:
    async def ending(socket: web.WebSocketResponse) -> None:
        if len(told.requests) == 1:
            reason = b"Your session hit the maximum duration of 60 minutes."
            await socket.close(code=1001, message=reason)

    async with server(ending) as told, running(plan(tmp_path, told.url)) as rig:
        rig.session.handle(Connect())
        await rig.until(lambda: len(rig.all(ConversationStarted)) == 2, "the next session")
        (closed,) = rig.all(LinkClosed)
    assert (closed.code, closed.by) == (1001, Closer.ERROR)


async def test_the_hour_without_another_try_says_what_it_is(tmp_path: Path) -> None:
    async with server(erring("session_expired", 1001)) as told:
        async with running(plan(tmp_path, told.url, reconnect=False)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
            assert "60 minutes" in rig.notices.notice.detail


async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Drops the connection at our close, without a CLOSE frame of its own, as OpenAI does."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    name = next(line for line in head.splitlines() if line.lower().startswith("sec-websocket-key"))
    magic = name.partition(":")[2].strip() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(magic.encode(), usedforsecurity=False).digest())
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    text = json.dumps({"type": "session.created", "event_id": "e", "session": SESSION}).encode()
    writer.write(b"\x81\x7e" + len(text).to_bytes(2, "big") + text)
    while (head_byte := await reader.readexactly(1))[0] & 0x0F != 8:
        size = (await reader.readexactly(1))[0] & 0x7F
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
        await reader.readexactly(4 + size)
    assert head_byte
    writer.close()


async def test_a_hang_up_that_gets_no_answer_is_still_a_hang_up(tmp_path: Path) -> None:
    listening = await asyncio.start_server(rude, "127.0.0.1", 0)
    async with listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with running(plan(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            await rig.event(ConversationStarted)
            rig.session.handle(HangUp())
            closed = await rig.event(LinkClosed)
            await rig.until(lambda: rig.notices.notice.state is CallState.IDLE, "idle")
            assert rig.notices.notice.detail == "you hung up"
    assert closed.by is Closer.USER
    assert closed.elapsed_ms < 10 * CLOSE_S * 1000


@pytest.mark.parametrize(
    ("status", "said"), [(401, f"set a valid key in {KEY_ENV}"), (404, "--model")]
)
async def test_a_gateway_that_refuses_by_http_is_told_in_words_of_this_protocol(
    tmp_path: Path, status: int, said: str
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/v1/realtime", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with running(plan(tmp_path, url)) as rig:
            rig.session.handle(Connect())
            failed = await rig.event(LinkFailed)
    finally:
        await runner.cleanup()
    assert str(status) in failed.reason and said in failed.advice and not rig.all(LinkOpened)


@pytest.mark.parametrize("bad", ["sk-two words", "sk-a\nX: y"])
async def test_a_key_that_no_header_can_carry_is_said_and_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv(KEY_ENV, bad)
    async with server() as told, running(plan(tmp_path, told.url)) as rig:
        rig.session.handle(Connect())
        failed = await rig.event(LinkFailed)
    assert KEY_ENV in failed.reason and bad not in failed.reason and not told.requests


async def test_a_model_that_ends_is_noted_and_called(tmp_path: Path) -> None:
    (tmp_path / "models-openai.toml").write_text('models = [{ id = "old-1", ends = 2020-01-01 }]')
    async with server() as told:
        changes = {"agent_id": "old-1", "tools_folder": str(tmp_path)}
        async with running(plan(tmp_path, told.url, **changes)) as rig:
            rig.session.handle(Connect(setup=Setup(options={"eagerness": "low"})))
            await rig.event(ConversationStarted)
            notes = [note.text for note in rig.all(Noted)]
    assert "model: old-1 ended on 2020-01-01; choose another" in notes
    assert any(note.startswith("eagerness is for turn detection semantic_vad") for note in notes)


# ── Canaries ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {KEY}",
        f"Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{KEY}",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.canary-of-another-kind",
        f"Incorrect API key provided: {KEY}.",
        json.dumps({"value": SECRET, "expires_at": 1}),
        json.dumps({"client_secret": {"value": "canary", "expires_at": 1}}),
        json.dumps({"session": {"client_secret": "canary"}}),
    ],
)
def test_no_canary_of_this_wire_gets_through_although_nobody_told_its_value(text: str) -> None:
    assert "canary" not in Redactor(shapes=secret_shapes())(text)


# ── The command line ─────────────────────────────────────────────────────────────────────────────


def run(home: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    cleared = {name: v for name, v in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.run(
        [sys.executable, "-m", "tui", "run", "--no-audio", *arguments],
        env={
            **cleared,
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            **env,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_without_key_and_address_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "--provider", "openai")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    for words in ("API key", "OPENAI_API_KEY", "--base-url", "--local"):
        assert words in done.stderr


def test_a_key_beyond_this_machine_in_the_clear_is_refused(tmp_path: Path) -> None:
    where = ("--provider", "openai", "--base-url", "ws://192.0.2.1:9/v1")
    done = run(tmp_path, *where, OPENAI_API_KEY=KEY)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "192.0.2.1:9 is not encrypted" in done.stderr and KEY not in done.stderr


def test_a_model_says_whose_protocol_is_spoken_and_another_s_flag_is_refused(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "--model", "gpt-realtime")
    assert done.returncode == 1 and "OpenAI asks for an API key" in done.stderr
    done = run(tmp_path, "--provider", "elevenlabs", "--model", "gpt-realtime")
    assert done.returncode == 2
    assert "--model is for openai, not for elevenlabs: give --provider openai" in done.stderr
