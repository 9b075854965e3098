"""What users of the official SDKs report of sound, acted out by the local agent.

Both ends are files: a microphone that ends, and a speaker whose samples can be counted.
"""

import wave
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.agent.helpers import AgentProcess
from tests.audio.wav import write_tone
from tests.session.rig import Rig
from tests.session.staged import staged
from tui.commands import HangUp, Interrupt, SendRaw, SendText
from tui.events import (
    AudioDropped,
    AudioReceived,
    AudioSent,
    Closer,
    ConversationStarted,
    LinkClosed,
    Noted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ProtocolErred,
    ReplySilenced,
    UserTranscribed,
    YieldSettled,
)
from tui.journal.reader import JournalReader
from tui.notices import CallState
from tui.setup import Setup

SPEAKER_RATE = 48_000
MULTIMODAL = '{"type":"multimodal_message","text":{"type":"user_message","text":"What is it?"}}'


def sounding(tmp_path: Path, mic_s: float = 20) -> dict[str, Any]:
    return {
        "enabled": True,
        "setup": Setup(),
        "mic_file": str(write_tone(tmp_path / "mic.wav", seconds=mic_s)),
        "speaker_file": str(tmp_path / "heard.wav"),
    }


def audio(rig: Rig, kind: str) -> list[bytes]:
    """What all frames of that kind carried."""
    with closing(JournalReader.open(rig.path)) as reader:
        return [reader.audio(e.number) or b"" for e in rig.read() if e.kind == kind]


def sent(rig: Rig) -> list[bytes]:
    return audio(rig, "user_audio_chunk")


def loudness(pcm: npt.NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean(pcm.astype(float) ** 2)))


async def test_01_the_reply_with_the_interruptions_own_id_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-01-same-id")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(ConversationStarted)
        rig.session.handle(SendRaw(text=MULTIMODAL))
        assert (await rig.event(PlaybackStarted, timeout=100)).reply_id == 5
    assert not rig.all(AudioDropped)


async def test_10_a_new_message_ends_what_waits_to_be_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-10-audio-goes-on")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(PlaybackStarted, timeout=100)
        rig.session.handle(SendText(text="Stop, please."))
        cut = await rig.event(PlaybackFlushed)
        assert (cut.reply_id, cut.cause) == (1, "text") and cut.dropped_ms > 500
        assert (await rig.event(YieldSettled)).confirmed
        await rig.until(lambda: rig.all(PlaybackStarted)[-1].reply_id == 3, "the new answer")


async def test_17_the_formats_are_those_of_the_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-17-other-formats")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(AudioReceived, timeout=100)
        await rig.event(AudioSent)
        await rig.event(LinkClosed)
        started = rig.all(ConversationStarted)[0]
    assert (started.input_format.rate, started.output_format.rate) == (8_000, 48_000)
    assert {len(chunk) for chunk in sent(rig)} == {320}  # 20 ms at 8 kHz


async def test_18_speech_after_an_interruption_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-18-tool-sound")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(PlaybackStarted, timeout=100)
        await rig.event(LinkClosed)
    spoken = np.frombuffer(b"".join(audio(rig, "audio")), "<i2")
    with wave.open(str(tmp_path / "heard.wav")) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    cut = rig.all(PlaybackFlushed)
    assert not cut or all(flush.cause == "call ended" for flush in cut)
    begin = int(np.flatnonzero(heard)[0])
    rate = rig.all(ConversationStarted)[0].output_format.rate
    loudest = loudness(spoken[: int(0.4 * rate)])
    assert loudness(heard[begin : begin + int(0.4 * SPEAKER_RATE)]) == pytest.approx(
        loudest, rel=0.1
    )


async def test_19_what_the_user_stopped_stays_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-19-local-stop")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        await rig.event(PlaybackStarted, timeout=100)
        rig.session.handle(Interrupt())
        assert (await rig.event(PlaybackFlushed)).cause == "user"
        assert (await rig.event(ReplySilenced)).reply_id == 1
        await rig.event(LinkClosed)
    assert len(rig.all(PlaybackStarted)) == 1 and not rig.all(PlaybackFinished)


async def test_26_a_recording_that_ends_is_followed_by_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url()
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path, mic_s=0.3)) as rig:
        await rig.until(lambda: rig.notices.notice.mic_file_finished, "the end of the file")
        await rig.until(lambda: silent_at_the_end(sent(rig)), "silence behind it")


async def test_26_the_turn_of_a_recording_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-26-end-of-recording")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path, mic_s=0.3)) as rig:
        assert (await rig.event(UserTranscribed)).text == "What time is it?"
        assert (await rig.event(AudioReceived, timeout=100)).reply_id == 1


def silent_at_the_end(chunks: list[bytes]) -> bool:
    return len(chunks) > 25 and any(chunks[0]) and not any(b"".join(chunks[-5:]))


async def test_28_chunks_after_the_close_are_dropped_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-28-late-chunks")
    async with staged(tmp_path, monkeypatch, url, **sounding(tmp_path)) as rig:
        closed = await rig.event(LinkClosed)
        await rig.until(lambda: rig.notices.notice.state is CallState.IDLE, "idle")
        rig.session.handle(HangUp())  # and a key too late is no harm either
    assert (closed.by, closed.code, closed.reason) == (Closer.AGENT, 1000, "bye")
    kinds = rig.kinds()
    assert "user_audio_chunk" in kinds
    assert "user_audio_chunk" not in kinds[kinds.index("link_closed") :]
    assert not rig.all(ProtocolErred) and not rig.all(Noted)
