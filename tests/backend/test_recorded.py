"""What is kept of calls, what is forgotten, and what is read only once."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.dashboard.sample_call import write_call
from tests.journals import write_journal
from tui.backend import recorded
from tui.backend.recorded import Calls, forget, without_empty
from tui.events import (
    AudioFailed,
    Closer,
    Event,
    Failure,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    LinkOpening,
    Noted,
)
from tui.journal.about import About, write_about
from tui.journal.folder import lock

NAME = "2026-03-04T05-06-07-local.jsonl"
OPENING = LinkOpening(target="local agent", provider="local")
NOBODY = LinkFailed(reason="no agent", advice="name one", failure=Failure.NO_AGENT)
QUIT = LinkClosed(by=Closer.USER, code=1000, reason="", elapsed_ms=1)
LOST = LinkClosed(by=Closer.ERROR, code=1006, reason="", elapsed_ms=1)
NO_MIC = AudioFailed(side="input", reason="none", advice="plug one in")


@pytest.mark.parametrize(
    ("facts", "stays"),
    [
        ([], False),
        ([Noted(text="others could read it"), NO_MIC], False),
        ([OPENING, QUIT], False),
        ([OPENING, NOBODY], False),
        ([OPENING, LinkFailed(reason="refused", advice="start it")], True),
        ([OPENING, LOST], True),
        ([OPENING, LinkOpened(elapsed_ms=1), QUIT], True),
    ],
)
def test_a_call_that_never_came_about_leaves_nothing(
    tmp_path: Path, facts: list[Event], stays: bool
) -> None:
    for name in (NAME, "mine.jsonl"):
        writer = write_journal(tmp_path / name)
        for fact in facts:
            writer.fact(fact)
        writer.close()
    path = tmp_path / NAME
    assert without_empty(path) == (path if stays else None)
    assert path.exists() is stays
    assert len(list(tmp_path.glob(f"{NAME}*"))) == 2 * stays
    mine = tmp_path / "mine.jsonl"  # named by the user, who may look for it
    assert without_empty(mine) == mine and mine.exists()


def test_only_what_is_ours_and_at_rest_is_forgotten(tmp_path: Path) -> None:
    path, mine = tmp_path / NAME, tmp_path / "mine.jsonl"
    for one in (path, mine):
        write_call(one)
    other = tmp_path / "2026-03-04T05-06-08-local.jsonl"
    other.write_text("{}")
    assert "by hand" in forget(mine) and "by hand" in forget(other)
    fd = os.open(path, os.O_RDONLY)
    lock(fd)
    assert "is writing it" in forget(path)
    os.close(fd)
    assert forget(path) == ""
    assert {one.name for one in tmp_path.iterdir()} == {
        mine.name,
        f"{mine.name}.audio",
        other.name,
    }


def test_a_call_is_read_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / NAME
    write_call(path)
    calls, rests = Calls(tmp_path), 0

    def rest() -> None:
        nonlocal rests
        rests += 1

    first = calls.call(path, rest)
    assert first is not None and rests
    assert (first.summary.turns, first.errors, first.ended) == (3, 2, "agent 1000")
    assert "refund" in first.line_with(["REFUND"])
    write_about(path, About(tag="vip"))
    with monkeypatch.context() as patch:
        patch.setattr(recorded, "JournalReader", None)  # nothing is opened again
        again = calls.call(path)
    assert again is not None and again.about.tag == "vip"
    with path.open("ab") as file:
        file.write(b"\n")
    assert not calls.known(path)


def test_days_have_their_names(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_call(path)
    call = Calls(tmp_path).call(path)
    assert call is not None
    day = call.began.date()
    assert call.holds(["today", "Refund"], day)
    assert call.holds(["yesterday"], datetime.fromordinal(day.toordinal() + 1).date())
    assert not call.holds(["yesterday"], day)
    assert call.holds([f"{day:%A}".lower(), f"{day:%B}"], day)
