"""Rows, a scenario and the whole call saved at a key."""

import os
import threading
from pathlib import Path

import pytest

from bench.make_journal import repeat
from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage
from tui.agent.scenarios.scenario import load_scenario
from tui.dashboard import save_actions
from tui.errors import BackendError, Progress
from tui.journal.reader import JournalReader


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def saved(stage: Stage, key: str, path: Path) -> Path:
    await stage.press(key)
    await stage.until(lambda: "Saved as" in stage.text(), "Saved as")
    return path


async def test_what_the_filter_shows_is_saved(
    open_stage: OpenStage, sample: Path, here: Path
) -> None:
    async with open_stage(sample, 120, 40) as stage:
        await stage.show()
        await stage.press("escape", "slash", *"kind:ping", "enter")
        path = await saved(stage, "s", here / "support-0042-kind-ping.jsonl")
    reader = JournalReader.open(path)
    assert {reader.kind(n) for n in range(1, len(reader))} == {"ping"}


async def test_marked_rows_are_a_scenario(open_stage: OpenStage, sample: Path, here: Path) -> None:
    async with open_stage(sample, 120, 40) as stage:
        await stage.show()
        await stage.press("escape", "slash", *"kind:client_tool_call", "enter", "k", "b")
        path = await saved(stage, "S", here / "support-0042-marked.toml")
    assert len(load_scenario(path).steps) == 1


@pytest.mark.parametrize("key", ["s", "S"])
async def test_nothing_shown_is_nothing_saved(
    open_stage: OpenStage, sample: Path, here: Path, key: str
) -> None:
    async with open_stage(sample, 120, 40) as stage:
        await stage.show()
        await stage.press("escape", "slash", *"kind:nothing", "enter", key)
        await stage.until(lambda: "No record is shown: there is nothing to save." in stage.text())
        assert "Saving" not in stage.text()
        assert "Writing" not in stage.text()
        assert os.listdir(here) == []


async def test_a_filter_that_still_looks_is_waited_for(
    open_stage: OpenStage, sample: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = here.parent / "long.jsonl"
    repeat(sample, path, 30_000)
    monkeypatch.setattr("tui.dashboard.events.log.BUDGET_S", 0.0002)
    async with open_stage(path, 120, 40) as stage:
        await stage.show()
        stage.log.set_filter("/p.ng/")
        stage.log.screen.action_save_rows()  # type: ignore[attr-defined]
        await stage.until(lambda: "The filter is still looking (" in stage.text())
        assert os.listdir(here) == []


async def test_the_whole_call(open_stage: OpenStage, sample: Path, here: Path) -> None:
    async with open_stage(sample, 120, 40) as stage:
        await stage.show()
        await stage.press("escape")
        folder = await saved(stage, "X", here / "support-0042")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["call.jsonl", "call.wav", "transcript.txt"]


async def test_a_long_call_says_how_far_it_is(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    class Files:
        def folder(self, progress: Progress) -> tuple[Path, str]:
            progress(0.4)
            go_on.wait(100)
            return Path("support-0042"), "it was not kept"

    async with open_stage(sample, 120, 40) as stage:
        stage.app.screen._save_actions._take_away = Files()  # type: ignore[attr-defined]
        monkeypatch.setattr(save_actions, "PATIENCE_S", 0.0)
        await stage.show()
        await stage.press("escape", "X")
        await stage.until(lambda: "Saving the whole call … 40%" in stage.text(), "40%")
        go_on.set()
        await stage.until(lambda: "Without its sound: it was not kept" in stage.text(), "the end")


async def test_who_leaves_does_not_wait_for_it(open_stage: OpenStage, sample: Path) -> None:
    begun, gave_up = threading.Event(), threading.Event()

    class Files:
        def folder(self, progress: Progress) -> tuple[Path, str]:
            try:
                while not begun.wait(0.01) or not gave_up.wait(0.01):
                    begun.set()
                    progress(0.4)
            except BackendError:
                gave_up.set()
                raise
            raise AssertionError

    async with open_stage(sample, 120, 40) as stage:
        stage.app.screen._save_actions._take_away = Files()  # type: ignore[attr-defined]
        await stage.show()
        await stage.press("escape", "X")
        await stage.until(begun.is_set, "it began")
        assert not gave_up.is_set()
    assert gave_up.wait(100)


async def test_where_nothing_is_kept_it_says_so(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 120, 40) as stage:
        stage.app.screen._save_actions._take_away = None  # type: ignore[attr-defined]
        await stage.show()
        await stage.press("escape", "s")
        assert "Nothing of this call is kept" in stage.text()
