"""Who is let in, what a secret is good for, and how a conversation is ended."""

import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websockets
from openai.types.realtime import ClientSecretCreateResponse
from websockets.asyncio.client import connect

from tests.agent.helpers import AgentProcess, Frame, running
from tests.agent.openai.helpers import KEY, TEXT, Client, conversation, url_of
from tests.agent.openai.test_text import said

BAD_KEY = ("invalid_api_key", 3000, "invalid_request_error.invalid_api_key")


async def post(agent: AgentProcess, body: object, **headers: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{agent.url}/v1/realtime/client_secrets", json=body, headers=headers
        ) as answer,
    ):
        return answer.status, await answer.json()


async def turned_away(
    url: str, headers: dict[str, str] | None = None, offered: tuple[str, ...] = ()
) -> tuple[str, int | None, str | None]:
    """The error that comes first, and the close behind it."""
    names = [websockets.Subprotocol(name) for name in offered]
    async with connect(url, additional_headers=headers, subprotocols=names or None,
                       proxy=None) as socket:  # fmt: skip
        event = json.loads(await socket.recv())
        await socket.wait_closed()
        return event["error"]["code"], socket.close_code, socket.close_reason


@pytest.mark.parametrize(
    ("model", "headers", "query", "code"),
    [
        ("", KEY, {}, "missing_model"),
        ("", KEY, {"intent": "transcription"}, "invalid_intent"),
        ("", KEY, {"call_id": "rtc_1"}, "invalid_call_id"),
        ("m", KEY | {"OpenAI-Beta": "realtime=v1"}, {}, "beta_api_shape_disabled"),
    ],
)
async def test_what_is_refused_is_told_by_an_error_and_a_close(
    agent: AgentProcess, model: str, headers: dict[str, str], query: dict[str, str], code: str
) -> None:
    found = await turned_away(url_of(agent, model, **query), headers)
    assert found == (code, 4000, f"invalid_request_error.{code}")


async def test_any_model_and_key_are_good_enough_and_no_key_where_the_agent_is_public(
    agent: AgentProcess,
) -> None:
    for headers in (KEY, {}, {"Authorization": "Bearer "}):
        async with conversation(agent, TEXT, headers, model="whatever") as client:
            assert client.of("session.created")[0]["session"]["model"] == "whatever"
    assert await turned_away(url_of(agent, "private")) == BAD_KEY
    async with conversation(agent, TEXT, model="private") as client:
        assert client.events


async def test_the_list_of_models_is_that_of_the_protocol_whose_key_comes(
    agent: AgentProcess,
) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{agent.url}/v1/models", headers=KEY) as answer:
            models = [model["id"] for model in (await answer.json())["data"]]
            assert {"gpt-realtime-2.1", "local", "strict"} <= set(models)
        async with session.get(f"{agent.url}/v1/models", headers={"xi-api-key": "k"}) as answer:
            assert (await answer.json())[0]["model_id"] == "local-voices"
        async with session.get(f"{agent.url}/v1/models") as answer:
            assert (await answer.json())["detail"]["status"] == "needs_authorization"
        async with session.get(f"{agent.url}/v1/models/some", headers=KEY) as answer:
            assert (await answer.json())["id"] == "some"


async def test_a_browser_brings_its_key_in_a_subprotocol(agent: AgentProcess) -> None:
    offered = ["realtime", "openai-insecure-api-key.any", "openai-agents-sdk.0.20.0"]
    names = [websockets.Subprotocol(name) for name in offered]
    async with connect(url_of(agent), subprotocols=names, proxy=None) as socket:
        assert socket.subprotocol == "realtime"
        async with Client(socket) as client:
            await client.expect("session.created")
    assert await turned_away(url_of(agent, "private"), offered=("realtime",)) == BAD_KEY
    beta = ("realtime", "openai-insecure-api-key.any", "openai-beta.realtime-v1")
    assert (await turned_away(url_of(agent), offered=beta))[0] == "beta_api_shape_disabled"


