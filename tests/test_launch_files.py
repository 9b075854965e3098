"""The files of a call that is about to be held: ours alone, and none where none is to be."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.backend.test_launch import launch
from tests.cli.test_main import voicescope
from tui.backend.launch import Flags
from tui.events import Noted
from tui.journal.reader import JournalReader
from tui.journal.redact import Redactor
from tui.plan import decode_plan, encode_plan
from tui.processes.logs import open_log
from tui.session.recorder import open_writer

ODD = os.fsdecode(b"caf\xe9")
"""A name that is no text, as old archives have them."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
        (tmp_path / name.lower()).mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmpdir"))
    return tmp_path


def notes(reader: JournalReader) -> list[str]:
    reader.refresh()
    facts = [reader.fact(number) for number in range(len(reader))]
    return [fact.text for fact in facts if isinstance(fact, Noted)]


def test_the_session_writes_what_was_made_whatever_its_name_is_now(home: Path) -> None:
    """The folder may be one where others write, too."""
    call = launch(Flags(journal=home / "call.jsonl"))
    victim = home / "victim"
    victim.write_text("mine")
    for name in ("call.jsonl", "call.jsonl.audio"):
        (home / name).unlink()
        (home / name).symlink_to(victim)
    writer = open_writer(call.plan, Redactor())
    writer.fact(Noted(text="written"))
    writer.close()
    assert victim.read_text() == "mine"
    assert notes(call.reader) == ["written"]


def test_a_path_that_became_a_link_is_not_followed(home: Path) -> None:
    (home / "call.jsonl").symlink_to(home / "victim")
    (home / "victim").touch()
    plan = decode_plan(b'{"provider":"local","journal":"%s"}' % bytes(home / "call.jsonl"))
    with pytest.raises(OSError):
        open_writer(plan, Redactor())


def test_a_call_that_is_not_kept_leaves_nothing_from_its_first_moment(home: Path) -> None:
    before = sorted(home.rglob("*"))
    call = launch(journal__keep=False)
    assert sorted(home.rglob("*")) == before
    assert call.log is None
    assert call.plan.agent_log == ""
    for number in range(2):  # the second is the one after a session that died
        writer = open_writer(call.plan, Redactor())
        writer.fact(Noted(text=str(number)))
    assert notes(call.reader) == ["0", "1"]


@pytest.mark.parametrize("what", ["a link", "a dangling link", "a hard link"])
def test_a_log_is_new_and_never_anothers_file(home: Path, what: str) -> None:
    log, victim = home / "log" / "session.log", home / "victim"
    log.parent.mkdir()
    victim.write_text("mine")
    if what == "a hard link":
        log.hardlink_to(victim)
    else:
        log.symlink_to(victim if what == "a link" else home / "none")
    fd = open_log(log)
    os.write(fd, b"trace")
    os.close(fd)
    assert victim.read_text() == "mine"
    assert not (home / "none").exists()
    assert log.read_text() == "trace"
    assert log.lstat().st_mode & 0o177777 == 0o100600


def test_a_log_that_cannot_be_is_no_reason_not_to_call(home: Path) -> None:
    (home / "file").touch()
    assert open_log(home / "file" / "session.log") == subprocess.DEVNULL


def test_what_others_could_read_is_private_now_and_that_is_said(home: Path) -> None:
    state = home / "xdg_state_home" / "voicescope"
    state.mkdir()
    (state / "agent.log").touch()
    state.chmod(0o755)
    (state / "agent.log").chmod(0o666)
    call = launch()
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "agent.log").stat().st_mode & 0o777 == 0o600
    told = notes(call.reader)
    assert told == [
        f"others could read {path}: it is private now" for path in (state, state / "agent.log")
    ]
    assert notes(launch().reader) == []


@pytest.mark.parametrize("there", ["a file", "a link to nothing"])
def test_a_home_that_cannot_be_written_is_no_reason_not_to_call(home: Path, there: str) -> None:
    state = home / "xdg_state_home" / "voicescope"
    if there == "a file":
        state.touch(mode=0o600)
    else:
        state.symlink_to(home / "none" / "such")
    call = launch()
    assert call.journal is not None
    assert call.journal.is_relative_to(home / "tmpdir")
    assert call.journal.parent.stat().st_mode & 0o777 == 0o700
    (told,) = notes(call.reader)
    assert "cannot be written" in told
    assert str(call.journal) in told


def test_a_call_in_a_home_that_is_no_folder(home: Path) -> None:
    (home / "file").touch()
    done = voicescope(
        *("run", "--provider", "local", "--no-audio", "--for", "1"),
        home=home,
        env={"HOME": str(home / "file"), "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert '"ended_in_order":true' in done.stdout


def test_a_plan_and_a_journal_in_names_that_are_no_text(home: Path) -> None:
    folder = home / ODD
    folder.mkdir()
    call = launch(Flags(journal=folder / f"{ODD}.jsonl", record=folder / f"{ODD}.wav"))
    plan = decode_plan(encode_plan(call.plan))
    assert plan == call.plan
    assert os.fsencode(plan.record_path).endswith(b"caf\xe9/caf\xe9.wav")
    writer = open_writer(plan, Redactor())
    writer.fact(Noted(text=plan.record_path))
    writer.close()
    assert notes(call.reader)[0].endswith("caf?/caf?.wav")
