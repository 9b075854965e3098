"""Mute, push-to-talk, hold, and calls without sound: what the agent gets, what is on record."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from tests.audio.fakes import Samples, noise, tone
from tests.audio.wav import write_wav
from tests.conftest import sound_card
from tests.session.rig import Rig, agent_server, plan_for, running, send
from tests.vsound import VirtualSoundCard
from tui.audio.files.wav import WavReader
from tui.audio.level import dbfs
from tui.commands import Connect, HangUp, SetHeld, SetMuted, SetPushToTalk
from tui.events import (
    AudioGlitched,
    AudioOpened,
    BufferChanged,
    CallHeld,
    ConversationStarted,
    Event,
    LinkClosed,
    MicMuted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    PushToTalkSet,
)
from tui.setup import Setup

__all__ = ["sound_card"]

RATE = 16_000
SPOKEN = tone(337, 1000, RATE)


class Agent:
    """Keeps the level of each chunk; speaks and interrupts when told."""

    def __init__(self) -> None:
        self.levels = list[float]()
        self._socket: ServerConnection | None = None

    async def hold(self, socket: ServerConnection) -> None:
        self._socket = socket
        async for text in socket:
            if "user_audio_chunk" in text:
                audio = base64.b64decode(str(text).split('"')[3])
                self.levels.append(dbfs(np.frombuffer(audio, "<i2")))

    async def say(self, event_id: int, pcm: Samples = SPOKEN) -> None:
        audio = base64.b64encode(pcm.tobytes()).decode()
        payload = {"audio_base_64": audio, "event_id": event_id}
        await self._send({"type": "audio", "audio_event": payload})

    async def interrupt(self, event_id: int) -> None:
        await self._send({"type": "interruption", "interruption_event": {"event_id": event_id}})

    async def _send(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        await send(self._socket, frame)


@asynccontextmanager
async def talking(folder: Path, **changes: Any) -> AsyncIterator[tuple[Rig, Agent]]:
    """A call by files: noise at the microphone all the time."""
    agent = Agent()
    microphone = write_wav(folder / "mic.wav", noise(20_000, RATE, -20), RATE)
    async with agent_server(agent.hold) as url:
        plan = plan_for(
            folder,
            base_url=url,
            enabled=True,
            mic_file=str(microphone),
            speaker_file=str(folder / "out.wav"),
            **changes,
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(ConversationStarted)
            yield rig, agent


def loud(levels: list[float]) -> bool:
    return len(levels) > 10 and min(levels[-10:]) > -30


def silent(levels: list[float]) -> bool:
    return len(levels) > 10 and max(levels[-10:]) == -120


def reached(rig: Rig, kind: type[Event], count: int) -> Callable[[], bool]:
    return lambda: len(rig.all(kind)) == count


async def test_a_muted_microphone_sends_silence_in_rhythm(tmp_path: Path) -> None:
    async with talking(tmp_path) as (rig, agent):
        await rig.until(lambda: loud(agent.levels), "sound")
        rig.session.handle(SetMuted(muted=True))
        await rig.until(lambda: silent(agent.levels), "silence")
        rig.session.handle(SetMuted(muted=False))
        await rig.until(lambda: loud(agent.levels), "sound again")
        sent = [entry.number for entry in rig.read() if entry.kind == "user_audio_chunk"]
        told = [rig.reader.level(number) for number in sent][: len(agent.levels)]
        assert told == [round(level) for level in agent.levels[: len(told)]], "on record as sent"


async def test_a_muted_microphone_sends_nothing_where_that_is_wanted(tmp_path: Path) -> None:
    async with talking(tmp_path, mute="nothing") as (rig, agent):
        await rig.until(lambda: loud(agent.levels), "sound")
        rig.session.handle(SetMuted(muted=True))
        await rig.event(MicMuted)
        before = len(agent.levels)
        await rig.until(lambda: rig.notices.notice.muted, "the notice")
        await rig.until(lambda: rig.notices.notice.mic_dbfs > -30, "the meter goes on")
        assert -20 < rig.notices.notice.mic_peak_dbfs <= 0, "of a file too"
        await agent.say(1)
        await rig.event(PlaybackFinished)  # a second later
        assert len(agent.levels) - before <= 3  # what was under way
        rig.session.handle(SetMuted(muted=False))
        await rig.until(lambda: len(agent.levels) - before > 20, "sound again")
        assert loud(agent.levels)


async def test_push_to_talk_begins_closed_and_opens_by_key(tmp_path: Path) -> None:
    async with talking(tmp_path, talk="push") as (rig, agent):
        await rig.until(lambda: silent(agent.levels), "silence")
        assert max(agent.levels) == -120
        assert [e.on for e in rig.all(PushToTalkSet)] == [True]
        await rig.until(lambda: rig.notices.notice.push_to_talk, "the notice")
        assert rig.notices.notice.muted
        rig.session.handle(SetMuted(muted=False))
        await rig.until(lambda: loud(agent.levels), "the talk key")
        rig.session.handle(SetMuted(muted=True))
        await rig.until(lambda: silent(agent.levels), "the key again")
        rig.session.handle(SetPushToTalk(on=False))
        await rig.until(lambda: loud(agent.levels), "open all the time")
        rig.session.handle(SetPushToTalk(on=True))
        await rig.until(lambda: silent(agent.levels), "closed again")
        assert [e.on for e in rig.all(PushToTalkSet)] == [True, False, True]
        assert [e.muted for e in rig.all(MicMuted)] == [True, False, True, False, True]


async def test_hold_silences_both_ways_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with talking(tmp_path, mute="nothing") as (rig, agent):
        await agent.say(1)
        await rig.event(PlaybackStarted)
        rig.session.handle(SetHeld(held=True))
        await rig.until(lambda: silent(agent.levels), "silence in rhythm")
        assert rig.notices.notice.held
        assert rig.all(PlaybackFinished) == []
        rig.session.handle(SetHeld(held=False))
        finished = await rig.event(PlaybackFinished)
        await rig.until(lambda: loud(agent.levels), "sound")
        assert finished.heard_ms == pytest.approx(1000, abs=1)
        assert [e.held for e in rig.all(CallHeld)] == [True, False]
        assert rig.all(AudioGlitched) == []
    pcm = WavReader(tmp_path / "out.wav").read(1 << 21).astype(int)
    own = 2 * np.pi * 337 / 48_000 * 10_000
    # A start in the middle of a wave is the signal's own; nothing else may step.
    assert np.abs(np.diff(pcm)).max() < 2 * own


async def test_the_start_buffer_grows_when_a_reply_ran_dry(tmp_path: Path) -> None:
    async with talking(tmp_path, start_buffer_ms=40) as (rig, agent):
        await rig.until(lambda: rig.notices.notice.buffer_ms == 40, "the buffer of the plan")
        await agent.say(1, tone(337, 300, RATE))
        await rig.event(PlaybackStarted)
        await rig.until(lambda: rig.notices.notice.agent_speaking, "speech")
        await rig.until(lambda: not rig.notices.notice.agent_speaking, "its running dry")
        await agent.say(1, tone(337, 300, RATE))
        gap = await rig.event(AudioGlitched)
        assert gap.what == "gap"
        changed = await rig.event(BufferChanged)
        assert "ran dry" in changed.reason
        assert changed.buffer_ms >= 60
        await rig.until(lambda: rig.notices.notice.buffer_ms >= 60, "the notice")


async def test_what_is_interrupted_while_held_is_cut_there(tmp_path: Path) -> None:
    async with talking(tmp_path) as (rig, agent):
        await agent.say(1)
        await rig.event(PlaybackStarted)
        rig.session.handle(SetHeld(held=True))
        await rig.event(CallHeld)
        await agent.interrupt(2)
        cut = await rig.event(PlaybackFlushed)
        assert cut.heard_ms + cut.dropped_ms == pytest.approx(1000, abs=1)
        rig.session.handle(HangUp())
        await rig.event(LinkClosed)
        await rig.until(lambda: not rig.notices.notice.held, "a new call is not held")
        assert [e.held for e in rig.all(CallHeld)] == [True, False]


async def test_a_call_in_text_gives_the_devices_back(
    sound_card: VirtualSoundCard, tmp_path: Path
) -> None:
    agent = Agent()
    async with agent_server(agent.hold) as url:
        plan = plan_for(tmp_path, base_url=url, enabled=True, setup=Setup(text_only=True))
        async with running(plan) as rig:
            for number, text_only in enumerate((True, None, True), 1):
                rig.session.handle(Connect(setup=Setup(text_only=text_only)))
                await rig.until(reached(rig, ConversationStarted, number), "a call")
                if text_only is None:
                    await rig.until(lambda: len(rig.all(AudioOpened)) == 2, "both sides")
                    await rig.until(lambda: len(agent.levels) > 5, "chunks")
                else:
                    await rig.until(
                        lambda: (
                            not rig.notices.notice.mic_available
                            and not rig.notices.notice.buffer_ms
                        ),
                        "no device",
                    )
                rig.session.handle(HangUp())
                await rig.until(reached(rig, LinkClosed, number), "its end")
            assert len(rig.all(AudioOpened)) == 2
