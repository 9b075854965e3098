"""Scenarios in events of this protocol: every packaged one to its end."""

import json
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import connect

from tests.agent.helpers import AgentProcess
from tests.agent.openai.helpers import KEY, conversation, judged, url_of
from tests.agent.test_admission import refused
from tests.agent.test_scenarios import everything
from tui.agent.scenarios.scenario import Close, Send, SendText, WaitFor, packaged, packaged_names

NAMES = packaged_names("openai")
FRAMES: dict[str, dict[str, Any]] = {
    "response.create": {"type": "response.create"},
    "conversation.item.create": {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "call_1", "output": "ok"},
    },
}
FOREIGN = {"beta-spelling", "unknown-events"}


@pytest.mark.parametrize("name", NAMES)
async def test_every_packaged_scenario_runs_to_its_end(agent: AgentProcess, name: str) -> None:
    scenario = packaged(name, "openai")
    assert scenario
    assert scenario.head.about
    url = url_of(agent, scenario=name)
    async with connect(url, additional_headers=KEY, max_size=2**24, proxy=None) as socket:
        await socket.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
        for step in scenario.steps:
            if isinstance(step, WaitFor):
                await socket.send(json.dumps(FRAMES[step.wait_for]))
        texts = await everything(socket)
    assert json.loads(texts[0])["type"] == "session.created"
    assert [t for t in texts if '"session.updated"' in t]
    last = scenario.steps[-1]
    end = (
        (last.close, last.reason) if isinstance(last, Close) else (1000, "The scenario has ended.")
    )
    assert (socket.close_code, socket.close_reason) == end
    sent = [step for step in scenario.steps if isinstance(step, Send)]
    assert len(texts) >= 2 + len(sent)
    if name not in FOREIGN:
        assert not any(isinstance(step, SendText) for step in scenario.steps)
        assert not [wrong for text in texts for wrong in judged(json.loads(text))]


async def test_two_messages_are_spoken_in_one_response(agent: AgentProcess) -> None:
    async with conversation(agent, {}, scenario="two-messages") as client:
        await client.send("response.create")
        response = await client.done()
        first, second = response["output"]
        assert client.audio(first["id"])
        assert client.audio(second["id"])
        assert len(client.of("response.created")) == 1


async def test_a_scenario_of_another_protocol_is_none_of_this(agent: AgentProcess) -> None:
    missing = (404, "scenario_not_found")
    assert await refused(agent.socket_url(scenario="two-messages")) == missing
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with conversation(agent, scenario="row-ping"):
            pass
    assert json.loads(caught.value.response.body)["error"]["code"] == "scenario_not_found"
