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


async def test_what_is_needed_most_is_first_and_what_was_used_before_it(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()

        def titles() -> list[str]:
            return [one.title for one in stage.app.get_system_commands(stage.app.screen)]

        assert titles()[0] == "session: help"
        assert titles().index("session: mute") < titles().index("detail: fold all")
        await stage.press("ctrl+p", *"events: show tools")
        await stage.until(lambda: "what became of them" in stage.text(), "the hit")
        assert "Esc Close" in stage.rows()[-1]
        await stage.press("enter")
        await stage.until(lambda: stage.log.model.filter_text == "is:tool", "the preset")
        assert titles()[0] == "events: show tools"


async def test_the_palette_and_the_footer_are_of_the_dialog_in_front(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f6")
        assert "Close" in stage.rows()[-1]
        assert "Hang up" not in stage.rows()[-1]
        await stage.press("f1")
        assert "Close" in stage.text()
        assert "Here" in stage.text()
