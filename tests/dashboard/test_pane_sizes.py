"""Panes sized by keys, each layout for itself."""

from pathlib import Path

from textual.widget import Widget

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage


def pane(stage: Stage, name: str) -> Widget:
    return stage.app.screen.query_one(name)


async def test_columns_and_detail(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await stage.show()
        await stage.press("escape")
        assert (pane(stage, "#talk").size.width, pane(stage, "#wire").size.width) == (63, 96)
        await stage.press("greater_than_sign", "greater_than_sign")
        assert pane(stage, "#wire").size.width == 64
        height = pane(stage, "#detail").size.height
        await stage.press("right_curly_bracket")
        assert pane(stage, "#detail").size.height > height
        for _ in range(12):
            await stage.press("less_than_sign")
        assert pane(stage, "#wire").size.width == 128


async def test_above_each_other(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("escape")
        rows = pane(stage, "#talk").size.height
        await stage.press("greater_than_sign", "greater_than_sign")
        assert pane(stage, "#talk").size.height > rows + 2
        assert pane(stage, "#talk").size.width == 80
        await stage.press("enter")
        rows = pane(stage, "#detail").size.height
        await stage.press("right_curly_bracket")
        assert pane(stage, "#detail").size.height > rows


async def test_a_layout_keeps_its_own_shares(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await stage.show()
        await stage.press("escape", "greater_than_sign")
        wide = pane(stage, "#talk").size
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: pane(stage, "#talk").size.width == 80)
        assert pane(stage, "#wire").size.width == 80
        await stage.pilot.resize_terminal(160, 45)
        await stage.until(lambda: pane(stage, "#talk").size == wide)
