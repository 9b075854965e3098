"""What flags and configuration of sound come to in the plan."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.audio.wav import write_tone
from tui.backend.launch import STDIN, Flags, Launch, prepare
from tui.config import Config, ConfigError, bridge_socket, replace
from tui.journal.folder import in_use, is_ours


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def launch(flags: Flags | None = None, **settings: object) -> Launch:
    config = Config()
    for key, value in settings.items():
        config = replace(config, key.replace("__", "."), value)
    return prepare(config, flags or Flags(), {})


def test_a_recording_lies_beside_its_journal() -> None:
    call = launch(audio__record="stereo")
    assert call.plan.audio.record == "stereo"
    assert call.plan.record_path == call.plan.journal.replace(".jsonl", ".wav")


def test_the_flag_records_also_what_is_not_kept(tmp_path: Path) -> None:
    call = launch(Flags(record=tmp_path / "call.wav"), journal__keep=False)
    assert (call.plan.audio.record, call.plan.record_path) == ("stereo", str(tmp_path / "call.wav"))


@pytest.mark.parametrize(
    ("settings", "flags", "name"),
    [
        ({"provider": "local"}, Flags(), "local"),
        ({"provider": "local"}, Flags(whom="needs-name"), "local-needs-name"),
        (
            {"provider": "elevenlabs", "elevenlabs__agent_id": "agent_01/../x"},
            Flags(),
            "elevenlabs-agent-01----x",
        ),
        ({"provider": "openai", "openai__model": "gpt-realtime"}, Flags(), "openai-gpt-realtime"),
    ],
)
def test_a_journal_is_named_after_who_is_called(
    settings: dict[str, object], flags: Flags, name: str
) -> None:
    call = launch(flags, **settings)
    assert call.journal is not None
    assert call.journal.name[20:] == f"{name}.jsonl"
    assert in_use(call.journal)  # from its first moment on
    assert is_ours(call.journal)


@pytest.mark.parametrize(
    ("name", "words"),
    [("there.wav", "exists"), ("call.mp3", r"give a \.wav"), ("none/call.wav", "no folder")],
)
def test_a_recording_that_cannot_be_is_refused_before(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "there.wav").touch()
    with pytest.raises(ConfigError, match=words):
        launch(Flags(record=tmp_path / name))


def test_a_call_without_a_trace_leaves_no_recording() -> None:
    with pytest.raises(ConfigError, match=r"journal\.keep"):
        launch(audio__record="stereo", journal__keep=False)


def test_a_call_without_sound_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no sound"):
        launch(Flags(record=tmp_path / "call.wav", text_only=True))


def test_a_bridge_is_where_ssh_builds_it_or_where_it_is_said() -> None:
    assert launch(audio__bridge="auto").plan.audio.bridge == str(bridge_socket())
    assert launch(audio__bridge="~/b.sock").plan.audio.bridge == str(Path("~/b.sock").expanduser())
    assert launch().plan.audio.bridge == ""


def test_samples_from_standard_input_are_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.isatty", lambda fd: False)
    call = launch(Flags(mic=STDIN, mic_rate=8000))
    assert (call.plan.mic_file, call.plan.mic_rate) == ("", 8000)
    assert call.plan.mic_fd > 2
    monkeypatch.setattr("os.isatty", lambda fd: True)
    with pytest.raises(ConfigError, match="pipe samples in"):
        launch(Flags(mic=STDIN))


def test_no_file_of_sound_is_ever_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = write_tone(tmp_path / "said.wav", 0.1)
    before = said.read_bytes()
    (tmp_path / "again.wav").hardlink_to(said)
    (tmp_path / "empty.wav").touch()
    refused = [
        (Flags(mic=said, speaker=said), "--speaker .* is what --mic reads"),
        (Flags(mic=said, speaker=Path("again.wav")), "is what --mic reads"),
        (Flags(mic=said, record=said), "--record .* is what --mic reads"),
        (Flags(speaker=said), "said.wav exists; give --speaker a new name"),
        (Flags(speaker=tmp_path), "exists"),
        (Flags(speaker=Path("new.wav"), record=tmp_path / "new.wav"), "are the same file"),
        (Flags(journal=Path("new"), speaker=Path("new")), "are the same file"),
    ]
    for flags, words in refused:
        with pytest.raises(ConfigError, match=words):
            launch(flags)
    assert said.read_bytes() == before
    assert not (tmp_path / "new.wav").exists()
    for name in ("new.wav", "empty.wav", os.devnull):
        assert launch(Flags(mic=said, speaker=Path(name))).plan.speaker_file.endswith(name)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (Flags(speaker=Path("-")), "--speaker -: .* name a file"),
        (Flags(journal=Path("-")), "--journal -: .* name a file"),
        (Flags(record=Path("-")), "--record -: .* name a file"),
        (Flags(speaker=Path("answer.mp3")), r"answer.mp3: it is written as WAV; give a \.wav"),
        (Flags(speaker=Path("empty.ogg")), r"empty.ogg: it is written as WAV"),
        (Flags(speaker=Path("answer.txt")), r"answer.txt: it is written as WAV"),
        (Flags(record=Path("call.flac")), r"give a \.wav"),
        (Flags(journal=Path("call.MP3")), r"a journal is no sound; give a \.jsonl"),
        (Flags(journal=Path("call.wav")), r"a journal is no sound"),
        (Flags(journal=Path("dangling.jsonl")), "dangling.jsonl is a link; name the file itself"),
        (Flags(speaker=Path("dangling.wav")), "dangling.wav is a link"),
        (Flags(record=Path("dangling.wav")), "dangling.wav is a link"),
        (Flags(speaker=Path("empty-link.wav")), "empty-link.wav is a link"),
        (Flags(journal=Path("none/call.jsonl")), "there is no folder none"),
    ],
)
def test_an_output_that_would_be_something_else_is_refused_before_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: Flags, words: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in ("dangling.jsonl", "dangling.wav"):
        (here / name).symlink_to(tmp_path / "victim")
    (here / "empty-link.wav").symlink_to(here / "empty.ogg")
    (here / "empty.ogg").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match=words):
        launch(flags)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_speakers_file_as_mktemp_makes_it_is_taken(tmp_path: Path) -> None:
    (tmp_path / "tmp.Xyz1").touch()
    assert launch(Flags(speaker=tmp_path / "tmp.Xyz1")).plan.speaker_file.endswith("tmp.Xyz1")


def test_a_microphones_file_has_the_channel_that_is_wanted(tmp_path: Path) -> None:
    said = write_tone(tmp_path / "said.wav", 0.1)
    with pytest.raises(ConfigError, match="has no channel 2; set input_channel up to 1"):
        launch(Flags(mic=said), audio__input_channel=2)


@pytest.mark.parametrize(("provider", "field"), [("openai", "llm"), ("elevenlabs", "agent_id")])
def test_a_flag_that_says_whom_to_call_wins_over_the_set_up(provider: str, field: str) -> None:
    named: dict[str, Any] = {"provider": provider, f"setup__{field}": "the configured one"}
    assert getattr(launch(**named).plan.setup, field) == "the configured one"
    assert getattr(launch(Flags(whom="another"), **named).plan.setup, field) is None


def test_a_table_travels_with_the_plan() -> None:
    plan = launch(provider="openai", openai__project="proj_1").plan
    assert plan.section["project"] == "proj_1"
    assert (plan.agent_id, plan.base_url) == ("gpt-realtime-2.1", "https://api.openai.com")
