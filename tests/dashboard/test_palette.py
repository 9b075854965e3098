"""The palette finds what keys do, whatever has the focus."""

from pathlib import Path

from textual.content import Content

from tests.dashboard.conftest import OpenStage
from tui.commands import SetHeld
from tui.dashboard.palette import key_commands


async def test_a_command_is_found_by_name_and_done(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+p", *"session: hold")
        await stage.until(lambda: "silence both ways" in stage.text(), "the hit")
        await stage.press("enter")
        await stage.until(lambda: SetHeld(held=True) in stage.backend.asked, "hold")


async def test_a_pane_s_commands_are_there_while_typing(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("ctrl+p", *"events: time")
        await stage.until(lambda: "clock, elapsed, gap" in stage.text(), "the hit")
        await stage.press("enter")
        await stage.until(
            lambda: "elapsed" in stage.log.painter.time_column, "the time column changed"
        )


async def test_each_command_once_and_none_that_only_moves(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        commands = list(key_commands(stage.app, stage.app.screen))
    titles = [command.title for command in commands]
    assert all(Content.from_markup(command.help).plain for command in commands)
    assert len(titles) == len(set(titles))
    assert "view: zoom" in titles
    assert "detail: fold all" in titles
    assert not [title for title in titles if title.endswith(": down")]
