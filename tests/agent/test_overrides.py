"""What a client may change of an agent, and what becomes of it, over a real socket."""

import re
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.agent.conftest import Recognise
from tests.agent.helpers import (
    INITIATION,
    SILENT_START,
    TEXT_ONLY,
    AgentProcess,
    Client,
    conversation,
    words,
)


def override(prompt: str = "", **agent: object) -> dict[str, Any]:
    table = {**SILENT_START["agent"], **agent}
    return TEXT_ONLY | {"agent": table | ({"prompt": {"prompt": prompt}} if prompt else {})}


async def answer(client: Client, text: str) -> str:
    await client.type(text)
    return str((await client.expect("agent_response"))["agent_response"])


async def refusal(url: str, table: dict[str, Any], **initiation: object) -> tuple[Client, Any]:
    async with connect(url, proxy=None) as socket, Client(socket) as client:
        await client.send({**INITIATION, "conversation_config_override": table, **initiation})
        return client, await client.ended()


@pytest.mark.parametrize(
    ("prompt", "said", "heard"),
    [
        ("You are terse.", "help", "I can tell you the time and the date"),
        ("Answer always with: Aye, captain.", "What is two plus two?", "Aye, captain."),
        ("You are a pirate.", "xyzzy", "My instructions are: You are a pirate. I did not"),
        ("You are {{role}}.", "who are you", "My instructions are: You are a cook."),
    ],
)
async def test_the_prompt(agent: AgentProcess, prompt: str, said: str, heard: str) -> None:
    variables = {"role": "a cook"}
    url = agent.socket_url()
    async with conversation(url, override(prompt), dynamic_variables=variables) as client:
        reply = await answer(client, said)
        assert reply.startswith(heard)
        if "terse" in prompt:
            assert "goodbye" not in reply


@pytest.mark.parametrize("prompt", ["You are terse.", "Answer always with: Aye."])
async def test_first_and_last_message_are_said_word_for_word(
    agent: AgentProcess, prompt: str
) -> None:
    first, last = "Welcome. This is long. Ask me anything.", "Time is up. Thank you. Goodbye."
    table = {"first_message": first, "max_conversation_duration_message": last}
    asked = override(prompt, **table)
    asked["conversation"] = {**asked["conversation"], "max_duration_seconds": 1}
    url = agent.socket_url()
    async with conversation(url, asked, custom_llm_extra_body={"max_tokens": 2}) as client:
        await client.ended()
        assert [one["agent_response"] for one in client.of("agent_response")] == [first, last]


async def test_the_last_message_is_heard_out_before_the_end(agent: AgentProcess) -> None:
    limit = {"conversation": {"max_duration_seconds": 1}}
    table = {"agent": {"first_message": "", "max_conversation_duration_message": "Time is up."}}
    async with conversation(agent.socket_url(), limit | table) as client:
        await client.ended()
        types = [frame["type"] for frame in client.frames]
        assert types.index("agent_response_complete") < types.index("error")
        assert len(client.audio(1)) > 16_000


async def test_the_reply_is_cut_at_the_maximum_of_tokens(agent: AgentProcess) -> None:
    body = {"max_tokens": 4, "temperature": 1.5}
    url = agent.socket_url()
    async with conversation(url, override(), custom_llm_extra_body=body) as client:
        assert await answer(client, "Tell me a story") == "Once upon a time,"


@pytest.mark.parametrize(
    ("language", "said", "heard"),
    [
        ("es", "Hola", "¡Hola!"),
        ("fr", "Quelle heure est-il ?", r"Il est \d+ heures \d+\."),
        ("de", "Wie spät ist es?", r"Es ist \d+ Uhr \d+\."),
        ("it", "xyzzy", "Non ho capito"),
        ("en-GB", "hello", "Hello!"),
    ],
)
async def test_the_language(agent: AgentProcess, language: str, said: str, heard: str) -> None:
    async with conversation(agent.socket_url(), override(language=language)) as client:
        assert re.match(heard, await answer(client, said))


