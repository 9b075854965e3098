"""The REST routes, asked by the official SDK where it has a method, by plain HTTP elsewhere."""

import asyncio
import base64
import io
import json
import wave
from typing import Any

import aiohttp
import numpy as np
import pytest
from elevenlabs import AsyncElevenLabs
from elevenlabs.core import ApiError

from tests.agent.helpers import SILENT_START, TEXT_ONLY, AgentProcess, Client, conversation, running
from tui.agent.speech.recording import LARGEST, Tape
from tui.errors import LinkError
from tui.events import AudioFormat, Encoding
from tui.provider import Access, Question, Upload
from tui.providers.elevenlabs.catalogue import CATALOGUE
from tui.session.http.client import Api
from tui.upload_rules import MAX_FILE

KEY = {"xi-api-key": "k"}


def sdk(agent: AgentProcess) -> AsyncElevenLabs:
    return AsyncElevenLabs(api_key="k", base_url=agent.url)


async def ask(
    agent: AgentProcess, path: str, method: str = "GET", **arguments: Any
) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, agent.url + path, **arguments) as answer,
    ):
        return answer.status, json.loads(await answer.read())


def conversation_id(client: Client) -> str:
    return str(client.of("conversation_initiation_metadata")[0]["conversation_id"])


async def test_agents_are_listed_by_pages(agent: AgentProcess) -> None:
    agents = sdk(agent).conversational_ai.agents
    everyone = await agents.list()
    assert {"local", "strict", "needs-name", "private"} <= {a.agent_id for a in everyone.agents}
    found = await agents.list(search="NEEDS")
    assert [a.agent_id for a in found.agents] == ["needs-name"]
    first = await agents.list(page_size=2)
    assert first.has_more
    second = await agents.list(page_size=2, cursor=first.next_cursor)
    assert [a.agent_id for a in first.agents + second.agents] == [
        a.agent_id for a in everyone.agents[:4]
    ]


async def test_an_agent_tells_what_it_permits(agent: AgentProcess) -> None:
    agents = sdk(agent).conversational_ai.agents
    permitted = {}
    for name in ("local", "strict"):
        found = await agents.get(name)
        assert found.platform_settings and found.platform_settings.overrides
        table = found.platform_settings.overrides.conversation_config_override
        assert table and table.agent and table.agent.prompt and table.tts and table.conversation
        permitted[name] = {
            table.agent.first_message,
            table.agent.prompt.prompt,
            table.tts.voice_id,
            table.conversation.text_only,
            found.platform_settings.overrides.custom_llm_extra_body,
        }
    assert permitted == {"local": {True}, "strict": {False}}


async def test_an_agent_s_card_lists_what_it_sends(agent: AgentProcess) -> None:
    card = await sdk(agent).conversational_ai.agents.get("local")
    assert card.conversation_config.conversation
    listed = set(card.conversation_config.conversation.client_events or ())
    async with conversation(agent.socket_url(), TEXT_ONLY) as client:
        await client.type("check order 1009")
        await client.expect("client_tool_call")
        sent = {frame["type"] for frame in client.frames}
    assert sent <= listed
    assert {"audio", "agent_response_correction", "agent_response_complete"} <= listed


async def test_an_agent_tells_its_variables_and_tools(agent: AgentProcess) -> None:
    agents = sdk(agent).conversational_ai.agents
    _, body = await ask(agent, "/v1/convai/agents/needs-name", headers=KEY)
    variables = body["conversation_config"]["agent"]["dynamic_variables"]
    assert variables["dynamic_variable_placeholders"] == {"user_name": "", "plan": "free"}
    local = (await agents.get("local")).conversation_config.agent
    assert local and local.prompt and local.prompt.tools
    tool = local.prompt.tools[0]
    assert (tool.type, tool.name) == ("client", "lookup_order")
    private = await agents.get("private")
    assert private.platform_settings and private.platform_settings.auth
    assert private.platform_settings.auth.enable_auth is True


async def test_voices(agent: AgentProcess) -> None:
    voices = sdk(agent).voices
    old = (await voices.get_all()).voices
    assert old[0].voice_id == "heart"
    german = (await voices.search(search="german")).voices
    assert [v.voice_id for v in german] == ["pico-de-de"]
    assert german[0].labels == {"language": "de", "accent": "german", "gender": "female"}
    page = await voices.search(page_size=4)
    assert (page.has_more, page.total_count) == (True, len(old))
    rest = await voices.search(page_size=4, next_page_token=page.next_page_token)
    assert [v.voice_id for v in page.voices + rest.voices] == [v.voice_id for v in old]


