"""Spoken conversations: where speech lies, what was said, interruptions, turns by hand."""

import base64
from typing import Any

import numpy as np
import pytest

from tests.agent.conftest import Recognise, Synthesise
from tests.agent.helpers import AgentProcess, words
from tests.agent.openai.helpers import RATE, TEXT, TRANSCRIBED, Client, Microphone, conversation
from tests.agent.openai.test_text import ORDER, said
from tests.agent.test_spoken import at_16k, spelled
from tui.audio.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode

MANUAL = {"audio": {"input": {"turn_detection": None}}}
TOLERANCE_MS = 120
"""A detector sees frames of 32 ms, and soft sounds late."""


def detected_by(kind: str, model: str = "whisper-1", **fields: Any) -> dict[str, object]:
    detection = {"type": kind, **fields}
    return {"audio": {"input": {"turn_detection": detection, "transcription": {"model": model}}}}


async def append(client: Client, audio: bytes) -> None:
    for n in range(0, len(audio), 48_000):
        encoded = base64.b64encode(audio[n : n + 48_000]).decode()
        await client.send("input_audio_buffer.append", audio=encoded)


async def test_a_spoken_question_is_heard_answered_and_spoken(
    agent: AgentProcess, synthesise: Synthesise, recognise: Recognise
) -> None:
    async with conversation(agent, TRANSCRIBED) as client, Microphone(client) as mic:
        mic.say(bytes(RATE) + synthesise("What is twelve times seven?", RATE))
        response = await client.done()
        transcript = client.of("conversation.item.input_audio_transcription.completed")[0]
        assert words(transcript["transcript"])[-1] in ("7", "seven")
        (item,) = response["output"]
        assert said(response) == ["That is eighty-four."]
        pcm = np.frombuffer(client.audio(item["id"]), "<i2")
        assert spelled(recognise(at_16k(pcm, RATE))) == ["that", "is", "eighty", "four"]
        kinds = [t for t in client.types() if "delta" not in t and t != "rate_limits.updated"]
        own = kinds[kinds.index("input_audio_buffer.speech_started") :]
        assert own[:10] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "conversation.item.input_audio_transcription.completed",
        ]
        user = client.of("conversation.item.added")[0]["item"]
        assert user["content"] == [{"type": "input_audio", "transcript": None}]
        ids = {e["item_id"] for e in client.events if e["type"].startswith("input_audio_buffer")}
        assert ids == {user["id"]} == {transcript["item_id"]}
        (began,), (stopped,) = (
            client.of(f"input_audio_buffer.speech_{edge}") for edge in ("started", "stopped")
        )
        ms = stopped["audio_end_ms"] - began["audio_start_ms"]
        assert response["usage"]["input_token_details"]["audio_tokens"] == -(-ms // 100)
        assert transcript["usage"]["seconds"] == round(ms / 1000, 1)


async def test_the_offsets_are_those_of_the_audio_that_was_appended(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    async with conversation(agent, TEXT) as client, Microphone(client) as mic:
        for silence_s, padding, silence in ((1, 300, 200), (2, 100, 600)):
            detection = detected_by(
                "server_vad", prefix_padding_ms=padding, silence_duration_ms=silence
            )
            await client.update(**detection)
            speech = synthesise("hello", RATE)
            mic.say(bytes(RATE * 2 * silence_s) + speech)
            began_ms, ended_ms = (mic.ended - len(speech)) / 48, mic.ended / 48
            started = await client.expect("input_audio_buffer.speech_started")
            assert abs(started["audio_start_ms"] + padding - began_ms) < TOLERANCE_MS
            stopped = await client.expect("input_audio_buffer.speech_stopped")
            assert abs(stopped["audio_end_ms"] - silence - ended_ms) < TOLERANCE_MS
            await client.expect("conversation.item.done")
            await client.send("conversation.item.retrieve", item_id=stopped["item_id"])
            part = (await client.expect("conversation.item.retrieved"))["item"]["content"][0]
            ms = len(base64.b64decode(part["audio"])) / 48
            assert abs(ms - (stopped["audio_end_ms"] - started["audio_start_ms"])) <= 1
            await client.expect("rate_limits.updated")


async def test_nothing_is_told_of_words_unless_that_is_asked_for(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    async with conversation(agent) as client, Microphone(client) as mic:
        mic.say(synthesise("What is two plus three?", RATE))
        assert said(await client.done()) == ["That is five."]
        assert not [t for t in client.types() if "transcription" in t]


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-4o-transcribe"])
async def test_how_the_words_come_and_what_they_cost(
    agent: AgentProcess, synthesise: Synthesise, model: str
) -> None:
    session = detected_by("server_vad", model)
    async with conversation(agent, session) as client, Microphone(client) as mic:
        mic.say(synthesise("What is two plus three?", RATE))
        kind = "conversation.item.input_audio_transcription"
        completed = await client.expect(f"{kind}.completed")
        deltas = [e["delta"] for e in client.of(f"{kind}.delta")]
        assert "".join(deltas) == completed["transcript"]
        assert (len(deltas) > 3) == (model == "gpt-live-transcribe")
        assert completed["usage"]["type"] == ("tokens" if "4o" in model else "duration")


async def test_speaking_interrupts_the_story(agent: AgentProcess, synthesise: Synthesise) -> None:
    slow = {"audio": {"output": {"speed": 0.5}}}  # twice as long to make, too
    async with conversation(agent, slow) as client, Microphone(client) as mic:
        await client.type("Tell me a story")
        story = (await client.expect("response.created"))["response"]["id"]
        await client.expect("response.output_audio.delta")
        mic.say(synthesise("Stop! What is six plus seven?", RATE))
        await client.expect("input_audio_buffer.speech_started")
        cut = await client.done()
        assert (cut["id"], cut["status"]) == (story, "cancelled")
        assert cut["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        await client.expect("response.done", lambda e: said(e["response"]) == ["That is thirteen."])
        at = client.types().index("response.done")
        later = [e for e in client.events[at:] if e["type"] == "response.output_audio.delta"]
        assert story not in {e["response_id"] for e in later}


async def test_interruption_and_answers_can_be_switched_off(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    quiet = detected_by("server_vad", interrupt_response=False, create_response=False)
    async with conversation(agent, quiet) as client, Microphone(client) as mic:
        await client.type("Tell me a story")
        await client.expect("response.output_audio.delta")
        mic.say(synthesise("What is six plus seven?", RATE))
        await client.expect("input_audio_buffer.committed")
        story = await client.expect("response.done", again=True)  # it may have been done before
        assert story["response"]["status"] == "completed"
        assert len(client.of("response.created")) == 1


async def test_a_turn_that_interrupts_nothing_is_answered_afterwards(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    patient = detected_by("server_vad", interrupt_response=False)
    async with conversation(agent, patient) as client, Microphone(client) as mic:
        await client.type("Tell me a story")
        await client.expect("response.output_audio.delta")
        mic.say(synthesise("What is six plus seven?", RATE))
        assert (await client.done())["status"] == "completed"
        await client.expect("response.done", lambda e: said(e["response"]) == ["That is thirteen."])
        assert not client.of("error")


async def test_audio_that_comes_faster_than_it_is_heard_keeps_its_offsets(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    silence_s = 70  # more than may wait
    async with conversation(agent, TEXT) as client:
        speech = synthesise("What is two plus three?", RATE)
        await append(client, bytes(RATE * 2 * silence_s) + speech + bytes(RATE * 2))
        started = await client.expect("input_audio_buffer.speech_started")
        assert abs(started["audio_start_ms"] + 300 - silence_s * 1000) < TOLERANCE_MS
        assert said(await client.done()) == ["That is five."]


async def test_semantic_detection_waits_for_the_end_of_the_sentence(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    session = detected_by("semantic_vad", eagerness="low")
    async with conversation(agent, session) as client, Microphone(client) as mic:
        pause = bytes(RATE * 2)  # one second, in which server VAD would end the turn
        mic.say(synthesise("What is seven plus", RATE) + pause + synthesise("twelve?", RATE))
        assert said(await client.done()) == ["That is nineteen."]
        assert len(client.of("input_audio_buffer.speech_stopped")) == 1


async def test_turns_by_hand(agent: AgentProcess, synthesise: Synthesise) -> None:
    async with conversation(agent, MANUAL) as client:
        await append(client, bytes(4_000))
        await client.send("input_audio_buffer.commit")
        error = await client.error()
        assert error["code"] == "input_audio_buffer_commit_empty"
        assert "83.33ms" in error["message"]
        await client.send("input_audio_buffer.clear")
        await client.expect("input_audio_buffer.cleared")
        await append(client, synthesise("What is two plus three?", RATE))
        await client.send("input_audio_buffer.commit")
        await client.expect("conversation.item.done")
        assert not client.of("response.created")  # a commit asks for nothing
        await client.send("response.create")
        assert said(await client.done()) == ["That is five."]
        assert not client.of("input_audio_buffer.speech_started")


async def spoken(client: Client, sound: bytes) -> None:
    await append(client, sound)
    await client.send("input_audio_buffer.commit")


async def order_called(client: Client) -> dict[str, Any]:
    """The result of the call that a text leads to."""
    response = await client.answer("check order 1009")
    call_id = response["output"][0]["call_id"]
    return {"type": "function_call_output", "call_id": call_id, "output": '{"status":"shipped"}'}


async def test_a_result_that_comes_while_another_turn_is_answered_is_told_next(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    """It stands before words that know nothing of it."""
    async with conversation(agent, MANUAL | ORDER) as client:
        result = await order_called(client)
        await spoken(client, synthesise("What is two plus three?", RATE))
        await client.send("response.create")
        await client.send("conversation.item.create", item=result)
        assert said(await client.done()) == ["That is five."]
        await client.send("response.create")
        assert said(await client.done()) == ["Order 1009: status shipped."]


@pytest.mark.parametrize("first", ["result", "question"])
async def test_a_result_and_a_question_are_both_answered(
    agent: AgentProcess, synthesise: Synthesise, first: str
) -> None:
    async with conversation(agent, MANUAL | ORDER) as client:
        result = await order_called(client)
        if first == "result":
            await client.send("conversation.item.create", item=result)
        await spoken(client, synthesise("What is two plus three?", RATE))
        if first == "question":
            await client.send("conversation.item.create", item=result)
        await client.send("response.create")
        assert said(await client.done()) == ["Order 1009: status shipped.", "That is five."]


async def test_audio_in_an_item_is_heard(agent: AgentProcess, synthesise: Synthesise) -> None:
    async with conversation(agent, TEXT) as client:
        sound = base64.b64encode(synthesise("What is two plus three?", RATE)).decode()
        part = {"type": "input_audio", "audio": sound}
        item = {"type": "message", "role": "user", "content": [part]}
        await client.send("conversation.item.create", item=item)
        await client.send("response.create")
        assert said(await client.done()) == ["That is five."]


@pytest.mark.parametrize("form", ["audio/pcmu", "audio/pcma"])
async def test_telephone_formats(
    agent: AgentProcess, synthesise: Synthesise, recognise: Recognise, form: str
) -> None:
    encode, decode, silence = {
        "audio/pcmu": (ulaw_encode, ulaw_decode, b"\xff"),
        "audio/pcma": (alaw_encode, alaw_decode, b"\xd5"),
    }[form]
    both = {"format": {"type": form}}
    async with conversation(agent, {"audio": {"input": both, "output": both}}) as client:
        async with Microphone(client, 8_000, silence) as mic:
            pcm = np.frombuffer(synthesise("What is two plus three?", 8_000), "<i2")
            mic.say(encode(pcm))
            response = await client.done()
        assert said(response) == ["That is five."]
        heard = decode(client.audio(response["output"][0]["id"]))
        assert spelled(recognise(at_16k(heard, 8_000))) == ["that", "is", "five"]


async def test_a_user_who_says_nothing_is_asked(agent: AgentProcess) -> None:
    session = detected_by("server_vad", idle_timeout_ms=5_000)
    async with conversation(agent, session) as client, Microphone(client):
        await client.answer("say hello")
        idle = await client.expect("input_audio_buffer.timeout_triggered")
        assert idle["audio_end_ms"] > idle["audio_start_ms"]
        committed = await client.expect("input_audio_buffer.committed")
        assert committed["item_id"] == idle["item_id"]
        assert said(await client.done()) == ["I am listening."]


async def test_a_clear_forgets_what_was_begun(agent: AgentProcess, synthesise: Synthesise) -> None:
    async with conversation(agent, TRANSCRIBED) as client:
        await append(client, synthesise("Tell me a story", RATE))
        await client.expect("input_audio_buffer.speech_started")
        await client.send("input_audio_buffer.clear")
        await client.expect("input_audio_buffer.cleared")
        await append(client, bytes(RATE * 2) + synthesise("What is two plus three?", RATE))
        await append(client, bytes(RATE * 2))
        assert said(await client.done()) == ["That is five."]
        assert len(client.of("input_audio_buffer.committed")) == 1
