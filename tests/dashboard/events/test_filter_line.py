"""The filter in the log: live, refused in words, kept, cleared, recalled."""

from pathlib import Path

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tui.dashboard.events.log import EventLog
from tui.dashboard.events.presets import PRESETS


def title(stage: Stage) -> str:
    return next(row for row in stage.rows() if row[1:9] == "2 Events")


async def log_of(stage: Stage) -> EventLog:
    await stage.show()
    stage.log.focus()
    await stage.pilot.pause()
    return stage.log


async def type_in(stage: Stage, text: str) -> None:
    await stage.press(*("space" if char == " " else char for char in text))
    await stage.until(lambda: not stage.log._working)


async def test_each_letter_filters_and_enter_keeps(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash")
        await type_in(stage, "holo")
        assert "Events 1/483 · holo ·" in title(stage)
        assert "hologram" in stage.pane_rows(stage.log)[1]
        assert "/holo" in stage.pane_rows(stage.log)[0]
        await type_in(stage, " or kind:ping")
        assert "Events 8/483 · holo or kind:ping ·" in title(stage)
        await stage.press("enter")
        assert stage.app.focused is stage.log
        assert "Events 8/483 · holo or kind:ping ·" in title(stage)
        assert "ping" in stage.pane_rows(stage.log)[0]
        assert "/holo" not in stage.text()


async def test_escape_clears_it_at_once_or_later(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash", *"ping", "escape")
        assert "Events 483 · 452 plumbing hidden" in title(stage)
        await stage.press("slash", *"ping", "enter")
        assert "/483 · ping" in title(stage)
        await stage.press("escape")
        assert "Events 483 · 452 plumbing hidden" in title(stage)


async def test_a_bad_expression_tells_where_and_the_last_good_one_stays(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("slash")
        await type_in(stage, "kind:ping")
        await type_in(stage, " size:x")
        painted = stage.pane_rows(log)
        assert painted[0].startswith(" /kind:ping size:x")
        assert painted[1].index("▲") == painted[0].index("x")
        assert "size: takes a number: size:>4k" in painted[1]
        assert "Events 0/483 · kind:ping size ·" in title(stage)
        await stage.press("enter")
        assert "▲" in stage.text()  # it cannot be kept
        await stage.press("backspace", "5", "5", "enter")
        assert "kind:ping size:55 ·" in title(stage)
        assert "▲" not in stage.text()


async def test_up_recalls_what_was_kept(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        for text in ("ping", "holo"):
            await stage.press("slash", "ctrl+u", *text, "enter")
        await stage.press("escape", "slash", "up", "up")
        assert stage.log.model.filter_text == "ping"
        await stage.press("down", "enter")
        assert "1/483 · holo" in title(stage)


async def test_filtering_keeps_the_pointed_frame_where_it_is(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample, 80, 20) as stage:
        log = await log_of(stage)
        reader = stage.backend.reader
        log.point_at_record([reader.kind(n) for n in range(len(reader))].index("client_tool_call"))
        pointed = log.pointed
        await stage.press("slash", *"tool", "enter")
        assert log.pointed == pointed
        assert "client_tool_call" in next(r for r in stage.pane_rows(log) if r.startswith("▌"))
        assert "PAUSED" in title(stage)
        line = [row.startswith("▌") for row in stage.pane_rows(log)].index(True)
        await stage.press("escape")
        assert log.pointed == pointed
        assert [row.startswith("▌") for row in stage.pane_rows(log)].index(True) == line
        await stage.press("slash", *"kind:ping", "enter")
        assert stage.backend.reader.kind(log.pointed or 0) == "ping"


async def test_the_filtered_view_follows_a_growing_journal(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        for n in range(30):
            script.at(n * 10)
            script.ping(n, 80)
        await log_of(stage)
        await stage.press("slash", *"kind:pong", "enter")
        assert "Events 30/61" in title(stage)
        for n in range(30, 60):
            script.at(n * 10)
            script.ping(n, 80)
        await stage.show()
        assert "Events 60/121" in title(stage)
        assert "FOLLOW" in title(stage)
        assert "id=59" in stage.text()
        await stage.press("g")
        before = stage.pane_rows(stage.log)
        for n in range(60, 90):
            script.ping(n, 80)
        await stage.show()
        assert [row[:-1] for row in stage.pane_rows(stage.log)] == [row[:-1] for row in before]
        assert "PAUSED +30" in title(stage)


async def test_audio_folds_and_hides_inside_a_filter(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash", *"kind:user_audio*|ping", "enter")
        assert "×" in stage.text()
        folded = len(stage.log.model.rows)
        await stage.press("a")
        assert len(stage.log.model.rows) == stage.log.model.rows.passed > folded
        await stage.press("a")
        assert not len(stage.log.model.rows)
        assert "plumbing hidden" in title(stage)
        await stage.press("a", "escape", "a")  # without a filter it has a view of its own
        assert "plumbing folded" in title(stage)


async def test_nothing_passing_says_so(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash", *"nowhere", "enter")
        assert "Nothing that came so far passes the filter. Esc clears it." in stage.text()


async def test_hostile_text_typed_or_pasted_does_not_act(
    open_stage: OpenStage, sample: Path
) -> None:
    from textual.events import Paste

    async with open_stage(sample) as stage:
        await log_of(stage)
        await stage.press("slash")
        stage.app.post_message(Paste("[red]\x1b]0;owned\x07 size:\x1b[31mx"))
        await stage.until(lambda: "owned" in stage.text())
        assert "\x1b" not in stage.text()
        assert "▲" in stage.text()
        await stage.press("escape")


async def test_presets_are_in_the_palette(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        for preset in PRESETS:
            await stage.press("ctrl+p", *f"show {preset.name}")
            await stage.until(lambda: preset.help in stage.text())  # noqa: B023
            await stage.press("enter")
            await stage.until(lambda: log.model.filter_text == preset.expression, preset.name)  # noqa: B023


async def test_escape_steps_back_from_search_then_filter_then_detail(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("enter", "slash", *"ping", "enter", "backslash", *"83", "enter")
        assert log.model.search_text == "83"
        await stage.press("escape")
        assert (log.model.search_text, log.model.filter_text) == ("", "ping")
        await stage.press("escape")
        assert log.model.filter_text == ""
        assert "3 Detail" in stage.text()
        await stage.press("escape")
        assert "3 Detail" not in stage.text()


async def test_a_filter_survives_another_journal(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("slash", *"kind:ping", "enter")
        stage.backend.die()
        await stage.until(lambda: "session process ended" in stage.text())
        await stage.press("f3")
        await stage.show()
        assert "Events 7/483 · kind:ping" in title(stage)
        assert log.model.passed is not None


async def test_what_is_typed_in_one_go_before_the_line_is_for_the_log(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        await stage.press("G")
        stage.type("gjjj/\r")
        await stage.until(lambda: log.pointed == 3)
        assert "PAUSED" in stage.text()


async def test_what_is_typed_in_one_go_is_all_in_the_line(
    open_stage: OpenStage, sample: Path
) -> None:
    """Letters behind the / that come before the line has the focus are no commands."""
    async with open_stage(sample) as stage:
        log = await log_of(stage)
        stage.type("/ping\r")
        await stage.until(lambda: "Events 7/483 · ping" in title(stage))
        await stage.until(lambda: stage.app.focused is log)
        assert stage.backend.asked == []