async def test_a_secret_is_minted_and_lets_in(agent: AgentProcess) -> None:
    with running("--token-env", "SECRET_KEY", SECRET_KEY="sesame") as locked:
        assert await turned_away(url_of(locked), KEY) == BAD_KEY
        assert (await post(locked, {}, **KEY))[1]["error"]["code"] == "invalid_api_key"
        own = {"Authorization": "Bearer sesame"}
        session = {"type": "realtime", "model": "local", "instructions": "Answer always with: Aye."}
        wanted = {"expires_after": {"anchor": "created_at", "seconds": 60}, "session": session}
        status, answer = await post(locked, wanted, **own)
        assert status == 200
        ClientSecretCreateResponse.model_validate(answer, strict=True)
        assert answer["value"].startswith("ek_")
        assert answer["expires_at"] - time.time() == pytest.approx(60, abs=30)
        assert answer["session"]["instructions"] == session["instructions"]
        minted = {"Authorization": f"Bearer {answer['value']}"}
        for _ in range(2):  # it starts any number of sessions
            async with conversation(locked, TEXT, minted, "local") as client:
                assert said(await client.answer("two plus two")) == ["Aye."]
        forged = {"Authorization": f"Bearer {answer['value'][:-2]}xx"}
        assert await turned_away(url_of(locked), forged) == BAD_KEY
        # Of another process's making.
        assert await turned_away(url_of(agent), minted) == BAD_KEY


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"expires_after": {"seconds": 5}}, "invalid_value", None),
        ({"session": {"type": "realtime", "voice": "alloy"}}, "unknown_parameter", "session.voice"),
    ],
)
async def test_a_secret_for_nonsense_is_not_minted(
    agent: AgentProcess, body: Frame, code: str, param: str | None
) -> None:
    status, answer = await post(agent, body, **KEY)
    assert status == 400
    assert (answer["error"]["code"], answer["error"]["param"]) == (code, param)


async def test_the_parents_token_is_the_only_key_of_a_child() -> None:
    agent = AgentProcess("--parent")
    assert await turned_away(url_of(agent), KEY) == BAD_KEY
    async with conversation(
        agent, TEXT, {"Authorization": f"Bearer {agent.ready['token']}"}
    ) as client:
        assert agent.process.stdin
        agent.process.stdin.close()
        assert await client.ended() == (1001, "The agent is shutting down.")
    agent.wait()


async def test_a_strict_agent_ends_at_a_malformed_event_but_not_at_a_late_one() -> None:
    with running("--strict") as agent:
        async with conversation(agent, TEXT) as client:
            await client.send("response.cancel")
            assert (await client.error())["code"] == "response_cancel_not_active"
            await client.send("response.create", response={"modalities": ["text"]})
            assert (await client.error())["code"] == "unknown_parameter"
            assert await client.ended() == (1008, "Invalid message received")
        async with conversation(agent, TEXT) as client:
            await client.send("input_audio_buffer.append", audio="AAAA")  # three bytes
            assert (await client.ended())[0] == 1008


async def test_the_longest_duration_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text(
        '[[agent]]\nid = "short"\nmax_duration_seconds = 1\nprompt = "You are terse."\n'
    )
    with running("--agents", str(path)) as agent:
        async with conversation(agent, model="short") as client:
            session = client.events[0]["session"]
            assert session["expires_at"] - time.time() < 30
            assert session["instructions"] == "You are terse."
            assert (await client.error())["code"] == "session_expired"
            words = "Your session hit the maximum duration of 0.02 minutes."
            assert await client.ended() == (1001, words)
        async with conversation(agent) as client:
            left = client.events[0]["session"]["expires_at"] - time.time()
            assert left == pytest.approx(3600, abs=60)


async def test_an_idle_client_is_sent_away_where_that_is_wanted() -> None:
    with running("--idle-timeout", "1") as agent:
        async with conversation(agent) as client:
            assert await client.ended() == (1002, "No user input for 1 s.")
