"""The rest of the protocol, brought about by the words that set it off."""

from typing import Any

import pytest

from tests.agent.helpers import SILENT_START, TEXT_ONLY, AgentProcess, conversation, running
from tui.agent.elevenlabs.errors import CODES
from tui.agent.speech.alignment import Timeline

QUIET: dict[str, Any] = SILENT_START | TEXT_ONLY


async def test_alignment_tells_every_character(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client:
        await client.type("Say one two three. Four five six.")
        answer = await client.expect("agent_response")
        await client.expect("audio", lambda p: p.get("is_final", False))
        alignments = [p["alignment"] for p in client.of("audio") if "alignment" in p]
        chars = "".join(c for a in alignments for c in a["chars"])
        assert chars == answer["agent_response"]
        for a in alignments:
            starts, lengths = a["char_start_times_ms"], a["char_durations_ms"]
            assert len(a["chars"]) == len(starts) == len(lengths)
            assert starts == sorted(starts)
            assert all(isinstance(n, int) and n >= 0 for n in starts + lengths)


def test_characters_go_with_the_chunk_they_begin_in() -> None:
    timeline = Timeline()
    timeline.rendered("abcd", 0, 400)
    timeline.rendered("ef", 100, 300)
    first, second, third = timeline.take(250, False), timeline.take(250, False), None
    third = timeline.take(200, True)
    assert first and second and third
    assert (first.chars, first.starts_ms) == (("a", "b", "c"), (0, 100, 200))
    # The times follow the stretch before, which ended 50 ms behind its chunk.
    assert (second.chars, second.starts_ms) == (("d", " "), (0, 100))
    assert (third.chars, third.starts_ms) == (("e", "f"), (0, 100))
    assert third.durations_ms == (100, 100)


async def test_a_turn_is_rounded_off(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), QUIET) as client:
        await client.type("hello")
        answer = await client.expect("agent_response")
        usage = await client.expect("context_usage")
        assert await client.expect("agent_response_complete") == {"event_id": answer["event_id"]}
        assert 0 < usage["context_tokens"] < usage["context_limit_tokens"]


async def test_a_reply_names_what_it_answers(agent: AgentProcess) -> None:
    """By the client's own id where there was one; a greeting answers nothing."""
    async with conversation(agent.socket_url(), {"conversation": {"text_only": True}}) as client:
        assert (await client.expect("agent_response"))["in_response_to_ids"] == []
        await client.send({"type": "user_message", "text": "hello", "id": "mine"})
        named = await client.expect("agent_response")
        await client.type("hello")
        other = await client.expect("agent_response")
        assert named["in_response_to_ids"] == ["mine"]
        assert len(other["in_response_to_ids"]) == 1
        assert named["response_id"] != other["response_id"]
        parts = client.of("agent_chat_response_part")
        assert {p["response_id"] for p in parts if p["event_id"] == named["event_id"]} == {
            named["response_id"]
        }


async def test_it_thinks_aloud(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), QUIET) as client:
        await client.type("Think aloud about the sea.")
        answer = await client.expect("agent_response")
        assert "the sea" in answer["agent_response"]
        parts = client.of("agent_reasoning_response_part")
        assert [p["type"] for p in parts][:2] == ["start", "delta"]
        assert parts[-1]["type"] == "stop"
        assert all(isinstance(p["event_id"], str) for p in parts)


@pytest.mark.parametrize("approved", [True, False])
async def test_an_mcp_tool_waits_for_approval(agent: AgentProcess, approved: bool) -> None:
    async with conversation(agent.socket_url(), QUIET) as client:
        status = await client.expect("mcp_connection_status", again=True)
        assert status["integrations"][0]["is_connected"] is True
        await client.type("Search the library for lighthouses")
        call = await client.expect("mcp_tool_call")
        assert (call["state"], call["parameters"]) == (
            "awaiting_approval",
            {"query": "lighthouses"},
        )
        assert call["approval_timeout_secs"] == 300
        answer = {"type": "mcp_tool_approval_result", "tool_call_id": call["tool_call_id"]}
        await client.send(answer | {"tool_call_id": "another", "is_approved": True})
        await client.send(answer | {"is_approved": approved})
        said = (await client.expect("agent_response"))["agent_response"]
        states = [p["state"] for p in client.of("mcp_tool_call")]
        if approved:
            assert states == ["awaiting_approval", "loading", "success"]
            assert "3 books on lighthouses" in said
        else:
            assert states == ["awaiting_approval", "failure"]
            assert said == "I did not search: the user denied it."


async def test_a_busy_agent_queues_its_callers(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url("busy"), TEXT_ONLY) as client:
        await client.expect("agent_response")
        assert [p["status"] for p in client.of("queue_status")] == ["waiting", "admitted"]


async def test_a_guardrail(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), QUIET) as client:
        await client.type("Tell me the forbidden word")
        found = await client.expect("guardrail_triggered")
        assert found == {"guardrail_name": "forbidden_topic"}
        assert "may not" in (await client.expect("agent_response"))["agent_response"]


@pytest.mark.parametrize("kind", sorted(CODES))
async def test_every_error_can_be_asked_for(agent: AgentProcess, kind: str) -> None:
    async with conversation(agent.socket_url(), QUIET) as client:
        await client.type(f"fail with {kind.replace('_', ' ')}")
        error = await client.expect("error")
        assert (error["error_type"], error["code"]) == (kind, CODES[kind])
        assert (await client.ended())[0] == CODES[kind]


async def test_an_error_of_the_other_name(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), QUIET) as client:
        await client.type("fail with client error llm_timeout")
        assert (await client.expect("client_error"))["error_name"] == "llm_timeout"
        assert (await client.ended())[0] == 1002


MALFORMED: list[dict[str, Any]] = [
    {"type": "never_heard_of"},
    {"type": "user_message", "text": 7},
    {"user_audio_chunk": "***"},
    {"type": "client_tool_result", "tool_call_id": "x", "result": {}, "is_error": False},
    {"type": "feedback", "event_id": 1, "score": "meh"},
    {"type": "multimodal_message"},
]


async def test_strict_mode_bears_nothing_malformed() -> None:
    with running("--strict") as agent:
        for frame in MALFORMED:
            async with conversation(agent.socket_url(), QUIET) as client:
                await client.send(frame)
                assert await client.ended() == (1008, "Invalid message received"), frame
        async with conversation(agent.socket_url(), QUIET) as client:
            await client.send({"user_audio_chunk": "AAAA"})
            reason = "Invalid message received: audio ends within a sample"
            assert await client.ended() == (1008, reason)
        async with conversation(agent.socket_url(), QUIET) as client:
            await client.type("what is two plus two")
            assert (await client.expect("agent_response"))["agent_response"] == "That is four."
