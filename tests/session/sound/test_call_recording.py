"""The sound of a call in a file, against what the virtual devices really carried."""

import asyncio
import base64
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from tests.audio.devices.test_device import speechlike
from tests.audio.fakes import Samples, best_match
from tests.audio.files.test_recording import read_wav
from tests.audio.wav import write_wav
from tests.conftest import sound_card
from tests.session.rig import Rig, agent_server, plan_for, running, send
from tests.vsound import Recording, VirtualSoundCard
from tui.audio.files.wav import WavReader
from tui.audio.resample import Resampler
from tui.commands import Connect, SendFile, SetMuted
from tui.events import PlaybackFinished, RecordingFailed, RecordingStarted, UploadFailed
from tui.export.sound import export_sound
from tui.notices import CallState
from tui.session.connect import Connector

__all__ = ["sound_card"]

RATE = 48_000


def begin_ns(recording: Recording) -> float:
    """When the first sample was at the monitor: pieces come late, never early."""
    return min(at - count * 1e9 / RATE for at, count in recording.arrivals)


def speaking(pcm: Samples) -> dict[str, object]:
    audio = base64.b64encode(pcm.tobytes()).decode()
    return {"type": "audio", "audio_event": {"audio_base_64": audio, "event_id": 1}}


async def test_both_sides_lie_where_the_devices_had_them(
    tmp_path: Path, sound_card: VirtualSoundCard
) -> None:
    """Needs (Debian): pulseaudio pulseaudio-utils libportaudio2."""
    # A server without a core to run on tears sound, no recording's doing: one round of three is
    # to be whole. A recording that lies wrong does so in each.
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        try:
            return await check_where_both_sides_lie(folder, sound_card)
        except AssertionError:
            if attempt == 2:
                raise


