"""A journal survives a full disk, short writes and the death of its writer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journals import write_journal
from tui.events import Noted
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader
from tui.journal.record import Direction, audio_path
from tui.journal.writer import RETRY_NS, JournalWriter, create

ROOT = Path(__file__).parents[2]


def run_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def fill(writer: JournalWriter, count: int) -> None:
    for number in range(count):
        writer.frame(Direction.RECEIVED, "any", f'{{"n":{number},"pad":"{"x" * 80}"}}')


# ── Killed ──────────────────────────────────────────────────────────────────────────────────────

ENDLESS = """
import sys
from pathlib import Path
from tests.journals import write_journal
from tui.journal.record import Direction
writer = write_journal(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    text = '{"n":%d,"audio":"AAAAAAAA","pad":"%s"}' % (number, "x" * (number % 3000))
    writer.frame(Direction.RECEIVED, "any", text, audio=bytes(6))
    print(number, flush=True)
"""


@pytest.mark.parametrize("told", [1, 2, 30, 300, 1500])
def test_a_killed_writer_leaves_every_record_that_it_told_of(tmp_path: Path, told: int) -> None:
    path = tmp_path / "call.jsonl"
    process = run_python(ENDLESS, str(path))
    assert process.stdout
    with process:
        for _ in range(told):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        rest = [line for line in process.stdout.read().splitlines(keepends=True) if "\n" in line]
    last = told + len(rest)
    reader = JournalReader.open(path)
    assert len(reader) - 1 >= last
    for number in range(1, len(reader)):
        assert reader.kind(number) != UNREADABLE
        pad = "x" * (number % 3000)
        assert reader.text(number) == f'{{"n":{number},"audio":"AAAAAAAA","pad":"{pad}"}}'


def test_another_writer_goes_on_where_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    first = write_journal(path)
    fill(first, 3)
    first.close()
    second = JournalWriter(
        os.open(path, os.O_WRONLY | os.O_APPEND),
        os.open(audio_path(path), os.O_WRONLY | os.O_APPEND),
        provider="elevenlabs",
        version="test",
        resume=first.count,
    )
    text = '{"user_audio_chunk":"AAAA"}'
    second.frame(Direction.SENT, "user_audio_chunk", text, audio=bytes(3))
    reader = JournalReader.open(path)
    kinds = [reader.kind(n) for n in range(len(reader))]
    assert kinds == ["journal_opened", "any", "any", "any", "user_audio_chunk"]
    assert second.count == len(reader)
    assert reader.text(4) == text


# ── No room ─────────────────────────────────────────────────────────────────────────────────────

LIMITED = """
import resource, sys
from pathlib import Path
from tests.journals import write_journal
from tui.journal.record import Direction
now = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
writer = write_journal(Path(sys.argv[1]), clock=lambda: now)
def frames(count):
    for number in range(count):
        writer.frame(Direction.RECEIVED, "any", '{"pad":"%s"}' % ("x" * 80), audio=None)
frames(100)
print(writer.lost, writer.error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
frames(1)
now += 6_000_000_000
frames(1)
print(writer.lost, writer.error, writer.count)
"""


def test_a_full_disk_suspends_the_journal_and_says_so_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    process = run_python(LIMITED, str(path))
    out, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    full, later = out.splitlines()
    lost, error = full.split(" ", 1)
    assert int(lost) > 50
    assert error == "the journal is not written: File too large"
    reader = JournalReader.open(path)
    assert later == f"0  {len(reader)}"
    assert UNREADABLE not in [reader.kind(n) for n in range(len(reader))]
    assert reader.fact(len(reader) - 1) == Noted(
        text=f"the journal is written again; {int(lost) + 1} records were lost"
    )


class Disk:
    """Stands between a writer and `os.write`: takes `room` bytes, then is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at_once: int = 1 << 30) -> None:
        self.room = 1 << 30
        self._at_once = at_once
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        size = min(len(data), self.room, self._at_once)
        if not size:
            raise OSError(28, "No space left on device")
        self.room -= size
        return self._write(fd, bytes(data[:size]))


def test_short_writes_make_whole_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, at_once=7)
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    fill(writer, 10)
    writer.frame(Direction.SENT, "user_audio_chunk", '{"user_audio_chunk":"AAAA"}', audio=bytes(3))
    reader = JournalReader.open(path)
    assert len(reader) == writer.count == 12
    assert reader.text(11) == '{"user_audio_chunk":"AAAA"}'


@pytest.mark.parametrize("room", [0, 1, 60, 119])
def test_a_line_that_the_disk_cut_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    now = 0
    disk = Disk(monkeypatch)
    path = tmp_path / "call.jsonl"
    writer = write_journal(path, clock=lambda: now)
    fill(writer, 2)
    reader = JournalReader.open(path)
    disk.room = room
    fill(writer, 4)
    assert reader.refresh() == 0
    assert (writer.lost, writer.count) == (4, 3)
    disk.room = 1 << 30
    fill(writer, 1)
    assert writer.lost == 5  # it waits, rather than try with every frame
    now = RETRY_NS
    fill(writer, 1)
    reader.refresh()
    assert [reader.kind(n) for n in range(3, len(reader))] == ["any", "noted"]
    assert writer.error == ""


def test_while_the_journal_is_suspended_no_audio_is_kept_that_nothing_refers_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    path = tmp_path / "call.jsonl"
    writer = write_journal(path, clock=lambda: 0)
    disk.room = 10
    fill(writer, 1)
    disk.room = 1 << 30
    writer.frame(Direction.SENT, "user_audio_chunk", '{"user_audio_chunk":"AAAA"}', audio=bytes(3))
    assert audio_path(path).read_bytes() == b""


def test_audio_that_finds_no_room_is_missed_and_the_frame_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "call.jsonl"
    writer = write_journal(path)
    real = os.write
    full = True

    def write(fd: int, data: bytes) -> int:
        if full and bytes(data) == b"abc":
            raise OSError(28, "No space left on device")
        return real(fd, data)

    monkeypatch.setattr(os, "write", write)
    text = '{"user_audio_chunk":"YWJj"}'
    writer.frame(Direction.SENT, "user_audio_chunk", text, audio=b"abc")
    assert writer.error == "the journal's audio is not kept: No space left on device"
    full = False
    writer.frame(Direction.SENT, "user_audio_chunk", text, audio=b"abc")
    assert writer.error == ""
    reader = JournalReader.open(path)
    assert (reader.audio(1), reader.audio(2)) == (None, b"abc")
    assert reader.text(1) == '{"user_audio_chunk":""}'
    assert reader.text(2) == text


def test_a_journal_that_could_not_begin_begins_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0
    disk = Disk(monkeypatch)
    disk.room = 20
    path = tmp_path / "call.jsonl"
    writer = write_journal(path, clock=lambda: now)
    fill(writer, 2)
    disk.room = 1 << 30
    now = RETRY_NS
    fill(writer, 1)
    reader = JournalReader.open(path)
    assert [reader.kind(n) for n in range(len(reader))] == ["journal_opened", "noted", "any"]


def test_a_device_that_takes_nothing_does_not_stop_the_call() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    writer = JournalWriter(fd, None, provider="x", version="t")
    fill(writer, 3)
    assert writer.lost == 4
    assert "No space left" in writer.error
    writer.close()


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_journal(tmp_path / "call.jsonl")
    finally:
        os.umask(before)
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_another_file_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("mine", "link"):
        with pytest.raises(FileExistsError):
            create(tmp_path / name)
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "mine").read_text() == "mine"
