"""Conformance: the official Python SDK, asynchronous and not, converses with the real agent."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection, RealtimeConnection

from tests.agent.conftest import Synthesise
from tests.agent.helpers import PATIENCE_S, AgentProcess, words
from tests.agent.openai.helpers import RATE, function, judged

MODEL = "gpt-realtime-2.1"
CHUNK = RATE * 2 // 50
AUDIO: Any = {"type": "realtime", "audio": {"input": {"transcription": {"model": "whisper-1"}}}}
TEXT: Any = {
    "type": "realtime",
    "output_modalities": ["text"],
    "tools": [function("lookup_order", id="string")],
}
CLOSE: Any = {"close_timeout": 1}


@asynccontextmanager
async def connected(agent: AgentProcess) -> AsyncIterator[AsyncRealtimeConnection]:
    client = AsyncOpenAI(api_key="any", base_url=f"{agent.url}/v1")
    async with client.realtime.connect(
        model=MODEL, websocket_connection_options=CLOSE
    ) as connection:
        yield connection


@contextmanager
def joined(agent: AgentProcess) -> Iterator[RealtimeConnection]:
    client = OpenAI(api_key="any", base_url=f"{agent.url}/v1")
    with client.realtime.connect(model=MODEL, websocket_connection_options=CLOSE) as connection:
        yield connection


def user(text: str) -> Any:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


async def until(connection: AsyncRealtimeConnection, kind: str) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            event = await connection.recv()
            assert not judged(event.model_dump(mode="json", exclude_unset=True))
            assert event.type != "error", event
            if event.type == kind:
                return event


def await_(connection: RealtimeConnection, kind: str) -> Any:
    while (event := connection.recv()).type != kind:
        assert event.type != "error", event
        assert not judged(event.model_dump(mode="json", exclude_unset=True))
    return event


async def talk(connection: AsyncRealtimeConnection, sound: bytes) -> None:
    """In real time, and silence behind it until cancelled."""
    while True:
        chunk, sound = sound[:CHUNK].ljust(CHUNK, b"\0"), sound[CHUNK:]
        encoded = base64.b64encode(chunk).decode()
        await connection.input_audio_buffer.append(audio=encoded)
        await asyncio.sleep(0.02)


async def test_text_and_tools(agent: AgentProcess) -> None:
    async with connected(agent) as connection:
        await connection.session.update(session=TEXT)
        await connection.conversation.item.create(item=user("check order 1009 and order 1010"))
        await connection.response.create()
        response = (await until(connection, "response.done")).response
        found = [json.loads(item.arguments) for item in response.output]
        assert found == [{"id": "1009"}, {"id": "1010"}]
        for item in response.output:
            output: Any = {
                "type": "function_call_output",
                "call_id": item.call_id,
                "output": "late",
            }
            await connection.conversation.item.create(item=output)
        await connection.response.create(response={"metadata": {"turn": "2"}})
        response = (await until(connection, "response.done")).response
        assert response.metadata == {"turn": "2"}
        assert response.output[0].content[0].text == "Order 1009: late. Order 1010: late."


async def test_voice_and_an_interruption(agent: AgentProcess, synthesise: Synthesise) -> None:
    async with connected(agent) as connection:
        await connection.session.update(session=AUDIO)
        await until(connection, "session.updated")
        talking = asyncio.create_task(talk(connection, synthesise("Tell me a story.", RATE)))
        transcript = await until(
            connection, "conversation.item.input_audio_transcription.completed"
        )
        assert words(transcript.transcript) == ["tell", "me", "a", "story"]
        item_id = (await until(connection, "response.output_audio.delta")).item_id
        talking.cancel()
        talking = asyncio.create_task(talk(connection, synthesise("What is two plus three?", RATE)))
        await until(connection, "input_audio_buffer.speech_started")
        await connection.conversation.item.truncate(
            item_id=item_id, content_index=0, audio_end_ms=100
        )
        assert (await until(connection, "conversation.item.truncated")).item_id == item_id
        while True:
            response = (await until(connection, "response.done")).response
            if response.status == "completed" and response.output:
                break
        assert response.output[0].content[0].transcript == "That is five."
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


@pytest.mark.timeout(400)
def test_without_asyncio(agent: AgentProcess, synthesise: Synthesise) -> None:
    with joined(agent) as connection:
        connection.session.update(session=AUDIO)
        sound = synthesise("What is two plus three?", RATE) + bytes(RATE)
        for n in range(0, len(sound), CHUNK):
            encoded = base64.b64encode(sound[n : n + CHUNK]).decode()
            connection.input_audio_buffer.append(audio=encoded)
        assert await_(connection, "response.done").response.output[0].content[0].transcript == (
            "That is five."
        )
        connection.conversation.item.create(item=user("Tell me a story"))
        connection.response.create()
        await_(connection, "response.output_audio.delta")
        connection.response.cancel()
        assert await_(connection, "response.done").response.status == "cancelled"


async def test_a_client_secret(agent: AgentProcess) -> None:
    client = AsyncOpenAI(api_key="any", base_url=f"{agent.url}/v1")
    minted = await client.realtime.client_secrets.create(session=TEXT)
    browser = AsyncOpenAI(api_key=minted.value, base_url=f"{agent.url}/v1")
    async with browser.realtime.connect(
        model=MODEL, websocket_connection_options=CLOSE
    ) as connection:
        created = await until(connection, "session.created")
        assert created.session.output_modalities == ["text"]
