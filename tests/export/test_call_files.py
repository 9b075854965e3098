"""What is taken away of a call opens, replays and runs again."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from tests.dashboard.sample_call import write_call
from tests.export.test_sound import journal
from tui.agent.scenarios.scenario import Delay, Send, Utter, WaitFor, load_scenario
from tui.errors import BackendError
from tui.export import sound_process as sharing_process
from tui.export.call_files import CallFiles
from tui.export.sound import export_sound
from tui.journal.reader import JournalReader
from tui.journal.record import audio_path
from tui.providers import open_codec


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return write_call(tmp_path / "support-0042.jsonl")


def take_away(path: Path) -> CallFiles:
    return CallFiles(path, lambda: open_codec("elevenlabs"), "elevenlabs")


def of_kind(path: Path, *kinds: str) -> list[int]:
    reader = JournalReader.open(path)
    return [n for n in range(len(reader)) if reader.kind(n) in kinds]


def test_rows_are_a_journal_of_their_own(call: Path) -> None:
    wanted = of_kind(call, "audio", "client_tool_call", "client_tool_result")
    path = take_away(call).rows(wanted, "kind:tool")
    assert (path.parent, path.name) == (Path.cwd(), "support-0042-kind-tool.jsonl")
    original, copy = JournalReader.open(call), JournalReader.open(path)
    assert len(copy) == len(wanted) + 1
    assert [copy.text(n) for n in range(1, len(copy))] == [original.text(n) for n in wanted]
    assert all(copy.time_ns(n) == original.time_ns(w) for n, w in enumerate(wanted, 1))


def test_a_selection_is_a_scenario_that_runs(call: Path) -> None:
    numbers = of_kind(call, "client_tool_call", "client_tool_result", "agent_response", "audio")
    path = take_away(call).scenario(numbers, "turn 7")
    scenario = load_scenario(path)
    assert "turn 7" in scenario.head.about
    kinds = {type(step) for step in scenario.steps}
    assert {Send, WaitFor, Delay, Utter} <= kinds


@pytest.mark.parametrize("what", ["rows", "scenario", "folder"])
def test_a_full_disk_is_said_and_nothing_is_left(
    call: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    taken = take_away(call)
    with pytest.raises(BackendError, match="cannot write to this folder: No space left"):
        match what:
            case "rows":
                taken.rows(of_kind(call, "audio"), "some")
            case "scenario":
                taken.scenario(of_kind(call, "agent_response"), "some")
            case _:
                taken.folder()
    assert list(Path.cwd().iterdir()) == []


def test_what_cannot_be_acted_out_is_said(call: Path) -> None:
    with pytest.raises(BackendError, match="no agent's frames"):
        take_away(call).scenario(of_kind(call, "user_audio_chunk"), "mic")


def test_a_folder_has_the_call_whole(call: Path) -> None:
    folder, lacks = take_away(call).folder()
    again, _ = take_away(call).folder()
    assert lacks == ""
    assert [folder.name, again.name] == ["support-0042", "support-0042-2"]
    original, copy = JournalReader.open(call), JournalReader.open(folder / "call.jsonl")
    assert len(copy) == len(original)
    assert copy.text(len(copy) - 1) == original.text(len(original) - 1)
    transcript = (folder / "transcript.txt").read_text()
    assert "you    What is your refund policy?" in transcript
    assert 'tool   lookup_order({"id":' in transcript
    assert "(interrupted" in transcript
    assert "\x1b" not in transcript
    sound, rate = soundfile.read(folder / "call.wav", always_2d=True)
    heard_s = (original.time_ns(len(original) - 1) - original.time_ns(0)) / 1e9
    assert sound.shape[1] == 2
    assert len(sound) / rate == pytest.approx(heard_s, abs=3)
    assert (folder / "call.wav").stat().st_mode & 0o777 == 0o600


def test_a_folder_has_the_sound_that_export_makes(tmp_path: Path, call: Path) -> None:
    journal(tmp_path / "spoken.jsonl", played=True)
    folder, _ = take_away(tmp_path / "spoken.jsonl").folder()
    export_sound(tmp_path / "spoken.jsonl", tmp_path / "spoken.wav")
    assert (folder / "call.wav").read_bytes() == (tmp_path / "spoken.wav").read_bytes()


def test_a_call_whose_sound_was_not_kept_is_taken_without(tmp_path: Path, call: Path) -> None:
    audio_path(call).unlink()
    folder, lacks = take_away(call).folder()
    assert "holds no audio" in lacks
    assert sorted(path.name for path in folder.iterdir()) == ["call.jsonl", "transcript.txt"]


def test_sound_that_is_given_up_leaves_no_file(
    tmp_path: Path, call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enough(done: float) -> None:
        raise KeyboardInterrupt

    child = [sys.executable, "-c", "print('=0.5', flush=True); import time; time.sleep(60)"]
    monkeypatch.setattr(sharing_process, "command", lambda *paths: child)
    target = tmp_path / "out.wav"
    target.touch()
    with pytest.raises(KeyboardInterrupt):
        sharing_process.write_sound(call, target, enough)
    assert not target.exists()


def test_who_writes_sound_ends_with_the_screen(tmp_path: Path, call: Path) -> None:
    """Its standard input is its life line; nothing half written is left."""
    target = tmp_path / "out.wav"
    code = (
        "import time, tui.export.sound as sound, tui.export.sound_process as process\n"
        "def endless(reader, target, tell): target.touch(); tell(0.5); time.sleep(60)\n"
        "sound.sound_of, process.TOLD_S = endless, 0\n"
        "process.main()"
    )
    command = [sys.executable, "-c", code, str(call), str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == b"=0.500\n"
        assert target.exists()
        child.stdin.close()
        assert child.wait(100) == 1
    assert not target.exists()
