"""Typed conversations over a real socket: what each frame brings about."""

import json

import pytest
from websockets.asyncio.client import connect

from tests.agent.helpers import (
    INITIATION,
    SILENT_START,
    TEXT_ONLY,
    AgentProcess,
    Client,
    conversation,
    running,
)


async def test_the_first_message_and_an_answer(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), TEXT_ONLY) as client:
        greeting = await client.expect("agent_response")
        assert greeting["event_id"] == 1
        assert "local agent" in greeting["agent_response"]
        await client.type("What is twelve times seven?")
        answer = await client.expect("agent_response")
        assert (answer["agent_response"], answer["event_id"]) == ("That is eighty-four.", 2)
        parts = [p for p in client.of("agent_chat_response_part") if p["event_id"] == 2]
        assert [p["type"] for p in parts] == ["start", "delta", "stop"]
        assert "".join(p["text"] for p in parts).strip() == "That is eighty-four."
        assert not client.of("audio")
        assert not client.of("interruption")


async def test_text_is_answered_before_speech_is_loaded() -> None:
    with running() as agent:
        async with conversation(agent.socket_url()) as client:
            answer = await client.expect("agent_response")
            await client.expect("audio")
            first = next(f for f in client.frames if f["type"] == "audio")
            response = next(f for f in client.frames if f["type"] == "agent_response")
            assert response["at"] < first["at"]
            assert first["audio_event"]["event_id"] == answer["event_id"]


@pytest.mark.parametrize("override", [SILENT_START | TEXT_ONLY, {"text_only": True} | SILENT_START])
async def test_an_empty_first_message_waits_for_the_user(
    agent: AgentProcess, override: dict[str, object]
) -> None:
    async with conversation(agent.socket_url(), override) as client:
        await client.type("hello")
        assert (await client.expect("agent_response"))["event_id"] == 1
        assert not client.of("audio")


async def test_the_first_message_takes_variables(agent: AgentProcess) -> None:
    override = TEXT_ONLY | {"agent": {"first_message": "Hi {{name}}, you are {{ age }}."}}
    variables = {"name": "Bo", "age": 7}
    url = agent.socket_url()
    async with conversation(url, override, dynamic_variables=variables) as client:
        assert (await client.expect("agent_response"))["agent_response"] == "Hi Bo, you are 7."
    async with connect(url, proxy=None) as socket, Client(socket) as client:
        await client.send({**INITIATION, "conversation_config_override": override})
        code, reason = await client.ended()
        assert code == 1008
        assert reason == "Missing required dynamic variables in first message: {'age', 'name'}"


async def test_a_client_tool_is_called_and_its_result_told(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START | TEXT_ONLY) as client:
        await client.type("Please check order 1009")
        call = await client.expect("client_tool_call")
        assert call["tool_name"] == "lookup_order"
        assert call["parameters"] == {"id": "1009"}
        assert call["expects_response"] is True
        result = {"type": "client_tool_result", "tool_call_id": call["tool_call_id"]}
        await client.send(result | {"result": '{"status":"shipped"}', "is_error": False})
        report = await client.expect("agent_tool_response")
        assert (report["tool_name"], report["is_error"]) == ("lookup_order", False)
        answer = await client.expect("agent_response")
        assert answer["agent_response"] == "Order 1009: status shipped."
        assert answer["event_id"] == call["event_id"] == report["event_id"]


async def test_a_tool_error_is_answered_politely(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START | TEXT_ONLY) as client:
        await client.type("check order 5")
        call_id = (await client.expect("client_tool_call"))["tool_call_id"]
        result = {"type": "client_tool_result", "tool_call_id": call_id, "result": "no such tool"}
        await client.send(result | {"is_error": True})
        assert (await client.expect("agent_tool_response"))["is_error"] is True
        assert "could not check" in (await client.expect("agent_response"))["agent_response"]
        await client.send(result | {"is_error": True})  # late and unasked: no harm
        await client.type("what is one plus one")
        assert (await client.expect("agent_response"))["agent_response"] == "That is two."