async def check_where_both_sides_lie(tmp_path: Path, sound_card: VirtualSoundCard) -> None:
    path = tmp_path / "call.wav"
    spoken, said = speechlike(1000, 16_000), speechlike(1500, RATE)[RATE // 2 :]

    async def agent(socket: ServerConnection) -> None:
        await asyncio.wait_for(question.wait(), 10)
        await send(socket, speaking(spoken))
        async for _ in socket:
            pass

    question = asyncio.Event()
    mouth = sound_card._cat("--record", "mouth.monitor", RATE)
    environ = {**os.environ, **sound_card.environ}
    with (
        sound_card.listen(RATE) as speaker,
        Recording([*mouth, "--latency-msec=10"], environ, RATE) as microphone,
    ):
        async with agent_server(agent) as url:
            plan = plan_for(
                tmp_path, base_url=url, enabled=True, record="stereo", record_path=str(path)
            )
            async with running(plan) as rig:
                rig.session.handle(Connect())
                await rig.event(RecordingStarted)
                await asyncio.to_thread(speaker.wait_for, 3.5)  # the drivers' times settle
                await asyncio.to_thread(sound_card.speak, said, RATE)
                question.set()
                await rig.event(PlaybackFinished)
                assert rig.session._engine.recording == str(path)
        carried = {0: (microphone, said), 1: (speaker, speechlike(1000, RATE))}
        both, recorded_rate = read_wav(path), WavReader(path).rate
        found, true = list[float](), list[float]()
        for channel, (monitor, sound) in carried.items():
            heard = Resampler(recorded_rate, RATE, "medium").process(both[:, channel])
            at, alike = best_match(heard, sound[: RATE // 2])
            assert alike > 0.7, f"channel {channel}"
            found.append(at * 1e9 / RATE)
            at, alike = best_match(monitor.pcm(), sound[: RATE // 2])
            assert alike > 0.9, f"monitor {channel}"
            true.append(begin_ns(monitor) + at * 1e9 / RATE)
    off_ms = ((found[1] - found[0]) - (true[1] - true[0])) / 1e6
    # Under 2 ms in 11 of 12 tries on a quiet machine, 4 in the other; 7 beside two busy loops.
    assert abs(off_ms) < 10


def has_sent(rig: Rig, chunks: int) -> bool:
    return rig.kinds().count("user_audio_chunk") >= chunks


async def hold(socket: ServerConnection) -> None:
    async for _ in socket:
        pass


async def test_what_a_muted_microphone_hears_is_not_recorded(tmp_path: Path) -> None:
    path, said = tmp_path / "call.wav", speechlike(5000, 16_000)
    microphone = write_wav(tmp_path / "in.wav", said, 16_000)
    async with agent_server(hold) as url:
        plan = plan_for(
            tmp_path,
            base_url=url,
            enabled=True,
            mic_file=str(microphone),
            speaker_file=str(tmp_path / "out.wav"),
            record="files",
            record_path=str(path),
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(RecordingStarted)
            for muted in (False, True):
                rig.session.handle(SetMuted(muted=muted))
                wanted = rig.kinds().count("user_audio_chunk") + 30
                await rig.until(partial(has_sent, rig, wanted))
    user = read_wav(tmp_path / "call-user.wav")[:, 0]
    agent = read_wav(tmp_path / "call-agent.wav")[:, 0]
    assert len(user) == len(agent) > RATE
    silent = np.flatnonzero(user)[-1]
    assert 0.4 * RATE < silent < len(user) - 0.4 * RATE
    assert not agent.any()


async def test_a_recording_that_cannot_be_made_ends_no_call(tmp_path: Path) -> None:
    async with agent_server(hold) as url:
        plan = plan_for(
            tmp_path,
            base_url=url,
            enabled=True,
            mic_file=str(write_wav(tmp_path / "in.wav", speechlike(500, 16_000), 16_000)),
            speaker_file=str(tmp_path / "out.wav"),
            record="stereo",
            record_path=str(tmp_path / "none" / "call.wav"),
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            failed = await rig.event(RecordingFailed)
            assert failed.reason == "No such file or directory"
            await rig.until(lambda: rig.kinds().count("user_audio_chunk") > 10)
            assert rig.notices.notice.state is CallState.LIVE
            assert rig.session._engine.recording == ""


async def test_a_run_from_standard_input_is_recorded_and_its_journal_agrees(
    tmp_path: Path,
) -> None:
    """`sox … | voicescope run --mic - --record`: the file, and what `export` makes of the journal
    where there is none, have the same sound at the same distance."""
    for attempt in range(3):  # as above: samples that come late are not sent
        folder = tmp_path / str(attempt)
        folder.mkdir()
        try:
            return await check_a_run_from_standard_input(folder)
        except AssertionError:
            if attempt == 2:
                raise


async def check_a_run_from_standard_input(tmp_path: Path) -> None:
    said, spoken = speechlike(2000, 16_000), speechlike(2500, 16_000)[16_000:]

    async def agent(socket: ServerConnection) -> None:
        await send(socket, speaking(spoken))
        await hold(socket)

    async with agent_server(agent) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tui", "run", "--mic", "-", "--for", "2.6"),
            *("--base-url", url, "--agent-id", "a", "--speaker", str(tmp_path / "out.wav")),
            *("--record", str(tmp_path / "call.wav"), "--journal", str(tmp_path / "run.jsonl")),
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(said.tobytes()), 100)
    assert process.returncode == 0, out
    export_sound(tmp_path / "run.jsonl", tmp_path / "journal.wav")
    distances = []
    for name in ("call.wav", "journal.wav"):
        both = read_wav(tmp_path / name)
        found = []
        for side, sound in ((0, said), (1, spoken)):
            wanted = Resampler(16_000, RATE, "medium").process(sound)[:RATE]
            at, alike = best_match(both[:, side], wanted)
            assert alike > 0.7, (name, side)
            found.append(at / 48)
        distances.append(found[1] - found[0])
    # Of the user's side a journal knows only when it was sent.
    assert abs(distances[1] - distances[0]) < 80


async def test_quitting_during_an_upload_keeps_the_end_of_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes the file and never answers."""
    begun = asyncio.Event()

    async def never(*arguments: object) -> tuple[str, int]:
        begun.set()
        await asyncio.Event().wait()
        return "", 0

    async def agent(socket: ServerConnection) -> None:
        async for _ in socket:
            pass

    monkeypatch.setattr(Connector, "upload", never)
    (tmp_path / "note.txt").write_text("note")
    said = write_wav(tmp_path / "said.wav", speechlike(1500, 16_000), 16_000)
    path = tmp_path / "call.wav"
    async with agent_server(agent) as url:
        plan = plan_for(
            tmp_path,
            base_url=url,
            enabled=True,
            mic_file=str(said),
            speaker_file=str(tmp_path / "heard.wav"),
            record="stereo",
            record_path=str(path),
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(RecordingStarted)
            await rig.until(
                lambda: rig.session._engine.microphone.file_finished, "all of it spoken"
            )
            rig.session.handle(SendFile(path=str(tmp_path / "note.txt")))
            await begun.wait()
    (failed,) = rig.all(UploadFailed)
    assert failed.reason == "you quit before it was sent"
    # What lay between the last piece that was written in the call and its end.
    both, rate = read_wav(path), WavReader(path).rate
    assert len(both) / rate > 1.5
