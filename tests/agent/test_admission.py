"""Who is let in, asked of the real process over HTTP and WebSocket."""

import json
import signal
import socket
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import websockets
from websockets.asyncio.client import connect

from tests.agent.helpers import INITIATION, AgentProcess, UnhurriedAgent, conversation, running
from tui.agent.admission import Admission, Policy

EVERYWHERE = "0.0.0.0"  # noqa: S104  refused unless it is meant
SIGNING = "/v1/convai/conversation/get-signed-url"


async def get(
    url: str, headers: dict[str, str] | None = None, path: str = SIGNING, **query: str
) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(url + path, headers=headers, params=query) as answer,
    ):
        return answer.status, await answer.json()


async def refused(url: str, **headers: str) -> tuple[int, str]:
    """Status and detail status of a handshake that must not succeed."""
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connect(url, additional_headers=headers, proxy=None):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["detail"]["status"]


def command_line(pid: int) -> str:
    """What other users of the machine can see of a process."""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "tui.agent" in listed
    return listed


def test_the_ready_line(agent: AgentProcess) -> None:
    ready = agent.ready
    assert ready["ready"] is True
    assert ready["pid"] == agent.process.pid
    assert ready["ws_url"] == f"{agent.url}/v1/convai/conversation?agent_id=local".replace(
        "http", "ws"
    )
    assert ready["speech"] == {
        "voice": "hibari",
        "detector": "silero",
        "recogniser": "moonshine",
    }
    assert ready["sockets"]["elevenlabs"] == ready["ws_url"]
    assert ready["sockets"]["openai"].endswith("/v1/realtime?model=local")
    assert not ready.keys() & {"signed_url", "token"}


async def test_a_public_agent_needs_no_key(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url("anything")) as client:
        metadata = client.of("conversation_initiation_metadata")[0]
    assert metadata["conversation_id"].startswith("conv_")
    assert metadata["agent_output_audio_format"] == "pcm_16000"


async def test_a_private_agent_needs_a_signed_url(agent: AgentProcess) -> None:
    assert await refused(agent.socket_url("private-1")) == (403, "needs_signature")
    status, body = await get(agent.url, {"xi-api-key": "k"}, agent_id="private-1")
    assert status == 200
    async with conversation(body["signed_url"] + "&source=python_sdk&version=2"):
        pass
    other = body["signed_url"].replace("private-1", "private-2")
    assert await refused(other) == (403, "invalid_signature")
    assert await refused(body["signed_url"] + "x") == (403, "invalid_signature")


async def test_the_signed_url_route_wants_a_key_and_an_agent(agent: AgentProcess) -> None:
    status, body = await get(agent.url, agent_id="a")
    assert (status, body["detail"]["status"]) == (401, "needs_authorization")
    status, body = await get(agent.url, {"xi-api-key": "k"})
    assert (status, body["detail"]["status"]) == (422, "missing_agent_id")
    assert await refused(agent.socket_url("")) == (422, "missing_agent_id")


def test_a_signature_expires() -> None:
    admission = Admission(Policy())
    signature = admission.sign("a", now=1000.0)
    assert admission.refuse_conversation("a", signature, now=1899.0) is None
    refusal = admission.refuse_conversation("a", signature, now=1901.0)
    assert refusal is not None
    assert refusal.status == "expired_signature"
    for nonsense in ("", ".", "1.2", "x.y.z", "é\ud800"):
        refusal = admission.refuse_conversation("a", nonsense, now=0)
        assert refusal is not None
        assert refusal.status == "invalid_signature"


async def test_foreign_pages_are_refused(agent: AgentProcess) -> None:
    url = agent.socket_url()
    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example", "http://["):
        assert await refused(url, Origin=origin) == (403, "origin_not_allowed")
    status, _ = await get(agent.url, {"Origin": "https://evil.example"}, agent_id="a")
    assert status == 403
    for origin in ("http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080"):
        async with connect(url, additional_headers={"Origin": origin}, proxy=None):
            pass


async def test_a_page_can_be_allowed() -> None:
    with running("--allow-origin", "https://good.example") as agent:
        headers = {"Origin": "https://good.example"}
        async with connect(agent.socket_url(), additional_headers=headers, proxy=None):
            pass
        evil = await refused(agent.socket_url(), Origin="https://good.example.evil.example")
        assert evil == (403, "origin_not_allowed")


async def test_an_allowed_page_may_read_the_rest_answers() -> None:
    origin = "https://good.example"
    asks = {
        "Origin": origin,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "xi-api-key",
        "Access-Control-Request-Private-Network": "true",
    }
    with running("--allow-origin", origin) as agent:
        async with aiohttp.ClientSession() as session:
            path = f"{agent.url}/v1/convai/conversations/x"
            async with session.options(path, headers=asks) as told:
                assert told.status == 204
                assert told.headers["Access-Control-Allow-Origin"] == origin
                assert "DELETE" in told.headers["Access-Control-Allow-Methods"]
                assert told.headers["Access-Control-Allow-Headers"] == "xi-api-key"
                assert told.headers["Access-Control-Allow-Private-Network"] == "true"
            for key, status in (({"xi-api-key": "k"}, 404), ({}, 401)):  # mistakes are read too
                async with session.delete(path, headers={"Origin": origin, **key}) as answer:
                    assert answer.status == status
                    assert answer.headers["Access-Control-Allow-Origin"] == origin
                    assert answer.headers["Vary"] == "Origin"
            evil = asks | {"Origin": "https://evil.example"}
            async with session.options(path, headers=evil) as refused_page:
                assert refused_page.status == 403
                assert "Access-Control-Allow-Origin" not in refused_page.headers
            async with session.get(path, headers={"xi-api-key": "k"}) as no_page:
                assert "Access-Control-Allow-Origin" not in no_page.headers


