"""Entries read from a journal: what a record meant, live and replayed alike."""

import base64
from pathlib import Path

from tests.frames import METADATA, TO_CLIENT, TO_SERVER, example, examples
from tests.journals import write_journal
from tui import events as e
from tui.analysis.entry import Entry, EntryStream
from tui.analysis.transcript.fold import TranscriptFold
from tui.journal.reader import JournalReader
from tui.journal.record import Direction
from tui.providers.elevenlabs.codec import ElevenLabsCodec

AUDIO = b"\1\0" * 320
ENCODED = base64.b64encode(AUDIO).decode()


def interruption(event_id: int) -> str:
    return f'{{"type":"interruption","interruption_event":{{"event_id":{event_id}}}}}'


def spoken(event_id: int) -> str:
    return f'{{"type":"audio","audio_event":{{"audio_base_64":"{ENCODED}","event_id":{event_id}}}}}'


def record(path: Path) -> None:
    writer = write_journal(path)
    writer.fact(e.LinkOpening(target="local agent", provider="local"))
    for frame in examples(TO_CLIENT):
        writer.frame(Direction.RECEIVED, frame.name, frame.text, turn=1)
    for frame in examples(TO_SERVER):
        writer.frame(Direction.SENT, frame.name, frame.text)
    writer.frame(Direction.RECEIVED, "audio", spoken(44), audio=AUDIO, level=-20)
    writer.fact(e.LinkOpening(target="local agent", provider="local"))
    writer.frame(Direction.RECEIVED, "audio", spoken(3), audio=AUDIO, level=-20)
    writer.close()


def test_a_record_means_what_its_frame_meant_without_the_audio(tmp_path: Path) -> None:
    record(tmp_path / "call.jsonl")
    reader = JournalReader.open(tmp_path / "call.jsonl")
    found = list(EntryStream(reader, ElevenLabsCodec).advance())
    assert [entry.number for entry in found] == list(range(len(reader)))
    assert [entry.kind for entry in found] == [reader.kind(n) for n in range(len(reader))]
    assert all(entry.events for entry in found)
    audio = found[-3]
    assert audio.events == (e.AudioReceived(audio=b"", reply_id=44),)
    assert (audio.audio_ms, audio.level, audio.size) == (20, -20, len(spoken(44)))


def test_a_new_conversation_has_no_marker_of_the_old_one(tmp_path: Path) -> None:
    record(tmp_path / "call.jsonl")
    reader = JournalReader.open(tmp_path / "call.jsonl")
    *_, last = EntryStream(reader, ElevenLabsCodec).advance()
    assert last.events == (e.AudioReceived(audio=b"", reply_id=3),)


def test_following_gives_the_same_entries_as_reading_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    record(path)
    whole = JournalReader.open(path)
    at_once = list(EntryStream(whole, ElevenLabsCodec).advance())
    growing = tmp_path / "growing.jsonl"
    growing.touch()
    tail = EntryStream(reader := JournalReader(growing.open("rb", buffering=0)), ElevenLabsCodec)
    followed: list[Entry] = []
    with growing.open("ab", buffering=0) as file:
        for line in path.read_bytes().splitlines(keepends=True):
            file.write(line[:20])
            reader.refresh()
            followed += tail.advance(limit=1)
            file.write(line[20:])
            reader.refresh()
            followed += tail.advance()
    assert followed == at_once


def test_a_journal_folds_into_its_transcript(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    writer.frame(Direction.RECEIVED, "any", METADATA)
    for name in ("tentative_user_transcript", "user_transcript", "agent_response"):
        writer.frame(Direction.RECEIVED, name, example(name).text)
    writer.frame(Direction.RECEIVED, "x", example("agent_response_correction").text)
    transcript = TranscriptFold()
    for entry in EntryStream(JournalReader.open(path), ElevenLabsCodec).advance():
        transcript.add(entry)
    assert [line.shown for line in transcript.lines] == ["I need help.", "Let me tell you"]


def test_broken_records_become_visible_entries(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    writer.frame(Direction.RECEIVED, "protocol_error", "not JSON")
    with path.open("ab") as file:
        file.write(b"half a li\n")
    writer.frame(Direction.RECEIVED, "ping", interruption(1))
    _, broken, unreadable, _ = EntryStream(JournalReader.open(path), ElevenLabsCodec).advance()
    assert isinstance(broken.events[0], e.ProtocolErred)
    assert (unreadable.kind, unreadable.events) == ("unreadable", ())