async def test_the_greeting_is_in_the_language_and_spoken(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), {"agent": {"language": "de"}}) as client:
        greeting = await client.expect("agent_response")
        assert greeting["agent_response"].startswith("Hallo!")
        await client.expect("audio", lambda p: p.get("is_final", False))
        assert len(client.audio(1)) > 32_000  # more than a second of it


async def test_an_unknown_language_closes_behind_the_metadata(agent: AgentProcess) -> None:
    client, ended = await refusal(agent.socket_url(), {"agent": {"language": "cy"}})
    assert ended == (1008, "Language 'cy' is not supported.")
    assert [f["type"] for f in client.frames] == ["conversation_initiation_metadata"]


async def test_voices_and_speed_are_heard(agent: AgentProcess, recognise: Recognise) -> None:
    async def spoken(**tts: object) -> bytes:
        async with conversation(agent.socket_url(), SILENT_START | {"tts": tts}) as client:
            await client.type("Say the quick brown fox jumps over the lazy dog.")
            await client.expect("audio", lambda p: p.get("is_final", False))
            return client.audio(1)

    normal, fast = await spoken(voice_id="heart"), await spoken(voice_id="heart", speed=1.6)
    assert len(fast) < 0.8 * len(normal)
    assert words(recognise(fast))[:3] == ["the", "quick", "brown"]
    other = await spoken(voice_id="pico-en-gb")
    assert len(await spoken(voice_id="pico-en-gb", speed=1.6)) < 0.8 * len(other)
    assert other != await spoken(voice_id="pico-en-us") != normal
    assert await spoken(voice_id="21m00Tcm4TlvDq8ikWAM") == normal


async def test_the_maximum_duration_ends_the_call(agent: AgentProcess) -> None:
    limit = {"conversation": {"text_only": True, "max_duration_seconds": 1}}
    parting = {"agent": {"first_message": "", "max_conversation_duration_message": "Time is up."}}
    async with conversation(agent.socket_url(), limit | parting) as client:
        assert await client.ended() == (1000, "Conversation has exceeded maximum duration")
        (error,) = client.of("error")
        assert (error["error_type"], error["code"]) == ("max_duration_exceeded", 1000)
        assert client.of("agent_response")[0]["agent_response"] == "Time is up."


@pytest.mark.parametrize(
    ("table", "initiation", "path"),
    [
        ({"agent": {"prompt": {"prompt": "x"}}}, {}, "agent.prompt.prompt"),
        ({"agent": {"first_message": ""}}, {}, "agent.first_message"),
        ({"text_only": True}, {}, "conversation.text_only"),
        ({}, {"custom_llm_extra_body": {"temperature": 1}}, "custom_llm_extra_body"),
    ],
)
async def test_what_is_not_permitted_closes_behind_the_metadata(
    agent: AgentProcess, table: dict[str, Any], initiation: dict[str, Any], path: str
) -> None:
    client, ended = await refusal(agent.socket_url("strict"), table, **initiation)
    assert ended == (1008, f"Override of '{path}' is not permitted by the agent.")
    assert [f["type"] for f in client.frames] == ["conversation_initiation_metadata"]


async def test_what_changes_nothing_is_permitted(agent: AgentProcess) -> None:
    empty = {"agent": {}, "tts": {"voice_id": None}, "conversation": {}}
    async with conversation(agent.socket_url("strict"), empty) as client:
        assert "Nothing about me" in (await client.expect("agent_response"))["agent_response"]


async def test_required_variables(agent: AgentProcess) -> None:
    url = agent.socket_url("needs-name")
    _, ended = await refusal(url, TEXT_ONLY)
    assert ended == (
        1008,
        "Missing required dynamic variables in first message: {'user_name'}",
    )
    async with conversation(url, TEXT_ONLY, dynamic_variables={"user_name": "Bo"}) as client:
        greeting = (await client.expect("agent_response"))["agent_response"]
        assert greeting.startswith("Hello Bo! You are on the free plan.")
