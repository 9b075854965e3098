"""The reader: a growing journal, and files that are none."""

import os
import random
from pathlib import Path

import pytest

from tests.journals import texts, write_journal
from tui.events import JournalOpened
from tui.journal.reader import UNREADABLE, JournalError, JournalReader
from tui.journal.record import Direction


def test_a_growing_journal_is_followed_record_by_record(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    reader = JournalReader.open(path)
    assert len(reader) == 1
    assert reader.refresh() == 0
    for number in range(5):
        writer.frame(Direction.RECEIVED, "ping", f'{{"n":{number}}}')
        assert reader.refresh() == 1
        assert reader.text(number + 1) == f'{{"n":{number}}}'


def test_half_a_line_is_not_a_record_until_it_is_whole(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    writer = write_journal(whole)
    for number in range(20):
        writer.frame(Direction.RECEIVED, "any", f'{{"x":{{"n":{number}}}}}')
    data = whole.read_bytes()
    growing = tmp_path / "growing.jsonl"
    dice = random.Random(7)
    with growing.open("wb", buffering=0) as file:
        reader = JournalReader(growing.open("rb", buffering=0))
        position = 0
        while position < len(data):
            step = dice.randint(1, 60)
            file.write(data[position : position + step])
            position += step
            reader.refresh()
            assert len(reader) == data[:position].count(b"\n")
    assert texts(reader) == texts(JournalReader.open(whole))


def test_a_line_longer_than_any_buffer_is_read(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    long = '{"x":"' + "y" * (9 << 20) + '"}'
    writer.frame(Direction.RECEIVED, "any", long)
    writer.frame(Direction.RECEIVED, "ping", "{}")
    reader = JournalReader.open(path)
    assert len(reader) == 3
    assert reader.text(1) == long
    assert reader.kind(2) == "ping"


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"\xff\xfe\x00\n",
        b'{"n":1}\n',
        b'{"n":1,"t":5,"d":"<","k":"audio","s":9,"u":0,"f":{"type":"aud\n',
        b'{"n":1,"t":' + b"9" * 5000 + b',"d":"<","k":"ping","s":9,"u":0,"f":{}}\n',
        b'{"n":1,"t":5,"d":"<","k":"ping","s":99999999999,"u":0,"f":{}}\n',
        b'{"n":1,"t":5,"d":"<","k":"\xff","s":9,"u":0,"f":{}}\n',
    ],
    ids=["text", "bytes", "no header", "cut", "time", "size", "kind"],
)
def test_a_line_that_is_no_record_is_shown_as_unreadable(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    with path.open("ab") as file:
        file.write(line)
    writer.frame(Direction.RECEIVED, "ping", "{}")
    reader = JournalReader.open(path)
    assert [reader.kind(n) for n in range(3)] == ["journal_opened", UNREADABLE, "ping"]
    assert reader.header(1).kind == UNREADABLE
    assert reader.fact(1) is None
    assert reader.elided(1) == line.decode(errors="replace").rstrip("\n")
    assert reader.text(2) == "{}"


@pytest.mark.parametrize(
    "tail",
    [
        b'{"n":1,"t":5,"d":"<","k":"a\\qb","s":9,"u":0,"f":{}}\n',
        b'{"n":1,"t":5,"d":"<","k":"a","s":9,"u":0,"l":999,"f":{}}\n',
        b'{"n":1,"t":5,"d":"<","k":"a","s":9,"u":0,"x":"cut\\"}\n',
        b'{"n":1,"t":5,"d":"<","k":"a","s":9,"u":0,"a":[-2,99,99],"f":{}}\n',
        b'{"n":1,"t":5,"d":"<","k":"a","s":9,"u":0,"a":[7,99,99],"f":{}}\n',
        b'{"n":1,"t":5,"d":".","k":"a","s":9,"u":0,"f":{"kind":"from_the_future"}}\n',
    ],
)
def test_records_that_nobody_here_wrote_are_read_as_far_as_they_go(
    tmp_path: Path, tail: bytes
) -> None:
    path = tmp_path / "call.jsonl"
    write_journal(path).close()
    with path.open("ab") as file:
        file.write(tail)
    reader = JournalReader.open(path)
    assert reader.kind(1).startswith("a")
    assert reader.fact(1) is None
    assert reader.text(1)
    assert reader.audio(1) is None
    assert (reader.level(1) or 0) <= 126


def test_times_of_a_journal_have_wall_time(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    write_journal(path, clock=lambda: 5_000)
    reader = JournalReader.open(path)
    opened = reader.opened()
    assert isinstance(opened, JournalOpened)
    assert reader.wall_ns(5_250) == opened.wall_ns + 250


# ── Files that are no journals ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\n", b"RIFF\x00\x00\x00\x00WAVE", b"[]\n", b'{"n":0,"x":1}\n', b"\xff" * 5000],
)
def test_a_file_that_is_no_journal_is_named_and_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing.wav"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"thing\.wav is not a VoiceScope journal; give a"):
        JournalReader.open(path)


def test_a_journal_of_another_format_says_which_and_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    write_journal(path, version="9.0").close()
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    with pytest.raises(JournalError, match=r"format 2, this version reads 1; .* voicescope 9\.0"):
        JournalReader.open(path)


def test_what_cannot_be_opened_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="No such file"):
        JournalReader.open(tmp_path / "missing.jsonl")
    with pytest.raises(JournalError, match="is not a file"):
        JournalReader.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(JournalError, match="is not a file"):
        JournalReader.open(tmp_path / "pipe")
