"""Spoken conversations: synthesised speech in real time in, speech that is recognised back out."""

import asyncio
import time

import numpy as np
import pytest

from tests.agent.conftest import Recognise, Synthesise
from tests.agent.helpers import (
    PATIENCE_S,
    SILENT_START,
    AgentProcess,
    Client,
    Microphone,
    conversation,
    words,
)
from tui.agent.responder.number_words import number_words
from tui.audio.g711 import ulaw_decode
from tui.audio.resample import Resampler


async def whole_reply(client: Client, event_id: int) -> bytes:
    """The reply's audio, once its last frame came."""
    await client.expect(
        "audio", lambda p: p["event_id"] == event_id and p.get("is_final", False), again=True
    )
    return client.audio(event_id)


async def test_a_spoken_question_is_heard_answered_and_spoken(
    agent: AgentProcess, synthesise: Synthesise, recognise: Recognise
) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client, Microphone(client) as mic:
        mic.say(synthesise("What time is it?"))
        transcript = await client.expect("user_transcript")
        assert words(transcript["user_transcript"]) == ["what", "time", "is", "it"]
        answer = await client.expect("agent_response")
        assert answer["event_id"] == transcript["event_id"]
        audio = await whole_reply(client, answer["event_id"])
        said = words(answer["agent_response"])
        assert said[:2] == ["it", "is"]
        assert spelled(recognise(audio)) == said
        scores = [p["vad_score"] for p in client.of("vad_score")]
        assert max(scores) > 0.9
        assert min(scores) < 0.2
        guesses = client.of("tentative_user_transcript")
        assert guesses[-1]["user_transcript"] == transcript["user_transcript"]


