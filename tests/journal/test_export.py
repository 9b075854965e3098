"""A journal as one file."""

import base64
import json
from pathlib import Path

import pytest

from tests.frames import examples
from tests.journals import texts, write_journal
from tui.analysis.entry import EntryStream
from tui.journal.export import export_one_file
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.elevenlabs.codec import ElevenLabsCodec

AUDIO = b"\1\0" * 400


def recorded(path: Path, *, audio: bool = True) -> JournalReader:
    writer = write_journal(path, audio=audio)
    encoded = base64.b64encode(AUDIO).decode()
    for example in examples("server_to_client"):
        writer.frame(Direction.RECEIVED, example.name, example.text, turn=1)
    payload = {"audio_base_64": encoded, "event_id": 43}
    spoken = json.dumps({"type": "audio", "audio_event": payload})
    writer.frame(Direction.RECEIVED, "audio", spoken, audio=AUDIO, level=-20, turn=2)
    chunk = json.dumps({"user_audio_chunk": encoded})
    writer.frame(Direction.SENT, "user_audio_chunk", chunk, audio=AUDIO)
    return JournalReader.open(path)


@pytest.mark.parametrize("audio", [True, False], ids=["with audio", "without"])
def test_the_one_file_reads_like_the_two(tmp_path: Path, audio: bool) -> None:
    original = recorded(tmp_path / "call.jsonl", audio=audio)
    target = tmp_path / "out" / "one.jsonl"
    target.parent.mkdir()
    assert export_one_file(original, target) == len(original)
    assert [p.name for p in target.parent.iterdir()] == ["one.jsonl"]
    copy = JournalReader.open(target)
    assert texts(copy) == texts(original)
    for number in range(len(original)):
        assert copy.elided(number) == original.elided(number)
        assert copy.audio(number) == original.audio(number)
        assert copy.kind(number) == original.kind(number)
        assert copy.time_ns(number) == original.time_ns(number)
        assert copy.level(number) == original.level(number)
    entries = [list(EntryStream(r, ElevenLabsCodec).advance()) for r in (original, copy)]
    assert entries[0] == entries[1]


def test_an_export_can_be_exported_again(tmp_path: Path) -> None:
    original = recorded(tmp_path / "call.jsonl")
    export_one_file(original, tmp_path / "one.jsonl")
    export_one_file(JournalReader.open(tmp_path / "one.jsonl"), tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    original = recorded(tmp_path / "call.jsonl")
    target = tmp_path / "mine.txt"
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        export_one_file(original, target)
    assert target.read_text() == "mine"


def test_an_export_is_private(tmp_path: Path) -> None:
    export_one_file(recorded(tmp_path / "call.jsonl"), tmp_path / "one.jsonl")
    assert (tmp_path / "one.jsonl").stat().st_mode & 0o777 == 0o600
