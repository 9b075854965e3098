"""A second protocol is served beside the first, by the same process on the same port."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.agent.helpers import AgentProcess, conversation

KEY = {"Authorization": "Bearer k"}


class Both(AgentProcess):
    begins = ("-m", "tests.agent.toy")


@pytest.fixture
def both() -> Iterator[Both]:
    process = Both("--max-conversations", "2")
    yield process
    process.stop()


def toy(agent: AgentProcess, headers: dict[str, str] = KEY, **query: str) -> connect:
    url = agent.ready["sockets"]["toy"] + "".join(f"&{k}={v}" for k, v in query.items())
    return connect(url, additional_headers=headers, proxy=None)


async def exchange(socket: ClientConnection, **frame: str) -> dict[str, Any]:
    await socket.send(json.dumps(frame))
    answer: dict[str, Any] = json.loads(await socket.recv())
    return answer


async def get(agent: AgentProcess, path: str, **headers: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(agent.url + path, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def test_each_speaks_its_own_and_all_are_counted_together(both: Both) -> None:
    assert both.ready["ws_url"] == both.ready["sockets"]["elevenlabs"]
    async with conversation(both.socket_url()) as first, toy(both) as second:
        assert json.loads(await second.recv()) == {"op": "open", "scripted": False}
        assert await exchange(second, text="two plus two") == {
            "op": "reply",
            "text": "That is four.",
        }
        await first.type("three plus four")
        await first.expect("agent_response", lambda p: p["agent_response"] == "That is seven.")
        async with toy(both) as third:
            await third.wait_closed()
            assert third.close_code == 1013
        async with connect(both.socket_url(), proxy=None) as fourth:
            await fourth.wait_closed()
            assert fourth.close_code == 3008
    _, turns = await get(both, "/v1/toy/calls", **KEY)
    assert ["user", "two plus two", "u-1"] in turns


async def test_each_words_what_it_refuses(both: Both) -> None:
    status, answer = await get(both, "/v1/toy/calls", **{"xi-api-key": "k"})
    assert status == 401
    assert answer["error"]["message"] == "The Authorization header is missing."
    status, answer = await get(both, "/v1/convai/agents", **KEY)
    assert status == 401
    assert answer["detail"]["message"] == "The xi-api-key header is missing."
    evil = {"Origin": "https://evil.example"}
    assert (await get(both, "/v1/toy", **evil))[1]["error"]["code"] == "origin_not_allowed"
    assert (await get(both, "/v1/user", **evil))[1]["detail"]["status"] == "origin_not_allowed"
    assert (await get(both, "/v9", **KEY))[1]["error"]["code"] == "not_found"
    assert (await get(both, "/v9"))[1]["detail"]["status"] == "not_found"
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with toy(both, scenario="row-ping"):
            pass
    body = json.loads(caught.value.response.body)
    assert body["error"]["code"] == "scenario_not_found"


async def test_a_crash_is_told_by_the_close(both: Both) -> None:
    async with toy(both) as socket:
        await socket.recv()
        await socket.send("no JSON")
        await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (
            1011,
            "The agent failed; its log says why.",
        )


async def test_the_parents_token_is_a_key_of_every_protocol() -> None:
    agent = Both("--parent")
    with pytest.raises(websockets.InvalidStatus):
        async with toy(agent):
            pass
    token = agent.ready["token"]
    status, _ = await get(agent, "/v1/convai/agents", **{"xi-api-key": token})
    assert status == 200
    async with toy(agent, {"Authorization": f"Bearer {token}"}) as socket:
        await socket.recv()
        assert agent.process.stdin
        agent.process.stdin.close()
        await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (1001, "The agent is shutting down.")
    agent.wait()


async def test_a_scenario_is_acted_out_in_its_own_protocol_only(tmp_path: Path) -> None:
    path = tmp_path / "end.toml"
    path.write_text('about = "Ends."\nprotocol = "elevenlabs"\n[[step]]\nclose = 4000\n')
    agent = Both("--scenario", str(path))
    try:
        async with conversation(agent.socket_url()) as client:
            assert (await client.ended())[0] == 4000
        async with toy(agent) as socket:
            assert json.loads(await socket.recv())["scripted"] is False
    finally:
        agent.stop()