async def test_chunks_that_end_within_a_sample_are_heard(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    async with (
        conversation(agent.socket_url(), SILENT_START) as client,
        Microphone(client, odd=1) as mic,
    ):
        mic.say(synthesise("What time is it?"))
        transcript = await client.expect("user_transcript")
        assert words(transcript["user_transcript"]) == ["what", "time", "is", "it"]


async def test_a_reply_is_complete_when_it_has_been_heard_and_never_when_it_was_cut(
    agent: AgentProcess,
) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client:
        await client.type("Tell me a story")
        story = await client.expect("agent_response")
        await client.expect("audio")
        await client.type("what is two plus two")
        correction = await client.expect("agent_response_correction")
        assert correction["response_id"] == story["response_id"]
        answer = await client.expect("agent_response")
        complete = await client.expect("agent_response_complete")
        assert complete["event_id"] == answer["event_id"] != story["event_id"]
        audio = client.audio(answer["event_id"])
        frames = [f for f in client.frames if f["type"] in ("audio", "agent_response_complete")]
        began = next(f for f in frames if f.get("audio_event", complete) is not complete
                     and f["audio_event"]["event_id"] == answer["event_id"])  # fmt: skip
        # What is heard takes as long as it is; the agent cannot know when it began to the ms.
        assert frames[-1]["at"] - began["at"] > len(audio) / 32_000 - 0.3


async def test_the_reply_comes_soon_after_the_user_stopped(
    agent: AgentProcess, synthesise: Synthesise
) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client, Microphone(client) as mic:
        mic.say(synthesise("What is twelve times seven?"))
        await client.expect("audio")
        # A generous bound: the figure itself belongs to the benchmarks.
        assert time.monotonic() - mic.speech_ended_at < 30


async def test_two_turns_follow_each_other(agent: AgentProcess, synthesise: Synthesise) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client, Microphone(client) as mic:
        mic.say(synthesise("What is two plus three?"))
        first = await client.expect("agent_response")
        await whole_reply(client, first["event_id"])
        mic.say(bytes(32_000) + synthesise("Say the quick brown fox."))
        second = await client.expect("agent_response")
        assert first["agent_response"] == "That is five."
        assert words(second["agent_response"]) == ["the", "quick", "brown", "fox"]


async def test_speaking_interrupts_the_story(
    agent: AgentProcess, synthesise: Synthesise, recognise: Recognise
) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client, Microphone(client) as mic:
        mic.say(synthesise("Tell me a story."))
        story = await client.expect("agent_response")
        for _ in range(16):  # the 16th goes out a second after the first
            await client.expect("audio")
        mic.say(synthesise("Stop, what is six plus seven?"))
        interruption = await client.expect("interruption")
        correction = await client.expect("agent_response_correction")
        assert correction["event_id"] == story["event_id"] < interruption["event_id"]
        assert correction["original_agent_response"] == story["agent_response"]
        heard = correction["corrected_agent_response"]
        assert story["agent_response"].startswith(heard)
        assert 2 <= len(words(heard)) < 30
        transcript = await client.expect("user_transcript")
        assert "plus" in words(transcript["user_transcript"])
        answer = await client.expect("agent_response")
        assert answer["event_id"] > interruption["event_id"]
        audio = await whole_reply(client, answer["event_id"])
        assert spelled(recognise(audio)) == words(answer["agent_response"])
        types = [frame["type"] for frame in client.frames]
        behind = client.frames[types.index("interruption") :]
        ids = {f["audio_event"]["event_id"] for f in behind if f["type"] == "audio"}
        assert ids == {answer["event_id"]}


async def test_nothing_is_heard_in_silence_and_clicks(agent: AgentProcess) -> None:
    async with conversation(agent.socket_url(), SILENT_START) as client, Microphone(client) as mic:
        clicks = np.zeros(32_000, np.int16)
        clicks[::6_000] = 20_000
        mic.say(clicks.tobytes())
        async with asyncio.timeout(PATIENCE_S):
            while len(client.of("vad_score")) < 25:
                await client.expect("vad_score")
        assert not client.of("user_transcript")
        assert not client.of("agent_response")


async def test_speech_before_everything_is_ready_is_not_lost(synthesise: Synthesise) -> None:
    agent = AgentProcess()
    try:
        async with (
            conversation(agent.socket_url(), SILENT_START) as client,
            Microphone(client) as mic,
        ):
            mic.say(synthesise("What is two plus three?"))
            assert (await client.expect("agent_response"))["agent_response"] == "That is five."
    finally:
        agent.stop()


async def test_two_conversations_do_not_mix(agent: AgentProcess, synthesise: Synthesise) -> None:
    sums = {"What is two plus three?": "That is five.", "What is six minus two?": "That is four."}

    async def hold(question: str, answer: str) -> str:
        async with (
            conversation(agent.socket_url(), SILENT_START) as client,
            Microphone(client) as mic,
        ):
            mic.say(synthesise(question))
            assert (await client.expect("agent_response"))["agent_response"] == answer
            await whole_reply(client, 1)
            assert len(client.of("agent_response")) == len(client.of("user_transcript")) == 1
            return str(client.of("conversation_initiation_metadata")[0]["conversation_id"])

    ids = await asyncio.gather(*(hold(*pair) for pair in sums.items()))
    assert len(set(ids)) == 2


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 44_100, 48_000])
async def test_other_rates(
    agent: AgentProcess, synthesise: Synthesise, recognise: Recognise, rate: int
) -> None:
    name = f"pcm_{rate}"
    url = agent.socket_url(input_format=name, output_format=name)
    async with conversation(url, SILENT_START) as client, Microphone(client, rate) as mic:
        metadata = client.of("conversation_initiation_metadata")[0]
        assert metadata["user_input_audio_format"] == name
        assert metadata["agent_output_audio_format"] == name
        mic.say(synthesise("What is two plus three?", rate))
        answer = await client.expect("agent_response")
        pcm = np.frombuffer(await whole_reply(client, answer["event_id"]), "<i2")
        assert spelled(recognise(at_16k(pcm, rate))) == words(answer["agent_response"])


async def test_mu_law(agent: AgentProcess, recognise: Recognise) -> None:
    async with conversation(agent.socket_url(output_format="ulaw_8000"), SILENT_START) as client:
        await client.type("what is two plus three")
        answer = await client.expect("agent_response")
        pcm = ulaw_decode(await whole_reply(client, answer["event_id"]))
        assert spelled(recognise(at_16k(pcm, 8_000))) == words(answer["agent_response"])


def at_16k(pcm: np.ndarray[tuple[int, ...], np.dtype[np.int16]], rate: int) -> bytes:
    converter = Resampler(rate, 16_000)
    return np.concatenate((converter.process(pcm), converter.drain())).tobytes()


def spelled(text: str) -> list[str]:
    """Words with numbers in words, as the recogniser may write either."""
    found = words(text)
    return words(" ".join(number_words(int(w)) if w.isdigit() else w for w in found))
