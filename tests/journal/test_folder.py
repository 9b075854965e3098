"""The folder of journals: private, and no larger or older than it should be."""

import os
import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import write_journal
from tui.journal import folder
from tui.journal.writer import audio_path

NOW = datetime(2026, 3, 4, 5, 6, 7)


def kept(path: Path, size: int, days_ago: float) -> Path:
    """A journal of `size` bytes, half of them audio."""
    path.write_bytes(b"x" * (size - size // 2))
    audio_path(path).write_bytes(b"x" * (size // 2))
    then = time.time() - days_ago * folder.DAY_S
    os.utime(path, (then, then))
    return path


def names(path: Path) -> set[str]:
    return {p.name for p in path.iterdir()}


def test_a_new_journal_is_private_and_named_after_its_time(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = folder.new_journal(tmp_path / "state" / "journals", "elevenlabs", NOW)
    finally:
        os.umask(before)
    assert path.name == "2026-03-04T05-06-07-elevenlabs.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_calls_of_one_second_have_two_journals(tmp_path: Path) -> None:
    paths = {folder.new_journal(tmp_path, "local", NOW) for _ in range(3)}
    assert len(paths) == 3


@given(st.text())
def test_a_label_never_leads_out_of_the_folder(label: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        path = folder.new_journal(Path(root), label, NOW)
        assert path.resolve().parent == Path(root).resolve()
        assert path.name.isascii()
        assert len(path.name) < 80


def test_a_journal_that_nobody_keeps_is_private_too() -> None:
    path = folder.temporary_journal()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    folder.remove(path)
    path.parent.rmdir()


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    old, middle, new = (
        kept(tmp_path / f"{n}.jsonl", 1000, days) for n, days in (("a", 3), ("b", 2), ("c", 1))
    )
    assert folder.prune(tmp_path, 2000, 0) == [old]
    assert names(tmp_path) == {p.name for j in (middle, new) for p in (j, audio_path(j))}


def test_recordings_count_and_go_with_their_journal(tmp_path: Path) -> None:
    old, new = kept(tmp_path / "a.jsonl", 10, 3), kept(tmp_path / "b.jsonl", 10, 1)
    for name in ("a.wav", "a.2.wav", "b-user.wav", "b-agent.wav", "ab.wav", "mine.wav"):
        (tmp_path / name).write_bytes(b"x" * 500)
    assert folder.prune(tmp_path, 1500, 0) == [old]
    kept_names = {new.name, audio_path(new).name, "b-user.wav", "b-agent.wav"}
    assert names(tmp_path) == kept_names | {"ab.wav", "mine.wav"}


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    old = kept(tmp_path / "a.jsonl", 10, 31)
    kept(tmp_path / "b.jsonl", 10, 29)
    assert folder.prune(tmp_path, 0, 30) == [old]
    assert "b.jsonl" in names(tmp_path)


def test_no_limit_removes_nothing(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", 10_000, 4000)
    assert folder.prune(tmp_path, 0, 0) == []


def test_other_files_are_never_removed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    folder.prune(tmp_path, 1, 0.0001)
    assert names(tmp_path) == {"notes.txt"}


@pytest.mark.parametrize("looked_at_first", [False, True])
def test_a_journal_in_use_stays_until_its_writer_is_gone(
    tmp_path: Path, looked_at_first: bool
) -> None:
    path = tmp_path / "call.jsonl"
    write_journal(path).close()
    if looked_at_first:
        assert not folder._in_use(path)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    folder.lock(fd)
    kept(path, 1000, 100)
    assert folder.prune(tmp_path, 1, 1) == []
    os.close(fd)
    assert folder.prune(tmp_path, 1, 1) == [path]
    assert names(tmp_path) == set()


def test_a_writer_that_begins_while_another_looks_is_still_protected(tmp_path: Path) -> None:
    import fcntl
    import threading

    path = kept(tmp_path / "call.jsonl", 1000, 100)
    looking = path.open("rb")
    fcntl.flock(looking, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fd = os.open(path, os.O_WRONLY)
    begins = threading.Thread(target=folder.lock, args=(fd,))
    begins.start()
    looking.close()
    begins.join(10)
    assert not begins.is_alive()
    assert folder.prune(tmp_path, 1, 1) == []
    os.close(fd)