async def test_tools_a_voice_models_and_the_account(agent: AgentProcess) -> None:
    """In shapes that the SDK's own models take."""
    client = sdk(agent)
    tools = (await client.conversational_ai.tools.list(search="order")).tools
    assert [t.tool_config.name for t in tools] == ["lookup_order"] * len(tools) and tools
    assert (await client.conversational_ai.tools.get(tools[0].id)).tool_config.type == "client"
    heart = await client.voices.get("heart")
    assert (heart.voice_id, heart.name) == ("heart", "Heart")
    with pytest.raises(ApiError, match="voice_not_found"):
        await client.voices.get("nobody")
    models = await client.models.list()
    assert models[0].languages and {"en", "de"} <= {one.language_id for one in models[0].languages}
    user = await client.user.get()
    assert (user.user_id, user.subscription.status) == ("local", "active")
    assert (await client.user.subscription.get()).tier == "free"
    for path in ("convai/tools", "voices/heart", "models", "user", "user/subscription"):
        assert (await ask(agent, f"/v1/{path}"))[0] == 401, path


async def test_the_sound_of_a_conversation_and_its_removal(agent: AgentProcess) -> None:
    calls = sdk(agent).conversational_ai.conversations
    async with conversation(agent.socket_url(), SILENT_START) as client:
        call_id = conversation_id(client)
        with pytest.raises(ApiError, match="missing_conversation_audio"):
            [piece async for piece in calls.audio.get(call_id)]
        await client.send({"user_audio_chunk": base64.b64encode(b"\x00\x40" * 8_000).decode()})
        await client.type("say hello")
        await client.expect("audio", lambda p: p.get("is_final", False))
    sound = b"".join([piece async for piece in calls.audio.get(call_id)])
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 16_000)
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert np.count_nonzero(heard[:, 0] == 0x4000) == 8_000
    assert np.abs(heard[:, 1]).max() > 1_000
    detail = await calls.get(call_id)
    assert (detail.has_audio, detail.has_user_audio, detail.has_response_audio) == (True,) * 3
    await calls.delete(call_id)
    with pytest.raises(ApiError, match="conversation_not_found"):
        await calls.get(call_id)


