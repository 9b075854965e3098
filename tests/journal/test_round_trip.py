"""What goes into a journal comes out of it, to the byte."""

import base64
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import BROKEN, UNUSUAL, examples
from tests.journals import texts, write_journal
from tui.events import Closer, LinkClosed, Noted
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

AUDIO = bytes(range(256)) * 5
FRAME = '{"type":"audio","audio_event":{"audio_base_64":"%s","event_id":7}}'
SOUNDING = FRAME % base64.b64encode(AUDIO).decode()


def round_trip(text: str, audio: bytes | None = None, *, keep_audio: bool = True) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.jsonl"
        writer = write_journal(path, audio=keep_audio)
        writer.frame(Direction.RECEIVED, "any", text, audio=audio)
        writer.close()
        reader = JournalReader.open(path)
        assert len(reader) == 2
        assert path.read_bytes().count(b"\n") == 2
        back = reader.text(1)
        reader.close()
        return back


@given(st.text())
def test_any_text_comes_back_exactly(text: str) -> None:
    assert round_trip(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(e.text for e in examples()),
        *(t for t in BROKEN.values() if isinstance(t, str)),
        *UNUSUAL.values(),
        '  {"a": 1}  ',
        '{"a":\n1}',
        '{"a":\r1}',
        '{"a":"\u2028\u0085"}',
        '{"a":"\\ud800"}',
        "half a pair \ud800 in the text",
        "\x00\x1b[31m",
        "é" * 3000,
        '"}\n{"n":9,"t":1,"d":"<","k":"ping","s":1,"u":0,"f":{}}',
    ],
    ids=lambda text: text[:30].encode("ascii", "backslashreplace").decode(),
)
def test_awkward_texts_come_back_exactly(text: str) -> None:
    assert round_trip(text) == text


@given(st.text(), st.binary(min_size=1, max_size=50), st.text())
def test_text_around_audio_comes_back_exactly(before: str, audio: bytes, after: str) -> None:
    text = before + base64.b64encode(audio).decode() + after
    assert round_trip(text, audio) == text


def test_audio_that_is_not_in_the_text_as_such_leaves_the_text_alone() -> None:
    escaped = SOUNDING.replace("/", "\\/")
    assert round_trip(escaped, AUDIO) == escaped


def test_audio_lies_beside_the_journal_and_the_line_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    writer.frame(Direction.RECEIVED, "audio", SOUNDING, audio=AUDIO, level=-18.4, turn=3)
    writer.frame(Direction.RECEIVED, "audio", SOUNDING, audio=AUDIO[:4], level=float("-inf"))
    reader = JournalReader.open(path)
    assert reader.elided(1) == FRAME % ""
    assert reader.text(1) == SOUNDING
    assert reader.audio(1) == AUDIO
    assert reader.level(1) == -18
    assert reader.level(2) is None
    assert reader.size(1) == len(SOUNDING)
    assert reader.turn(1) == 3
    assert (tmp_path / "call.jsonl.audio").read_bytes().startswith(AUDIO)


def test_without_an_audio_file_lengths_and_levels_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path, audio=False)
    writer.frame(Direction.SENT, "user_audio_chunk", SOUNDING, audio=AUDIO, level=-30)
    reader = JournalReader.open(path)
    assert reader.text(1) == FRAME % ""
    assert reader.audio(1) is None
    span = reader.header(1).audio
    assert span is not None
    assert (span.size, span.kept) == (len(AUDIO), False)
    assert reader.level(1) == -30


def test_the_header_is_read_without_the_payload(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    writer.frame(Direction.RECEIVED, "ping", '{"type":"ping"}', turn=2, time_ns=1234)
    writer.close()
    line = path.read_bytes().splitlines(keepends=True)[1]
    spoiled = line.replace(b'{"type":"ping"}', b"\xff\xfe not a payload")
    path.write_bytes(path.read_bytes().replace(line, spoiled))
    reader = JournalReader.open(path)
    assert reader.kind(1) == "ping"
    assert reader.time_ns(1) == 1234
    assert reader.turn(1) == 2
    assert reader.direction(1) is Direction.RECEIVED
    assert "not a payload" in reader.elided(1)


@given(st.text(max_size=100))
def test_a_kind_is_whatever_a_server_calls_it(kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.jsonl"
        writer = write_journal(path)
        writer.frame(Direction.RECEIVED, kind, "{}")
        writer.frame(Direction.RECEIVED, "ping", "{}")
        writer.close()
        reader = JournalReader.open(path)
        assert reader.kind(1) == reader.header(1).kind == kind[:64]
        assert reader.kind(2) == "ping"
        reader.close()


def test_facts_come_back_as_events(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    closed = LinkClosed(by=Closer.USER, code=1000, reason="bye", elapsed_ms=12.5)
    writer.fact(closed, turn=4)
    reader = JournalReader.open(path)
    assert reader.fact(1) == closed
    assert reader.kind(1) == "link_closed"
    assert reader.turn(1) == 4


def test_every_line_is_one_json_object(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    for example in examples():
        writer.frame(Direction.RECEIVED, example.name, example.text)
    writer.frame(Direction.RECEIVED, "protocol_error", "not JSON\n")
    writer.fact(Noted(text="so"))
    for line in path.read_text(encoding="utf-8").splitlines():
        assert {"n", "t", "d", "k", "s", "u"} <= set(json.loads(line))


def test_one_journal_holds_what_was_said_in_order(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    said = [e.text for e in examples()]
    for text in said:
        writer.frame(Direction.RECEIVED, "any", text)
    reader = JournalReader.open(path)
    assert texts(reader) == said
    assert [reader.header(n).number for n in range(len(reader))] == list(range(len(reader)))
