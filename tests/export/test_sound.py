"""The sound of a call for others: recordings in other formats, and journals that hold their own."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.devices.test_device import speechlike
from tests.audio.fakes import MS, Samples, best_match, noise
from tests.audio.files.test_recording import read_wav
from tests.audio.mp3 import mp3
from tests.journals import write_journal
from tui.audio.files.recording import WavTrack
from tui.audio.resample import Resampler
from tui.cli.main import main
from tui.config import ConfigError
from tui.events import PlaybackFinished, PlaybackFlushed, PlaybackStarted
from tui.export.sound import export_sound
from tui.journal.new_file import whole_file
from tui.journal.record import Direction

RATE = 48_000


def recorded(path: Path, rate: int = RATE) -> Samples:
    both = np.stack([speechlike(2500, rate), np.roll(speechlike(2500, rate), rate)], axis=1)
    track = WavTrack(path, rate, 2)
    track.write(0, both)
    track.close()
    return both


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".opus"])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_recording_is_shared_in_another_format(tmp_path: Path, suffix: str, rate: int) -> None:
    both = recorded(tmp_path / "call.wav", rate)
    target = tmp_path / f"call{suffix}"
    assert main(["export", str(tmp_path / "call.wav"), str(target)]) == 0
    shared, shared_rate = soundfile.read(target, dtype="int16")
    assert shared_rate == (48_000 if suffix == ".opus" else rate)
    assert abs(len(shared) / shared_rate - 2.5) < 0.03
    assert target.stat().st_mode & 0o777 == 0o600
    if suffix == ".flac":
        assert np.array_equal(shared, both)
        return
    for side in (0, 1):
        wanted = Resampler(rate, shared_rate, "medium").process(both[:, side])
        at, alike = best_match(shared[:, side], wanted[shared_rate // 2 :][: 3 * shared_rate // 2])
        assert abs(at - shared_rate // 2) < shared_rate // 200
        assert alike > 0.6
    assert target.stat().st_size < (tmp_path / "call.wav").stat().st_size / 4


def frame(kind: str, pcm: Samples, event_id: int) -> str:
    encoded = base64.b64encode(pcm.tobytes()).decode()
    if kind == "user_audio_chunk":
        return json.dumps({"user_audio_chunk": encoded})
    return json.dumps(
        {"type": "audio", "audio_event": {"audio_base_64": encoded, "event_id": event_id}}
    )


METADATA = json.dumps(
    {
        "type": "conversation_initiation_metadata",
        "conversation_initiation_metadata_event": {
            "conversation_id": "conv_1",
            "agent_output_audio_format": "pcm_24000",
            "user_input_audio_format": "pcm_16000",
        },
    }
)


def journal(path: Path, *, played: bool) -> tuple[Samples, Samples]:
    """Eight seconds; the agent is heard from 3 s on, and flushed after 700 ms."""
    said, spoken = speechlike(8000, 16_000), speechlike(1500, 24_000)
    begin_ns = 5_000_000 * MS
    writer = write_journal(path, clock=lambda: begin_ns)

    def sent(kind: str, pcm: Samples, at_ms: float, event_id: int = 0) -> None:
        direction = Direction.SENT if kind == "user_audio_chunk" else Direction.RECEIVED
        data = pcm.astype("<i2")
        writer.frame(
            direction, kind, frame(kind, data, event_id), audio=data.tobytes(),
            time_ns=begin_ns + round(at_ms * MS),
        )  # fmt: skip

    writer.frame(Direction.RECEIVED, "conversation_initiation_metadata", METADATA, time_ns=begin_ns)
    for number in range(400):
        at_ms = (number + 1) * 20
        sent("user_audio_chunk", said[number * 320 : (number + 1) * 320], at_ms)
        if at_ms == 2900:
            sent("audio", spoken, at_ms, 7)
            if played:
                started = PlaybackStarted(reply_id=7, at_ns=begin_ns + 3000 * MS)
                writer.fact(started, time_ns=begin_ns + 2901 * MS)
        if at_ms == 3740 and played:
            flushed = PlaybackFlushed(
                reply_id=7,
                at_ns=begin_ns + 3700 * MS,
                heard_ms=700,
                dropped_ms=800,
                cause="interruption",
            )
            writer.fact(flushed, time_ns=begin_ns + 3741 * MS)
    writer.close()
    return said, spoken


@pytest.mark.parametrize("played", [True, False], ids=["with a speaker", "without"])
def test_a_journal_gives_back_what_was_said_and_heard(tmp_path: Path, played: bool) -> None:
    said, spoken = journal(tmp_path / "call.jsonl", played=played)
    export_sound(tmp_path / "call.jsonl", tmp_path / "call.wav")
    both = read_wav(tmp_path / "call.wav")
    user = Resampler(16_000, RATE, "medium").process(said)[RATE : 3 * RATE]
    at, alike = best_match(both[:, 0], user)
    assert alike > 0.98
    assert abs(at / 48 - 1000) < 5
    agent = Resampler(24_000, RATE, "medium").process(spoken)
    at, alike = best_match(both[:, 1], agent[: RATE * 65 // 100])
    assert alike > 0.98
    assert abs(at / 48 - (3000 if played else 2900)) < 5
    heard = np.flatnonzero(np.abs(both[:, 1]) > 100)
    assert abs((heard[-1] - heard[0]) / 48 - (700 if played else 1500)) < 10


def test_an_agent_that_speaks_mp3_is_heard(tmp_path: Path) -> None:
    """In place of the PCM that was agreed; each reply is a stream of its own."""
    spoken = Resampler(8000, 44_100, "medium").process(noise(1000, 8000, -18, seed=3))
    begin_ns = 5_000_000 * MS
    writer = write_journal(tmp_path / "call.jsonl", clock=lambda: begin_ns)
    metadata = METADATA.replace("pcm_24000", "pcm_44100")
    writer.frame(Direction.RECEIVED, "conversation_initiation_metadata", metadata, time_ns=begin_ns)
    for event_id in (1, 2):
        data, at_ns = mp3(spoken), begin_ns + event_id * 2000 * MS
        for at in range(0, len(data), 1777):
            piece = data[at : at + 1777]
            encoded = base64.b64encode(piece).decode()
            event = {"audio_base_64": encoded, "event_id": event_id}
            text = json.dumps({"type": "audio", "audio_event": event})
            writer.frame(Direction.RECEIVED, "audio", text, audio=piece, time_ns=at_ns)
        writer.fact(PlaybackStarted(reply_id=event_id, at_ns=at_ns + 50 * MS), time_ns=at_ns)
        done = PlaybackFinished(reply_id=event_id, at_ns=at_ns + 1100 * MS, heard_ms=1060)
        writer.fact(done, time_ns=at_ns + 1100 * MS)
    writer.close()
    export_sound(tmp_path / "call.jsonl", tmp_path / "call.wav")
    heard = read_wav(tmp_path / "call.wav")[:, 1]
    wanted = Resampler(44_100, RATE, "medium").process(spoken)
    for event_id in (1, 2):
        begin = RATE * (2000 * event_id + 50) // 1000
        at, alike = best_match(heard[begin - RATE // 10 : begin + 13 * RATE // 10], wanted)
        assert alike > 0.95
        assert abs(at - RATE // 10) < RATE * 60 // 1000  # an encoder begins with a frame or two


def test_mp3_without_a_decoder_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    writer = write_journal(tmp_path / "call.jsonl")
    writer.frame(Direction.RECEIVED, "conversation_initiation_metadata", METADATA)
    data = mp3(noise(300, 24_000, -18), 24_000)
    event = {"audio_base_64": base64.b64encode(data).decode(), "event_id": 1}
    text = json.dumps({"type": "audio", "audio_event": event})
    writer.frame(Direction.RECEIVED, "audio", text, audio=data)
    writer.close()
    with pytest.raises(ConfigError, match=r"speaks MP3; pip install .voicescope\[mp3\]"):
        export_sound(tmp_path / "call.jsonl", tmp_path / "call.wav")
    assert not (tmp_path / "call.wav").exists()


def test_a_journal_becomes_flac_too(tmp_path: Path) -> None:
    journal(tmp_path / "call.jsonl", played=True)
    export_sound(tmp_path / "call.jsonl", tmp_path / "call.wav")
    export_sound(tmp_path / "call.jsonl", tmp_path / "call.flac")
    shared, _ = soundfile.read(tmp_path / "call.flac", dtype="int16")
    assert np.array_equal(shared, read_wav(tmp_path / "call.wav"))


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("call.wav", "call.wav", "WAV already"),
        ("call.wav", "there.flac", "exists"),
        ("text.wav", "new.flac", "no sound that can be read"),
        ("text.jsonl", "new.flac", "not a VoiceScope journal"),
        ("none.wav", "new.flac", "No such file"),
        ("silent.jsonl", "new.flac", "holds no audio"),
        ("silent.jsonl", "new.wav", "holds no audio"),
    ],
)
def test_what_cannot_be_shared_is_said_and_nothing_is_left(
    tmp_path: Path, source: str, target: str, words: str
) -> None:
    recorded(tmp_path / "call.wav")
    (tmp_path / "there.flac").write_text("mine")
    for name in ("text.wav", "text.jsonl"):
        (tmp_path / name).write_text("no sound")
    write_journal(tmp_path / "silent.jsonl").close()
    with pytest.raises(ConfigError, match=words):
        export_sound(tmp_path / source, tmp_path / target)
    assert not (tmp_path / "new.flac").exists() and not (tmp_path / "new.wav").exists()
    assert (tmp_path / "there.flac").read_text() == "mine"


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path / "call.wav")
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(ConfigError, match=r"pip install .voicescope\[audio\]"):
        export_sound(tmp_path / "call.wav", tmp_path / "call.opus")
    assert not (tmp_path / "call.opus").exists()


@pytest.mark.parametrize(
    ("source", "target"),
    [("call.wav", "new.flac"), ("call.jsonl", "new.wav"), ("call.jsonl", "new.jsonl")],
)
def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path, source: str, target: str) -> None:
    recorded(tmp_path / "call.wav")
    journal(tmp_path / "call.jsonl", played=True)
    before = sorted(tmp_path.iterdir())
    code = (
        "import resource, signal, sys; from tui.cli.main import main;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "export", str(tmp_path / source), str(tmp_path / target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("target", ["new.wav", "new.jsonl", "new.flac"])
def test_a_new_file_has_its_name_when_it_is_whole(
    tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was on the disk before: the name is the last thing that is written."""
    journal(tmp_path / "call.jsonl", played=True)
    there = list[bool]()
    sync = os.fsync

    def look(fd: int) -> None:
        there.append((tmp_path / target).exists())
        sync(fd)

    monkeypatch.setattr(os, "fsync", look)
    assert main(["export", str(tmp_path / "call.jsonl"), str(tmp_path / target)]) == 0
    assert there == [False]
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"call.jsonl", "call.jsonl.audio", target}


def test_a_file_that_comes_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "mine.txt"
    with pytest.raises(FileExistsError), whole_file(target) as part:
        part.write_text("new")
        target.write_text("mine")
    assert target.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_disk_without_links_has_its_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    with whole_file(tmp_path / "a.txt") as part:
        part.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "new"
    with pytest.raises(FileExistsError), whole_file(tmp_path / "b.txt") as part:
        part.write_text("new")
        (tmp_path / "b.txt").write_text("mine")
    assert (tmp_path / "b.txt").read_text() == "mine"