async def test_rebound_names_are_refused(agent: AgentProcess) -> None:
    port = urlsplit(agent.url).port
    for host in (f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.", "["):
        status, body = await get(agent.url, {"Host": host}, agent_id="a")
        assert (status, body["detail"]["status"]) == (403, "host_not_allowed")
    status, _ = await get(agent.url, {"Host": f"localhost:{port}", "xi-api-key": "k"}, agent_id="a")
    assert status == 200


async def test_an_unknown_format_is_refused(agent: AgentProcess) -> None:
    url = agent.socket_url(output_format="mp3_44100_128")
    assert await refused(url) == (422, "unknown_format")


async def test_the_subprotocol_is_selected_when_offered(agent: AgentProcess) -> None:
    offered = [websockets.Subprotocol("bearer.x"), websockets.Subprotocol("convai")]
    async with connect(agent.socket_url(), subprotocols=offered, proxy=None) as client:
        assert client.subprotocol == "convai"
    async with connect(agent.socket_url(), proxy=None) as client:
        assert client.subprotocol is None


async def test_a_key_can_be_asked_for() -> None:
    with running("--token-env", "AGENT_KEY", AGENT_KEY="right") as agent:
        assert "right" not in json.dumps(agent.ready)
        assert await refused(agent.socket_url()) == (403, "needs_signature")
        status, body = await get(agent.url, {"xi-api-key": "wrong"}, agent_id="a")
        assert (status, body["detail"]["status"]) == (401, "invalid_api_key")
        status, body = await get(agent.url, {"xi-api-key": "right"}, agent_id="a")
        assert status == 200
        async with conversation(body["signed_url"]), conversation(agent.ready["signed_url"]):
            pass


async def test_too_many_conversations_are_turned_away() -> None:
    with running("--max-conversations", "1") as agent:
        async with conversation(agent.socket_url()):
            async with connect(agent.socket_url(), proxy=None) as second:
                await second.wait_closed()
                assert second.close_code == 3008
        async with conversation(agent.socket_url()):
            pass


async def test_a_child_serves_its_parent_only() -> None:
    with running("--parent") as agent:
        assert await refused(agent.socket_url()) == (403, "needs_signature")
        status, body = await get(agent.url, {"xi-api-key": "k"}, agent_id="local")
        assert (status, body["detail"]["status"]) == (401, "invalid_api_key")
        url = agent.ready["signed_url"]
        secret = parse_qs(urlsplit(url).query)["conversation_signature"][0]
        assert secret == agent.ready["token"]
        # Its parent may ask for the other agents it has, with what it was given for a key.
        status, body = await get(agent.url, {"xi-api-key": secret}, agent_id="strict")
        assert status == 200 and "agent_id=strict" in body["signed_url"]
        status, body = await get(agent.url, {}, agent_id="strict")
        assert (status, body["detail"]["status"]) == (403, "not_available")
        assert secret not in command_line(agent.process.pid)
        for _ in range(2):  # a reconnect uses it again
            async with conversation(url):
                pass


async def test_a_child_ends_when_its_parent_is_gone() -> None:
    agent = UnhurriedAgent("--parent")
    async with conversation(agent.ready["signed_url"]) as client:
        agent.process.send_signal(signal.SIGINT)  # a key in the terminal: the parent's business
        await client.type("what is two plus two")
        await client.expect("agent_response", lambda p: p["agent_response"] == "That is four.")
        assert agent.process.stdin
        agent.process.stdin.close()
        assert await client.ended() == (1001, "The agent is shutting down.")
    assert agent.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    agent = UnhurriedAgent()
    async with connect(agent.socket_url(), proxy=None) as client:
        await client.send(json.dumps(INITIATION))
        await client.recv()
        agent.process.send_signal(number)
        await client.wait_closed()
        assert client.close_code == 1001
    assert agent.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--host", EVERYWHERE], 2, "--allow-remote"),
        (["--host", "example.org"], 2, "--allow-remote"),
        (["--token-env", "NOT_SET_HERE"], 2, "NOT_SET_HERE is not set"),
        (["--port", "99999"], 2, "invalid port value: '99999'"),
        (["--port", "x"], 2, "invalid port value: 'x'"),
        (["--max-conversations", "0"], 2, "invalid count value"),
        (["--host", "127.0.0.1.invalid", "--allow-remote"], 1, "can't listen"),
    ],
)
def test_arguments_that_cannot_be_followed(arguments: list[str], code: int, message: str) -> None:
    command = [sys.executable, "-m", "tui.agent", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == code
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tui.agent", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"port {port}" in done.stderr
    assert "in use" in done.stderr


async def test_other_machines_are_let_in_only_when_meant() -> None:
    with running("--host", EVERYWHERE, "--allow-remote") as agent:
        assert urlsplit(agent.url).hostname == "127.0.0.1"
        async with conversation(agent.socket_url()):
            pass
        assert (await get(agent.url, {"Host": "evil.example"}, agent_id="a"))[0] == 403
