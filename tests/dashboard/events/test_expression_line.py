"""Where the line of expressions says that something is wrong: under the very character."""

from pathlib import Path

from rich.cells import cell_len
from textual.events import Paste

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage


async def paste(stage: Stage, text: str) -> list[str]:
    """The line and what is under it."""
    await stage.show()
    await stage.press("escape", "2", "slash")
    stage.app.post_message(Paste(text))
    await stage.until(lambda: "takes a number" in stage.text())
    await stage.pilot.pause()
    return stage.pane_rows(stage.log)[:2]


async def test_wide_characters_take_two_cells(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        line, wrong = await paste(stage, "日本語 size:5x")
        assert wrong.index("▲") == cell_len(line[: line.index("5x")])


async def test_a_place_that_is_scrolled_away_is_pointed_to(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        rest = " or ".join(f"kind:agent{n}*" for n in range(12))
        line, wrong = await paste(stage, f"size:5x or {rest}")
        assert "size:5x" not in line
        assert wrong.lstrip().startswith("◀ size: takes a number")
        await stage.press("home")
        await stage.until(lambda: "▲" in stage.text())
        line, wrong = stage.pane_rows(stage.log)[:2]
        assert wrong.index("▲") == line.index("5x")


async def test_a_place_behind_what_is_in_view(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        rest = " or ".join(f"kind:agent{n}*" for n in range(12))
        line, wrong = await paste(stage, f"{rest} or size:5x")
        assert wrong.index("▲") == line.index("5x")
        await stage.press("home")
        await stage.until(lambda: "▶" in stage.text())
        wrong = stage.pane_rows(stage.log)[1]
        assert "takes a number" in wrong
        assert wrong.rstrip().endswith("▶")
