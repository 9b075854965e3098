"""The reader: a growing journal, and files that are none."""

import base64
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journals import texts, write_journal
from tui.events import JournalOpened
from tui.journal.index import BLOCK
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalError, JournalReader
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


# ── Files that are no journals ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [b"hello\n", b"RIFF\x00\x00\x00\x00WAVE", b"[]\n", b'{"n":0,"x":1}\n', b"\xff" * 5000],
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
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(JournalError, match=r"empty\.jsonl is empty"):
        JournalReader.open(tmp_path / "empty.jsonl")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(JournalError, match="is not a file"):
        JournalReader.open(tmp_path / "pipe")


# ── The index ───────────────────────────────────────────────────────────────────────────────────


def long_journal(path: Path, records: int) -> None:
    """With a line that is no record, and one that is blank, here and there."""
    write_journal(path).close()
    line = b'{"n":%d,"t":%d,"d":"%s","k":"kind_%d","s":%d,"u":%d%s,"f":{"v":"%s"}}\n'
    with path.open("ab") as file:
        for n in range(1, records):
            if n % 5000 == 4321:
                file.write(b"\nno record {}\n")
            level = b',"l":-%d' % (n % 90) if n % 3 else b""
            fields = (n, 10**9 + n, b"<>."[n % 3 : n % 3 + 1], n % 5, n % 999, n // 50, level)
            file.write(line % (*fields, b"x" * (n % 200)))


def columns(reader: JournalReader) -> list[tuple[object, ...]]:
    return [
        (
            reader.time_ns(n),
            reader.kind(n),
            reader.direction(n),
            reader.size(n),
            reader.turn(n),
            reader.level(n),
        )
        for n in range(len(reader))
    ]


def test_a_journal_opened_in_steps_is_the_same_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    long_journal(path, BLOCK + 5000)
    whole, steps = JournalReader.open(path), JournalReader.open(path, in_steps=True)
    assert 0 < len(steps) < len(whole) // 5
    assert steps.opened() == whole.opened()
    counts = [len(steps)]
    while steps.indexed < 1:
        steps.refresh()
        counts.append(len(steps))
    assert len(counts) > 5
    assert counts == sorted(set(counts))
    assert columns(steps) == columns(whole)
    with path.open("ab") as file:
        file.write(b'{"n":1,"t":5,"d":"<","k":"ping","s":2,"u":0,"f":{}}\n')
    assert steps.refresh() == 1
    assert steps.kind(len(steps) - 1) == "ping"


def test_the_index_says_what_the_lines_say(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    long_journal(path, 12_000)
    reader = JournalReader.open(path)
    found = columns(reader)
    for number in range(len(reader)):
        header = reader.header(number)
        assert found[number] == (
            header.time_ns, header.kind, header.direction, header.size, header.turn, header.level
        )  # fmt: skip
    assert sum(kind == UNREADABLE for _, kind, *_ in found) == 2
    assert reader.lines(0, len(reader)) == path.read_bytes()


def test_the_index_holds_28_bytes_a_record_and_a_block_to_spare(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    long_journal(path, BLOCK + 10)
    assert JournalReader.open(path).index.bytes == 28 * BLOCK * 2


def test_arrays_over_the_index_do_not_keep_it_from_growing(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    reader = JournalReader.open(path)
    view = memoryview(reader.index.times.blocks[0])
    first = view[0]
    for _ in range(50):
        writer.frame(Direction.RECEIVED, "ping", "{}")
    assert reader.refresh() == 50
    assert view[0] == first
    assert view[50] == reader.time_ns(50)


def spoken(path: Path) -> Path:
    """A journal with audio in a file of its own, and a text that is no JSON."""
    writer = write_journal(path)
    writer.frame(Direction.RECEIVED, "ping", '{"type":"ping","n":1}')
    audio = b"\1\2" * 300
    encoded = base64.b64encode(audio).decode()
    text = f'{{"type":"audio","audio_event":{{"audio_base_64":"{encoded}","note":"","id":7}}}}'
    writer.frame(Direction.RECEIVED, "audio", text, audio=audio, level=-20, turn=2)
    writer.frame(Direction.SENT, "odd", 'no "JSON"\u2028\n with ü')
    writer.close()
    return path


def each(spell: Callable[[object], str]) -> Callable[[str], str]:
    return lambda text: "".join(spell(json.loads(line)) for line in text.split("\n") if line)


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "CR LF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "BOM": lambda text: text.encode("utf-8-sig"),
    "BOM and CR LF": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "spaces": lambda text: each(lambda line: json.dumps(line) + "\n")(text).encode(),
    "sorted": lambda text: each(lambda line: json.dumps(line, sort_keys=True) + "\n")(
        text
    ).encode(),
    "on many lines": lambda text: each(
        lambda line: json.dumps(line, indent=2, ensure_ascii=False) + "\n"
    )(text).encode(),
    "empty lines": lambda text: text.replace("\n", "\n\r\n").replace("{", " {", 1).encode(),
}


@pytest.mark.parametrize("how", SPELLINGS)
def test_a_journal_that_other_programs_wrote_again_reads_as_before(
    tmp_path: Path, how: str
) -> None:
    path = spoken(tmp_path / "call.jsonl")
    before = JournalReader.open(path)
    path.write_bytes(SPELLINGS[how](path.read_text("utf-8")))
    after = JournalReader.open(path)
    assert len(after) == len(before) == 4
    for number in range(len(before)):
        header, text = before.record(number)
        again, said = after.record(number)
        assert again._replace(audio=None) == header._replace(audio=None)
        assert after.audio(number) == before.audio(number)
        if header.kind == "odd":
            assert said == text
        else:
            assert json.loads(said) == json.loads(text)
            assert json.loads(after.text(number)) == json.loads(before.text(number))
    exact = how not in ("spaces", "sorted", "on many lines")
    assert not exact or texts(after) == texts(before)


def test_a_line_in_it_that_is_no_record_stays_one_row(tmp_path: Path) -> None:
    path = spoken(tmp_path / "call.jsonl")
    first, *rest = path.read_text("utf-8").splitlines(keepends=True)
    path.write_bytes("".join([first, "torn {\n", *rest]).replace("\n", "\r\n").encode())
    reader = JournalReader.open(path)
    assert [reader.kind(n) for n in range(len(reader))][1] == UNREADABLE
    assert reader.elided(1) == "torn {"
    assert len(reader) == 5