async def test_the_user_can_go_on_while_a_tool_runs(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START | TEXT_ONLY) as client:
        await client.type("check order 5")
        await client.expect("client_tool_call")
        await client.type("what is one plus one")
        assert (await client.expect("agent_response"))["agent_response"] == "That is two."
        assert not client.of("interruption")


async def test_goodbye_ends_the_conversation(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client:
        await client.type("Goodbye")
        await client.expect("agent_response")
        await client.expect("audio", lambda p: p.get("is_final", False))
        report = await client.expect("agent_tool_response")
        assert (report["tool_name"], report["tool_type"]) == ("end_call", "system")
        assert await client.ended() == (1000, "The agent ended the call.")


async def test_context_is_remembered(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START | TEXT_ONLY) as client:
        await client.send({"type": "contextual_update", "text": "The user reads page two."})
        await client.send({"type": "user_activity"})
        await client.type("What do you know?")
        assert "page two" in (await client.expect("agent_response"))["agent_response"]


async def test_pings_come_with_a_measured_round_trip(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), TEXT_ONLY) as client:
        first = await client.expect("ping")
        assert first == {"event_id": 1, "ping_ms": None}
        second = await client.expect("ping")
        assert second["event_id"] == 2
        assert second["ping_ms"] >= 1


async def test_typing_interrupts_the_story(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client:
        await client.type("Tell me a story")
        story = await client.expect("agent_response")
        for _ in range(14):
            await client.expect("audio")
        await client.type("what is two plus two")
        interruption = await client.expect("interruption")
        correction = await client.expect("agent_response_correction")
        answer = await client.expect("agent_response")
        assert story["event_id"] < interruption["event_id"] < answer["event_id"]
        assert correction["event_id"] == story["event_id"]
        assert correction["original_agent_response"] == story["agent_response"]
        heard = correction["corrected_agent_response"]
        assert story["agent_response"].startswith(heard)
        assert len(heard) < len(story["agent_response"]) / 4
        await client.expect("audio", lambda p: p.get("is_final", False))
        behind = client.frames[client.frames.index(_frame(client, "interruption")) :]
        ids = {f["audio_event"]["event_id"] for f in behind if f["type"] == "audio"}
        assert ids == {answer["event_id"]}


async def test_strange_frames_do_no_harm(agent: AgentProcess) -> None:
    async with connect(agent.socket_url(), max_size=2**24, proxy=None) as socket:
        async with Client(socket) as client:
            setup = {"type": "enclave_setup_config", "agent_config_dict": None}
            for early in (setup, {"user_audio_chunk": "AAAA"}, {"type": "user_activity"}):
                await client.send(early)
            await client.send({**INITIATION, "conversation_config_override": {"agent": 7}})
            await client.expect("conversation_initiation_metadata")
            for text in (
                "",
                "{",
                "[]",
                "null",
                '{"type":7}',
                '{"type":"user_message","text":7}',
                '{"type":"never_heard_of"}',
                '{"user_audio_chunk":"***"}',
                '{"user_audio_chunk":7}',
                '{"user_audio_chunk":"AAA="}',
                '{"type":"pong","event_id":"x"}',
                json.dumps(INITIATION),
                "[" * 100_000,
            ):
                await socket.send(text)
            await socket.send(b"\x00\xff")
            await client.send({"type": "user_message", "text": None})
            await client.type("what is two plus two")
            four = await client.expect("agent_response", lambda p: "four" in p["agent_response"])
            assert four


async def test_a_wrong_tool_result_ends_the_conversation(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), TEXT_ONLY) as client:
        await client.send({"type": "client_tool_result", "tool_call_id": "x"})
        assert await client.ended() == (1008, "Invalid message received")


async def test_an_idle_conversation_is_closed() -> None:
    with running("--idle-timeout", "0.5") as agent:
        async with conversation(agent.socket_url(), TEXT_ONLY) as client:
            assert await client.ended() == (1002, "No user input for 0.5 s.")


def _frame(client: Client, kind: str) -> dict[str, object]:
    return next(frame for frame in client.frames if frame["type"] == kind)
