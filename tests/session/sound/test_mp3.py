"""An agent that speaks MP3 where PCM was agreed: heard with a decoder, said without one."""

import base64
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from tests.audio.fakes import best_match, noise
from tests.audio.mp3 import mp3
from tests.audio.wav import write_wav
from tests.session.rig import agent_server, plan_for, running, send
from tui.audio.files.wav import WavReader
from tui.audio.mp3 import Mp3Library
from tui.audio.resample import Resampler
from tui.commands import Connect, SetMuted
from tui.events import MicMuted, Noted, PlaybackFinished, PlaybackStarted
from tui.session import recorder
from tui.session.sound import speaker as mouth

SAID = Resampler(8000, 44100, "medium").process(noise(1200, 8000, -18, seed=5))


def frame(event_id: int, audio: bytes) -> dict[str, object]:
    payload = {"audio_base_64": base64.b64encode(audio).decode(), "event_id": event_id}
    return {"type": "audio", "audio_event": payload}


async def agent(socket: ServerConnection) -> None:
    spoken = mp3(SAID)
    for at in range(0, len(spoken), 1777):
        await send(socket, frame(1, spoken[at : at + 1777]))
    await send(socket, frame(2, bytes(8000)))
    async for _ in socket:  # what is not read would keep the close frame waiting
        pass


async def test_mp3_where_pcm_was_agreed_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    async with agent_server(agent) as url:
        plan = plan_for(
            tmp_path, base_url=url, enabled=True, speaker_file=str(path), mic_file=silence(tmp_path)
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(PlaybackFinished)
            await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "the reply in PCM")
            assert [e.reply_id for e in rig.all(PlaybackStarted)] == [1, 2]
            assert rig.all(Noted) == []
            levels = [e.level for e in rig.read() if e.kind == "audio"]
    heard = WavReader(path).read(1 << 20)
    _, alike = best_match(heard, Resampler(44100, 48000, "medium").process(SAID))
    assert alike > 0.95
    assert all(level == pytest.approx(-18, abs=4) for level in levels[1:3])


async def test_without_a_decoder_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    async with agent_server(agent) as url:
        plan = plan_for(
            tmp_path,
            base_url=url,
            enabled=True,
            speaker_file=str(tmp_path / "out.wav"),
            mic_file=silence(tmp_path),
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            started = await rig.event(PlaybackStarted)
            assert started.reply_id == 2
            (note,) = rig.all(Noted)
            assert "voicescope[mp3]" in note.text


async def test_the_library_is_loaded_beside_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is, the call goes on; then all is heard, in its order."""
    gate, asked = threading.Event(), threading.Event()

    class Gated(Mp3Library):
        def begin(self) -> None:
            asked.set()

        @property
        def ready(self) -> bool:
            return gate.is_set()

    for user in (mouth, recorder):
        monkeypatch.setattr(user, "LIBRARY", Gated())
    path = tmp_path / "out.wav"
    async with agent_server(agent) as url:
        plan = plan_for(
            tmp_path, base_url=url, enabled=True, speaker_file=str(path), mic_file=silence(tmp_path)
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.until(asked.is_set, "the library is asked for")
            rig.session.handle(SetMuted(muted=True))
            await rig.event(MicMuted)
            await rig.until(lambda: len([k for k in rig.kinds() if k == "audio"]) > 5, "the reply")
            assert rig.all(PlaybackStarted) == []
            gate.set()
            await rig.until(lambda: len(rig.all(PlaybackFinished)) == 1, "the reply")
            await rig.until(lambda: len(rig.all(PlaybackStarted)) == 2, "the reply in PCM")
            assert [e.reply_id for e in rig.all(PlaybackStarted)] == [1, 2]
    _, alike = best_match(
        WavReader(path).read(1 << 20), Resampler(44100, 48000, "medium").process(SAID)
    )
    assert alike > 0.95


def silence(folder: Path) -> str:
    path = folder / "mic.wav"
    write_wav(path, np.zeros(16000, np.int16), 16000)
    return str(path)
