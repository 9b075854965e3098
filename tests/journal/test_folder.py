"""The folder of journals: private, and no larger or older than it should be."""

import os
import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import write_journal
from tui.audio.files.wav import wav_header
from tui.journal import folder
from tui.journal.about import About, about_path, read_about, write_about
from tui.journal.record import audio_path

NOW = datetime(2026, 3, 4, 5, 6, 7)


def kept(folder_: Path, name: str, size: int, days_ago: float) -> Path:
    """A journal of `size` bytes, half of them audio, in a name of ours that ends with `name`."""
    path = folder_ / f"2026-03-04T05-06-07-{name}.jsonl"
    write_journal(path).close()
    with path.open("ab") as file:
        file.write(b"x" * (size - size // 2 - path.stat().st_size))
    audio_path(path).write_bytes(b"x" * (size // 2))
    return aged(path, days_ago)


def aged(path: Path, days_ago: float) -> Path:
    then = time.time() - days_ago * folder.DAY_S
    os.utime(path, (then, then))
    return path


def sound(path: Path, channels: int) -> None:
    """A recording as the session writes it, 500 bytes long."""
    head = wav_header(48_000, 228 // channels, channels)
    path.write_bytes(head + b"x" * (500 - len(head)))


def test_what_was_said_of_a_call_goes_with_it(tmp_path: Path) -> None:
    old = kept(tmp_path, "a", 400, 3)
    write_about(old, About(tag="refund", note="two\nlines"))
    assert read_about(old) == About(tag="refund", note="two\nlines")
    assert about_path(old).stat().st_mode & 0o777 == 0o600
    folder.remove(old)
    assert names(tmp_path) == set()


def names(path: Path) -> set[str]:
    return {p.name for p in path.iterdir()}


def test_a_new_journal_is_private_and_named_after_its_time(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path, _ = folder.new_journal(tmp_path / "state" / "journals", "elevenlabs", NOW)
    finally:
        os.umask(before)
    assert path.name == "2026-03-04T05-06-07-elevenlabs.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_calls_of_one_second_have_two_journals(tmp_path: Path) -> None:
    paths = {folder.new_journal(tmp_path, "local", NOW)[0] for _ in range(3)}
    assert len(paths) == 3


@given(st.text())
def test_a_label_never_leads_out_of_the_folder(label: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        path, fd = folder.new_journal(Path(root), label, NOW)
        os.close(fd)
        assert path.resolve().parent == Path(root).resolve()
        assert path.name.isascii()
        assert len(path.name) < 80


def test_a_journal_that_nobody_keeps_is_private_too() -> None:
    path, _ = folder.temporary_journal()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    folder.remove(path)
    path.parent.rmdir()


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    old, *_ = (kept(tmp_path, name, 1000, days) for name, days in (("a", 3), ("b", 2), ("c", 1)))
    assert folder.too_many(tmp_path, 2000, 0) == [old]


def test_recordings_count_and_go_with_their_journal(tmp_path: Path) -> None:
    old, new = kept(tmp_path, "a", 400, 3), kept(tmp_path, "b", 400, 1)
    stem = old.stem
    for name in (f"{stem}.wav", f"{stem}.2.wav", f"{new.stem}-user.wav", f"{new.stem}-agent.wav"):
        sound(tmp_path / name, 1 if new.stem in name else 2)
    for name in (f"{stem}b.wav", "mine.wav"):
        sound(tmp_path / name, 2)
    assert folder.too_many(tmp_path, 1500, 0) == [old]
    folder.remove(old)
    beside = {f"{stem}b.wav", f"{new.stem}-user.wav", f"{new.stem}-agent.wav", "mine.wav"}
    assert names(tmp_path) == {new.name, audio_path(new).name} | beside


def test_a_sound_of_somebody_else_stays_in_whatever_name(tmp_path: Path) -> None:
    old = kept(tmp_path, "a", 400, 3)
    theirs = tmp_path / f"{old.stem}.wav"
    theirs.write_bytes(b"RIFF\1\0\0\0WAVEbext" + bytes(400))
    (tmp_path / f"{old.stem}-user.wav").symlink_to(theirs)
    folder.remove(old)
    assert names(tmp_path) == {theirs.name, f"{old.stem}-user.wav"}


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    old = kept(tmp_path, "a", 400, 31)
    kept(tmp_path, "b", 400, 29)
    kept(tmp_path, "c", 400, 1)
    assert folder.too_many(tmp_path, 0, 30) == [old]


def test_no_limit_removes_nothing(tmp_path: Path) -> None:
    kept(tmp_path, "a", 10_000, 4000)
    kept(tmp_path, "b", 10_000, 1)
    assert folder.too_many(tmp_path, 0, 0) == []


@pytest.mark.parametrize("ahead_days", [8, 400, 40_000])
def test_a_clock_far_ahead_of_the_newest_journal_removes_nothing(
    tmp_path: Path, ahead_days: float
) -> None:
    for name, days in (("a", 40), ("b", 1), ("c", 0)):
        kept(tmp_path, name, 1000, days + ahead_days)
    now = kept(tmp_path, "now", 1000, 0)
    fd = os.open(now, os.O_RDONLY)
    folder.lock(fd)  # the call that asks: it has the wrong clock, too
    assert folder.too_many(tmp_path, 1500, 30) == []
    os.close(fd)


FOREIGN = {
    "a training set": ("dataset.jsonl", b'{"text":"an example"}\n'),
    "a journal under another name": ("dataset.jsonl", None),
    "other words under our name": ("2026-03-04T05-06-07-a.jsonl", b'{"n":0,"t":1,"d":"."}\n'),
    "another's journal_opened": ("2026-03-04T05-06-07-a.jsonl", b'{"k":"journal_opened"}\n'),
    "an empty file": ("2026-03-04T05-06-07-a.jsonl", b""),
    "a copy by hand": ("2026-03-04T05-06-07-local copy.jsonl", None),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_we_did_not_write_is_never_counted_or_removed(tmp_path: Path, name: str) -> None:
    file, content = FOREIGN[name]
    if content is None:
        write_journal(tmp_path / file, audio=False).close()
    else:
        (tmp_path / file).write_bytes(content)
    aged(tmp_path / file, 60)
    kept(tmp_path, "new", 500, 1)
    assert folder.too_many(tmp_path, 510, 30) == []


def test_a_link_is_never_followed_or_removed(tmp_path: Path) -> None:
    real = aged(kept(tmp_path / "..", tmp_path.name, 1000, 60), 60)
    link = tmp_path / "2026-03-04T05-06-07-local.jsonl"
    link.symlink_to(real)
    kept(tmp_path, "new", 500, 1)
    assert folder.too_many(tmp_path, 600, 30) == []


def test_other_files_are_never_removed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert folder.too_many(tmp_path, 1, 0.0001) == []
    assert names(tmp_path) == {"notes.txt"}


@pytest.mark.parametrize("looked_at_first", [False, True])
def test_a_journal_in_use_stays_until_its_writer_is_gone(
    tmp_path: Path, looked_at_first: bool
) -> None:
    path = kept(tmp_path, "call", 1000, 100)
    kept(tmp_path, "new", 1000, 1)
    if looked_at_first:
        assert not folder.in_use(path)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    folder.lock(fd)
    assert folder.too_many(tmp_path, 0, 2) == []
    os.close(fd)
    assert folder.too_many(tmp_path, 0, 2) == [path]


def test_a_writer_that_begins_while_another_looks_is_still_protected(tmp_path: Path) -> None:
    import fcntl
    import threading

    path = kept(tmp_path, "call", 1000, 100)
    kept(tmp_path, "new", 1000, 1)
    looking = path.open("rb")
    fcntl.flock(looking, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fd = os.open(path, os.O_WRONLY)
    begins = threading.Thread(target=folder.lock, args=(fd,))
    begins.start()
    looking.close()
    begins.join(100)
    assert not begins.is_alive()
    assert folder.too_many(tmp_path, 0, 2) == []
    os.close(fd)
