"""The follow rules of the event log, one test each."""

from pathlib import Path

import pytest

from bench.make_journal import repeat
from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage


def usages(script: CallScript, first: int, count: int) -> None:
    for number in range(first, first + count):
        script.at(1000 + number * 10)
        usage = {"model": "m", "context_tokens": 1, "context_limit_tokens": 2, "event_id": number}
        script.received({"type": "context_usage", "context_usage_event": usage})


async def full_log(stage: Stage, script: CallScript) -> None:
    """More rows than fit, and the focus on them."""
    usages(script, 0, 60)
    await stage.show()
    stage.log.focus()
    await stage.pilot.pause()


async def test_following_is_on_at_start(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await full_log(stage, script)
        assert "FOLLOW" in stage.text()
        assert "id=59" in stage.text()
        usages(script, 60, 5)
        await stage.show()
        await stage.until(lambda: "id=64" in stage.text())


async def test_a_move_up_pauses_and_counts_what_came_since(
    open_stage: OpenStage, script: CallScript
) -> None:
    for key in ("k", "up", "pageup", "g"):
        async with open_stage(script.path) as stage:
            await full_log(stage, script)
            await stage.press(key)
            assert "PAUSED +0" in stage.text()
        async with open_stage(script.path) as stage:
            await stage.show()
            stage.log.focus()
            await stage.press(key)
            usages(script, 60, 37)
            await stage.show()
            assert "PAUSED +37" in stage.text()
            break  # the journal has grown; the first key has shown the count


async def test_the_wheel_pauses(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await full_log(stage, script)
        await stage.pilot._post_mouse_events([_wheel_up()], stage.log, offset=(5, 3))
        await stage.until(lambda: "PAUSED" in stage.text())


def _wheel_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


async def test_f_and_end_and_capital_g_follow_again(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        await full_log(stage, script)
        for key in ("f", "G", "end"):
            await stage.press("g")
            assert "PAUSED" in stage.text()
            assert "id=59" not in stage.text()
            await stage.press(key)
            assert "FOLLOW" in stage.text()
            assert "id=59" in stage.text()


async def test_f_turns_following_off_as_well(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await full_log(stage, script)
        await stage.press("f")
        assert "PAUSED +0" in stage.text()


async def test_nothing_moves_while_paused(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await full_log(stage, script)
        await stage.press("pageup")
        before = stage.pane_rows(stage.log)
        for first in range(60, 600, 90):
            usages(script, first, 90)
            await stage.show()
            assert [row[:-1] for row in stage.pane_rows(stage.log)] == [row[:-1] for row in before]


async def test_a_run_that_grows_in_view_does_not_move_the_rows(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        script.mic(-50)
        await full_log(stage, script)
        await stage.press("a", "g")
        before = [row[:34] for row in stage.pane_rows(stage.log)]
        for n in range(20):
            script.at(200 + n * 40)
            script.mic(-50)
        await stage.show()
        assert [row[:34] for row in stage.pane_rows(stage.log)] == before


async def test_another_view_keeps_the_pointed_record_and_the_top(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        for n in range(40):
            script.at(10 + n)
            script.mic(-50)
        await full_log(stage, script)
        await stage.press(*"k" * 20)
        pointed = stage.log.pointed
        assert pointed is not None
        for _ in range(3):
            row = next(r for r in stage.pane_rows(stage.log) if r.startswith("▌"))
            await stage.press("a")
            assert stage.log.pointed == pointed
            assert next(r for r in stage.pane_rows(stage.log) if r.startswith("▌")) == row
        assert "PAUSED +0" in stage.text()


async def test_the_sideways_position_is_kept(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        script.agent("Abcdefgh ijklmnop qrstuvwx yz.", 7)
        await full_log(stage, script)
        await stage.press("l", "g")
        assert "h ijklmnop" in stage.text()
        assert "Abcdefgh ijk" not in "\n".join(stage.pane_rows(stage.log))
        usages(script, 60, 3)
        await stage.show()
        await stage.press("G", "g")
        assert "Abcdefgh ijk" not in "\n".join(stage.pane_rows(stage.log))


async def test_the_recorder_never_pauses(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await full_log(stage, script)
        await stage.press("k")
        usages(script, 60, 40)
        await stage.show()
        assert f"Events {len(stage.backend.reader)}" in stage.text()
        assert stage.log.model.rows.records == len(stage.backend.reader)


async def test_a_pause_in_the_middle_of_a_run_counts_from_there(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        script.at(900)
        script.mic(-50)
        await full_log(stage, script)
        await stage.press("a")
        script.at(1700)
        script.mic(-50)  # a run that began above many rows grows
        await stage.show()
        await stage.press("k")
        assert "PAUSED +0" in stage.text()
        usages(script, 80, 2)
        await stage.show()
        assert "PAUSED +2" in stage.text()


async def test_a_filter_is_a_view_too(open_stage: OpenStage, script: CallScript) -> None:
    """Rules 4, 5 and 7 inside a filter: nothing moves, the pointed frame stays, all is recorded."""
    async with open_stage(script.path) as stage:
        for number in range(40):
            script.at(number * 10)
            script.ping(number, 80)
        await stage.show()
        stage.log.focus()
        await stage.press("a", *"kkkkk")
        pointed = stage.log.pointed
        await stage.press("slash", *"kind:pong|ping", "enter")
        assert stage.log.pointed == pointed
        before = [row[:-1] for row in stage.pane_rows(stage.log)]
        for number in range(40, 80):
            script.ping(number, 80)
        await stage.show()
        assert [row[:-1] for row in stage.pane_rows(stage.log)] == before
        assert "PAUSED +80" in stage.text()
        assert stage.log.model.rows.records == len(stage.backend.reader)
        await stage.press("f")
        assert "FOLLOW" in stage.text()
        assert "id=79" in stage.text()


async def test_what_a_filter_still_finds_did_not_come_since(
    open_stage: OpenStage, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.jsonl"
    repeat(sample, path, 30_000)
    monkeypatch.setattr("tui.dashboard.events.log.BUDGET_S", 0.0002)  # a little at a time
    async with open_stage(path) as stage:
        await stage.show()
        log = stage.log
        log.set_filter("/p.ng/")
        assert log.model.rows.records < 30_000
        log.action_point(-1)
        await stage.until(lambda: log.model.rows.records == log.model.wanted)
        await stage.until(lambda: "PAUSED +0" in stage.text())
        log.set_filter("/nothing like this./")
        assert log.model.rows.records < 30_000
        assert log.empty_text().startswith("Looking for what passes: ")
        await stage.until(lambda: "Nothing that came so far passes the filter" in stage.text())


async def test_the_beginning_can_be_asked_for_before_there_is_one(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        stage.log.focus()
        await stage.press("g")
        usages(script, 0, 60)
        await stage.show()
        await stage.press("j")
        assert stage.log.pointed == 0
