"""The list of recorded calls: found, opened over the call that goes on, tagged, exported."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript, write_call
from tests.dashboard.scripted import ScriptedBackend
from tests.dashboard.stage import Stage
from tui.backend import recorded
from tui.commands import SetMuted
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.call_screen import OpenedCall
from tui.journal.about import About, read_about
from tui.journal.folder import lock
from tui.notices import CallState

REFUND, OTHER, OWN = (f"2026-01-0{day}T05-06-07-local.jsonl" for day in (1, 2, 3))


@asynccontextmanager
async def listing(folder: Path, width: int = 80) -> AsyncIterator[Stage]:
    """A live call over a folder with it and two others."""
    folder.mkdir()  # noqa: ASYNC240
    write_call(folder / REFUND)
    script = CallScript(folder / OTHER)
    script.user("What is the weather like?", 1)
    script.close()
    write_call(folder / OWN, ended=False)
    for age, name in enumerate((OWN, OTHER, REFUND)):
        os.utime(folder / name, (1.8e9 - age, 1.8e9 - age))
    backend = ScriptedBackend(folder / OWN)
    app = VoiceScopeApp(backend, journals=folder)
    async with app.run_test(size=(width, 24), notifications=True) as pilot:
        stage = Stage(app, backend, pilot)
        await stage.show(state=CallState.LIVE, records=100)
        await stage.press("escape", "ctrl+l")
        await stage.until(lambda: "Recorded calls 3 ·" in stage.text())
        yield stage


async def test_a_call_is_found_by_its_words_and_opened_over_the_live_one(tmp_path: Path) -> None:
    async with listing(tmp_path / "calls") as stage:
        rows = [row for row in stage.rows() if " 14:03 " in row]
        assert ["● this call" in row for row in rows] == [False, False, False]
        assert "this call" in rows[0]
        assert "not connected" in rows[1]
        assert "✖2 agent 1000" in rows[2]
        assert "0.8/1.2 s" in rows[2]
        stage.type("/refund end_call\r")
        await stage.until(lambda: isinstance(stage.app.screen, OpenedCall))
        await stage.until(lambda: "Thanks, that is all." in stage.text())
        assert "▶ REPLAY" in stage.text()
        stage.backend.say(records=300)
        await stage.until(lambda: stage.log.model.rows.records == 300)  # the live one goes on
        await stage.press("f2")
        await stage.until(lambda: stage.backend.asked[-1:] == [SetMuted(muted=True)])
        await stage.press("f4")
        assert stage.backend.asked[-1] == SetMuted(muted=True)
        await stage.press("escape", "escape")  # its banner, then itself
        await stage.until(lambda: "▶ REPLAY" not in stage.text())
        await stage.press("ctrl+l")
        await stage.until(lambda: "Recorded calls 1 of 3" in stage.text())
        await stage.press("escape", "escape")
        await stage.until(lambda: "Recorded calls" not in stage.text())


async def test_what_was_read_once_is_there_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listing(tmp_path / "calls", 160) as stage:
        assert "ear p50/p95" in stage.text()
        await stage.press("ctrl+l")
        await stage.until(lambda: "Recorded calls" not in stage.text())
        monkeypatch.setattr(recorded, "JournalReader", None)
        await stage.press("ctrl+l")
        await stage.until(lambda: "Recorded calls 3 ·" in stage.text())


async def test_a_tag_and_a_note_are_kept_beside_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "calls" / REFUND
    async with listing(path.parent) as stage:
        before = path.read_bytes()
        await stage.press("G", "t")
        stage.type("vip\r")
        await stage.until(lambda: read_about(path) == About(tag="vip"))
        await stage.press("n")
        stage.type("call back\r")
        await stage.until(lambda: read_about(path) == About("vip", "call back"))
        await stage.until(lambda: f"{REFUND} · vip · call back" in stage.text())
        await stage.press("t")
        await stage.press(*["backspace"] * 3, "enter")
        await stage.until(lambda: read_about(path) == About("", "call back"))
        assert path.read_bytes() == before
        stage.type("/back call")
        await stage.until(lambda: "Recorded calls 1 of 3" in stage.text())


async def test_only_a_call_at_rest_is_deleted_and_only_after_a_yes(tmp_path: Path) -> None:
    path = tmp_path / "calls" / REFUND
    async with listing(path.parent) as stage:
        await stage.press("d")
        await stage.until(lambda: "cannot be deleted from here" in stage.text())
        await stage.press("G", "delete")
        await stage.until(lambda: "Nothing brings them" in stage.text())
        await stage.press("n")
        assert path.exists()
        held = os.open(path, os.O_RDONLY)
        lock(held)
        await stage.press("d", "y")
        await stage.until(lambda: "Not deleted" in stage.text())
        os.close(held)
        await stage.press("d", "y")
        await stage.until(lambda: "Recorded calls 2 ·" in stage.text())
        assert sorted(one.name for one in path.parent.glob("*.jsonl")) == [OTHER, OWN]
        assert not list(path.parent.glob(f"{REFUND}*"))


async def test_an_export_is_a_new_file(tmp_path: Path) -> None:
    async with listing(tmp_path / "calls") as stage:
        await stage.press("G", "w", "enter")
        out = Path.cwd() / f"{REFUND.removesuffix('.jsonl')}-export.jsonl"
        await stage.until(lambda: "records" in stage.text())
        assert out.read_bytes().count(b"\n") == 483
        await stage.press("w", "enter")
        await stage.until(lambda: "Not exported" in stage.text() and "exists" in stage.text())


async def test_a_folder_without_calls_says_so(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(write_call(tmp_path / "own.jsonl")) as stage:
        stage.app._journals = tmp_path / "none"
        await stage.press("escape", "ctrl+l")
        await stage.until(lambda: "There are no recorded calls yet." in stage.text())