def test_on_the_tape_speech_ends_where_it_was_cut_and_bytes_are_bounded() -> None:
    pcm = AudioFormat(Encoding.PCM, 16_000)
    tape = Tape(pcm, pcm)
    second = b"\x01\x01" * 16_000
    for _ in range(3):
        tape.spoken(second, 1.0)
    tape.interrupted(2.5)
    tape.spoken(second, 4.0)
    tape.heard(second[:1601], 0.1)
    tape.heard(second[:1599], 0.2)
    with wave.open(io.BytesIO(tape.wav())) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(heard) == 5 * 16_000
    spoken = np.flatnonzero(heard[:, 1])
    assert (spoken[0], np.flatnonzero(np.diff(spoken) > 1).size) == (16_000, 1)
    assert np.count_nonzero(heard[:, 1]) == 2.5 * 16_000
    assert np.count_nonzero(heard[:, 0]) == 1_600
    for _ in range(LARGEST // len(second) + 5):
        tape.heard(second, 5.0)
    assert len(tape.wav()) < 2 * LARGEST + 1_000_000


async def test_a_conversation_is_followed_to_its_end(agent: AgentProcess) -> None:
    calls = sdk(agent).conversational_ai.conversations
    async with conversation(agent.socket_url(), SILENT_START | TEXT_ONLY) as client:
        call_id = conversation_id(client)
        await client.type("what is two plus two")
        answer = await client.expect("agent_response")
        await client.send({"type": "feedback", "event_id": answer["event_id"], "score": "like"})
        await client.type("hello")
        await client.expect("agent_response")
        running_call = await calls.get(call_id)
        assert running_call.status == "in-progress"
        user, reply = running_call.transcript[:2]
        assert (user.role, user.message) == ("user", "what is two plus two")
        assert (reply.role, reply.message) == ("agent", "That is four.")
        assert reply.feedback is not None
        assert reply.feedback.score == "like"
    async with asyncio.timeout(100):
        while (await calls.get(call_id)).status != "done":  # noqa: ASYNC110  it is asked for
            await asyncio.sleep(0.02)
    assert call_id in {c.conversation_id for c in (await calls.list()).conversations}


async def test_a_file_is_sent_and_talked_about(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client:
        path = f"/v1/convai/conversations/{conversation_id(client)}/files"
        form = aiohttp.FormData()
        form.add_field("file", b"hello", filename="note.txt", content_type="text/plain")
        status, body = await ask(agent, path, "POST", data=form)
        assert status == 200
        part = {"type": "file_input", "file_id": body["file_id"]}
        message = {"type": "user_message", "text": "What is this?"}
        await client.send(
            {"type": "multimodal_message", "text": message, "file": part, "files": [part]}
        )
        interruption = await client.expect("interruption")
        answer = await client.expect("agent_response")
        assert answer["agent_response"] == "I have your file note.txt: text/plain, 5 bytes."
        audio = await client.expect("audio")
        assert interruption["event_id"] == answer["event_id"] == audio["event_id"]
        assert (await ask(agent, f"{path}/{body['file_id']}", "DELETE"))[1] == body
        status, body = await ask(agent, f"{path}/gone")
        assert (status, body["detail"]["status"]) == (404, "file_not_found")


async def test_feedback_on_the_whole(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), TEXT_ONLY) as client:
        call_id = conversation_id(client)
    path = f"/v1/convai/conversations/{call_id}/feedback"
    for good in ({"feedback": "like"}, {"rating": 5, "comment": "fine"}):
        assert (await ask(agent, path, "POST", json=good))[0] == 200
    wrong: list[Any] = [{"feedback": "meh"}, {"rating": 6}, [], {"rating": "x"}]
    for bad in wrong:
        status, body = await ask(agent, path, "POST", json=bad)
        assert status == 422
        assert body["detail"][0]["msg"]
    found = await sdk(agent).conversational_ai.conversations.get(call_id)
    assert found.metadata.feedback is not None
    assert (found.metadata.feedback.rating, found.metadata.feedback.comment) == (5, "fine")


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/v1/convai/agents/nobody", 404, "document_not_found"),
        ("/v1/convai/conversations/conv_0", 404, "conversation_not_found"),
        ("/v1/nothing", 404, "not_found"),
    ],
)
async def test_errors_are_told_alike(
    agent: AgentProcess, path: str, status: int, name: str
) -> None:
    found, body = await ask(agent, path, headers=KEY)
    assert (found, body["detail"]["status"]) == (status, name)
    assert body["detail"]["message"]


async def test_wrong_numbers_and_missing_keys(agent: AgentProcess) -> None:
    status, body = await ask(agent, "/v1/convai/agents?page_size=101", headers=KEY)
    assert (status, body["detail"][0]["loc"]) == (422, ["page_size"])
    assert (await ask(agent, "/v1/convai/agents"))[0] == 401
    with pytest.raises(ApiError) as caught:
        await sdk(agent).conversational_ai.agents.get("nobody")
    assert caught.value.status_code == 404


async def test_a_child_takes_its_signature_for_a_key() -> None:
    with running("--parent") as agent:
        signature = agent.ready["signed_url"].split("conversation_signature=")[1]
        key = {"xi-api-key": signature}
        assert (await ask(agent, "/v1/convai/agents", headers=key))[0] == 200
        assert (await ask(agent, "/v1/convai/agents", headers=KEY))[0] == 401


async def test_the_largest_file_of_our_client_is_taken_and_nothing_larger(
    agent: AgentProcess,
) -> None:
    async with conversation(agent.socket_url(), TEXT_ONLY) as client:
        access, call_id = Access(base_url=agent.url, key="any"), conversation_id(client)

        def question(size: int) -> Question[str]:
            file = Upload(name="a.txt", data=bytes(size), mime="text/plain")
            assert CATALOGUE.upload
            return CATALOGUE.upload(access, call_id, file)

        assert await Api(access).ask(question(MAX_FILE))
        with pytest.raises(LinkError, match=f"413.*at most {MAX_FILE} bytes"):
            await Api(access).ask(question(MAX_FILE + 1))
