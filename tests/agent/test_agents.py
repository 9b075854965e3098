"""Agents that a user defines in a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.helpers import SILENT_START, TEXT_ONLY, AgentProcess, conversation, running
from tests.agent.test_overrides import refusal
from tui.agent.main import main
from tui.agent.profile import AgentsError, read_agents

FILE = """
[[agent]]
id = "shop"
name = "The shop"
first_message = "Welcome, {{customer}}!"
language = "en"
voice_id = "pico-en-gb"
permits = ["conversation.text_only"]
refusal = "client_error"
output_format = "pcm_24000"
variables = { customer = "stranger" }

[[agent.tool]]
name = "set_volume"
description = "Sets the volume."
triggers = ["volume"]
parameters = { level = { type = "integer" }, room = { type = "string", required = false } }

[[agent.tool]]
name = "blink"
triggers = ["blink"]
expects_response = false

[[agent]]
id = "full"
permits = ["all"]
queue = { wait_ms = 10, admits = false }

[[agent]]
id = "loud"
refusal = "error"
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentProcess]:
    path = tmp_path_factory.mktemp("agents") / "agents.toml"
    path.write_text(FILE)
    with running("--agents", str(path)) as process:
        yield process


async def test_an_agent_of_the_file(shop: AgentProcess) -> None:
    async with conversation(shop.socket_url("shop"), TEXT_ONLY) as client:
        metadata = client.of("conversation_initiation_metadata")[0]
        assert metadata["agent_output_audio_format"] == "pcm_24000"
        greeting = await client.expect("agent_response")
        assert greeting["agent_response"] == "Welcome, stranger!"
        await client.type("Set the volume to 7 please")
        request = await client.expect("agent_tool_request")
        call = await client.expect("client_tool_call")
        assert call["tool_name"] == request["tool_name"] == "set_volume"
        assert call["parameters"] == {"level": 7, "room": "to 7 please"}
        result = {"type": "client_tool_result", "tool_call_id": call["tool_call_id"]}
        await client.send(result | {"result": "loud", "is_error": False})
        said = await client.expect("agent_response")
        assert said["agent_response"] == "set_volume says: loud."


async def test_a_tool_without_an_answer(shop: AgentProcess) -> None:
    async with conversation(shop.socket_url("shop"), TEXT_ONLY) as client:
        await client.expect("agent_response")
        await client.type("blink")
        assert (await client.expect("client_tool_call"))["expects_response"] is False
        assert (await client.expect("agent_response"))["agent_response"] == "Done."


@pytest.mark.parametrize(
    ("agent_id", "kind", "name"),
    [("shop", "client_error", "error_name"), ("loud", "error", "error_type")],
)
async def test_a_refusal_can_be_told_first(
    shop: AgentProcess, agent_id: str, kind: str, name: str
) -> None:
    client, (code, reason) = await refusal(shop.socket_url(agent_id), SILENT_START)
    (error,) = client.of(kind)
    assert (code, error["code"], error[name]) == (1008, 1008, "override_error")
    assert error["message"] == reason


async def test_a_full_queue_turns_away(shop: AgentProcess) -> None:
    client, (code, _) = await refusal(shop.socket_url("full"), {})
    assert [p["status"] for p in client.of("queue_status")] == ["waiting", "timed_out"]
    assert code == 1002


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "here: write one or more [[agent]] tables, and nothing else"),
        ("agent = 1", "here: write one or more [[agent]] tables, and nothing else"),
        ("[[agent]]\nid = 'a'\n[other]", "here: write one or more"),
        ("[[agent]", "here: Expected ']]'"),
        ("[[agent]]\nname = 'a'", "here: agent 1: id is missing"),
        ("[[agent]]\nid = 'a'\n[[agent]]\nid = 2", "here: agent 2: id: Expected `str`, got `int`"),
        ("[[agent]]\nid = 'a'\nspeed = 2", "here: agent 1: Object contains unknown field `speed`"),
        ("[[agent]]\nid = 'a'\ntool = [{name='t'}]", "here: agent 1: tool[0]: triggers is missing"),
        ("[[agent]]\nid = 'a'\noutput_format = 'mp3'", "here: agent 1: output_format: Invalid"),
    ],
)
def test_mistakes_are_told(text: str, complaint: str) -> None:
    with pytest.raises(AgentsError) as caught:
        read_agents(text, "here")
    assert str(caught.value).startswith(complaint)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--agents", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err
