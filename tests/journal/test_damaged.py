"""Journals that somebody damaged, or wrote to do harm: whatever they say, they are read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage, open_stage_fixture
from tests.dashboard.sample_call import write_call
from tests.export.test_sound import journal
from tests.journals import write_journal
from tui.analysis.entry import EntryStream
from tui.analysis.records.statistics import statistics
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.plain_text import transcript_text
from tui.analysis.turns.summary import CallSummary
from tui.cli.main import main
from tui.journal.reader import JournalReader
from tui.providers import open_codec

pytestmark = pytest.mark.slow

__all__ = ["open_stage_fixture"]

Lines = list[bytes]


def timed(time: int, *places: int) -> Callable[[Lines], Lines]:
    def damage(lines: Lines) -> Lines:
        for place in places:
            lines[place] = re.sub(rb'"t":\d+', b'"t":%d' % time, lines[place], count=1)
        return lines

    return damage


def audio_at(span: bytes) -> Callable[[Lines], Lines]:
    return lambda lines: [re.sub(rb'"a":\[[^]]*\]', b'"a":[%s]' % span, line) for line in lines]


def fact(field: bytes, value: bytes) -> Callable[[Lines], Lines]:
    found = rb'"%s":[-.\d]+' % field
    return lambda lines: [re.sub(found, b'"%s":%s' % (field, value), line) for line in lines]


def backwards(lines: Lines) -> Lines:
    times = [re.search(rb'"t":\d+', line) for line in lines][::-1]
    return [
        re.sub(rb'"t":\d+', time[0] if time else b"", line, count=1)
        for line, time in zip(lines, times, strict=True)
    ]


DAMAGES: dict[str, Callable[[Lines], Lines]] = {
    "the first at 0": timed(0, 0),
    "the first at the end of time": timed(10**18 - 1, 0),
    "one at 0": timed(0, 9),
    "one at the end of time": timed(10**18 - 1, 9),
    "two of them": timed(10**18 - 1, 9, 10),
    "the last at the end of time": timed(10**18 - 1, -1),
    "the last at 0": timed(0, -1),
    "every time backwards": backwards,
    "audio before its file": audio_at(b"-5,640,10"),
    "audio far behind its file": audio_at(b"100000000000000000,640,10"),
    "more audio than memory": audio_at(b"0,999999999,10"),
    "audio beyond its text": audio_at(b"0,640,999999999"),
    "a wall clock of 10^40": fact(b"wall_ns", b"1" + b"0" * 40),
    "a wall clock below 0": fact(b"wall_ns", b"-" + b"9" * 25),
    "sound begins before time": fact(b"at_ns", b"-100000000000000000"),
    "sound begins after time": fact(b"at_ns", b"100000000000000000"),
    "sound is heard for ever": fact(b"heard_ms", b"1e300"),
    "sound is heard backwards": fact(b"heard_ms", b"-7e9"),
}


def damaged(path: Path, how: str) -> Path:
    lines = DAMAGES[how](path.read_bytes().splitlines(keepends=True))
    path.write_bytes(b"".join(lines))
    return path


@pytest.mark.parametrize("how", DAMAGES)
def test_its_folds_hold(tmp_path: Path, how: str) -> None:
    path = damaged(write_call(tmp_path / "call.jsonl"), how)
    reader = JournalReader.open(path)
    found = list(statistics(reader, len(reader)))
    assert sum(kind.count for kind in found) == len(reader)
    assert all(sum(kind.rate) == kind.count and kind.per_second > 0 for kind in found)
    transcript, summary = TranscriptFold(), CallSummary()
    for entry in EntryStream(reader, lambda: open_codec("elevenlabs")).advance():
        transcript.add(entry)
        summary.add(entry)
        assert isinstance(reader.text(entry.number), str)
    assert "refund policy" in transcript_text(transcript.lines, reader.time_ns(0))
    assert summary.summary()


@pytest.mark.parametrize("how", DAMAGES)
def test_its_sound_is_no_longer_than_the_call_or_refused_in_words(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal(tmp_path / "call.jsonl", played=True)
    damaged(tmp_path / "call.jsonl", how)
    target = tmp_path / "call.wav"
    code = main(["export", str(tmp_path / "call.jsonl"), str(target)])
    if how.startswith(("audio before", "audio far", "more audio")):
        assert code == 2
        assert "holds no audio" in capsys.readouterr().err
        assert not target.exists()
        return
    assert code == 0
    # Eight seconds, and up to a minute before the first record's neighbours.
    assert target.stat().st_size < 75 * 192_000
    assert how == "every time backwards" or target.stat().st_size > 7 * 192_000


@pytest.mark.parametrize("how", DAMAGES)
async def test_it_is_replayed_with_its_statistics(
    tmp_path: Path, open_stage: OpenStage, how: str
) -> None:
    path = damaged(write_call(tmp_path / "call.jsonl"), how)
    async with open_stage(path, 100, 60) as stage:
        await stage.show()
        await stage.press("escape", "t", "t", "number_sign")
        await stage.until(lambda: "records by kind" in stage.text())


@pytest.mark.parametrize("how", DAMAGES)
def test_it_is_exported_as_one_file(tmp_path: Path, how: str) -> None:
    path = damaged(write_call(tmp_path / "call.jsonl"), how)
    assert main(["export", str(path), str(tmp_path / "one.jsonl")]) == 0
    assert len(JournalReader.open(tmp_path / "one.jsonl")) == len(JournalReader.open(path))


def test_a_call_longer_than_a_file_holds_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "call.jsonl"
    times = iter([hour * 3_600_000_000_000 for hour in range(13)])
    writer = write_journal(path, clock=lambda: next(times))
    for _ in range(12):
        writer._open()
    writer.close()
    target = tmp_path / "call.wav"
    assert main(["export", str(path), str(target)]) == 2
    assert "more than one such file holds (6.2 h)" in capsys.readouterr().err
    assert [p.name for p in tmp_path.glob("call.wav*")] == []
