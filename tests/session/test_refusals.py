"""What cannot be connected to: each gets one clear sentence, and no secret goes anywhere."""

import asyncio
import socket as sockets
import ssl
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.session.rig import agent_server, http_server, plan_for, running
from tui.commands import Connect
from tui.events import Closer, Failure, InitiationSent, LinkClosed, LinkFailed
from tui.notices import CallState
from tui.providers import provider_of
from tui.session.close_reasons import sentence
from tui.setup import Setup

KEY = "sk_canary_0123456789"
KEY_ENV = "TEST_VOICESCOPE_KEY"


async def failure(tmp_path: Path, **changes: Any) -> LinkFailed:
    async with running(plan_for(tmp_path, **changes)) as rig:
        rig.session.handle(Connect())
        failed: LinkFailed = await rig.event(LinkFailed)
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        assert failed.reason in rig.notices.notice.detail
        assert failed.advice in rig.notices.notice.detail
        assert KEY not in rig.notices.notice.detail
    return failed


async def test_nobody_listens(tmp_path: Path) -> None:
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    failed = await failure(tmp_path, base_url=f"http://127.0.0.1:{port}")
    assert "refused the connection" in failed.reason


async def test_no_agent_id(tmp_path: Path) -> None:
    failed = await failure(tmp_path, base_url="http://127.0.0.1:1", agent_id="")
    assert "agent id" in failed.reason and "--agent-id" in failed.advice
    assert failed.failure is Failure.NO_AGENT


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "set ELEVENLABS_API_KEY, this agent is not public"),
        (403, "set ELEVENLABS_API_KEY, or check"),
        (404, "agent id"),
    ],
)
async def test_the_socket_is_refused(tmp_path: Path, status: int, advice: str) -> None:
    async with http_server(status, {}) as url:
        failed = await failure(tmp_path, base_url=url)
    assert str(status) in failed.reason and advice in failed.advice
    assert failed.failure is Failure.OTHER


async def test_no_websocket_there(tmp_path: Path) -> None:
    async with http_server(200, {}) as url:
        failed = await failure(tmp_path, base_url=url)
    assert "HTTP 200" in failed.reason or "WebSocket" in failed.reason


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    visitors: list[str] = []

    async def other(socket: ServerConnection) -> None:
        visitors.append("somebody")

    async with agent_server(other) as there, http_server(302, {}, Location=there) as url:
        failed = await failure(tmp_path, base_url=url)
    assert "redirects" in failed.reason and not visitors


async def test_an_address_without_encryption_is_refused_before_it_is_tried(tmp_path: Path) -> None:
    failed = await failure(tmp_path, base_url="http://192.0.2.1")
    assert "not encrypted" in failed.reason


async def test_a_certificate_of_nobodys_is_fatal(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1".split()
    maker = await asyncio.create_subprocess_exec(
        *make, "-keyout", str(key), "-out", str(cert), stderr=asyncio.subprocess.DEVNULL
    )
    assert await maker.wait() == 0
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    attempts: list[object] = []

    async def agent(socket: ServerConnection) -> None:
        attempts.append(socket)

    async with serve(agent, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        failed = await failure(tmp_path, base_url=f"https://127.0.0.1:{port}")
    assert "certificate" in failed.reason and not attempts


# ── With a key ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"detail": {"status": "invalid_api_key", "message": "Invalid API key"}}, KEY_ENV),
        (404, {"detail": {"message": "Document with id agent_1 not found."}}, "agent_1"),
        (422, {"detail": [{"msg": "bad"}]}, "agent_1"),
        (302, {}, "redirects"),
        (500, {"detail": "oops"}, "oops"),
        (200, {"unexpected": True}, "did not answer as the API does"),
    ],
)
async def test_no_signed_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, body: Any, said: str
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    async with http_server(status, body, Location="http://127.0.0.1:1/") as url:
        failed = await failure(tmp_path, base_url=url, api_key_env=KEY_ENV)
    assert said in f"{failed.reason} {failed.advice}"
    assert_no_secret(tmp_path)


async def test_a_key_never_leaves_unencrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    failed = await failure(tmp_path, base_url="http://192.0.2.1", api_key_env=KEY_ENV)
    assert "not encrypted" in failed.reason


async def test_a_private_agent_is_reached_by_signed_url_and_no_secret_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    asked: list[tuple[str, str | None]] = []

    async def agent(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked.append((socket.request.path, socket.request.headers.get("xi-api-key")))
        # An agent that says our secrets aloud.
        await socket.send(f'{{"type":"agent_response","oops":"{KEY} signature=canary_signature"}}')
        await socket.wait_closed()

    async with agent_server(agent) as socket_url:
        signed = socket_url.replace("http", "ws") + (
            "/v1/convai/conversation?agent_id=agent_1&conversation_signature=canary_signature"
        )
        async with http_server(200, {"signed_url": signed}) as url:
            plan = plan_for(tmp_path, base_url=url, api_key_env=KEY_ENV)
            async with running(plan) as rig:
                rig.session.handle(Connect())
                await rig.event(InitiationSent)
                await rig.until(lambda: "protocol_error" in rig.kinds(), "the agent's frame")
    assert asked == [(signed.split("/", 3)[3].join(["/", ""]), None)]
    assert_no_secret(tmp_path)


def assert_no_secret(folder: Path) -> None:
    for path in folder.iterdir():
        assert KEY.encode() not in path.read_bytes(), path
        assert b"canary_signature" not in path.read_bytes(), path


async def test_a_server_that_repeats_our_secrets_is_shown_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its refusal of the key, and as the reason of a close."""
    monkeypatch.setenv(KEY_ENV, KEY)
    async with http_server(401, {"detail": f"{KEY} is no key"}) as url:
        failed = await failure(tmp_path, base_url=url, api_key_env=KEY_ENV)
    assert "*** is no key" in failed.reason

    async def agent(socket: ServerConnection) -> None:
        await socket.close(1008, "what is pin_canary_4711?")

    setup = Setup(dynamic_variables={"secret__pin": "pin_canary_4711"})
    (tmp_path / "second").mkdir()
    async with agent_server(agent) as url:
        async with running(plan_for(tmp_path / "second", base_url=url, setup=setup)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
            assert "what is ***?" in rig.notices.notice.detail


@pytest.mark.parametrize(
    ("code", "advice"),
    [(3000, "a signed URL"), (4300, "no line became free"), (3008, "too many calls")],
)
def test_closes_that_only_this_service_has_are_said_in_words(code: int, advice: str) -> None:
    closed = LinkClosed(by=Closer.ERROR, code=code, reason="", elapsed_ms=1)
    said = sentence(closed, provider_of("elevenlabs").closes(code, "").advice)
    assert f"code {code}" in said and advice in said
