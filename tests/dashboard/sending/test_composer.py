"""The composer, by keyboard alone at 80x24: templates, validation, history, hostile text."""

from pathlib import Path

import pytest
from textual.events import Paste

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage
from tests.dashboard.test_hostile import HOSTILE, assert_harmless
from tui.commands import SendRaw, SetMuted
from tui.dashboard.sending.composer import ComposerScreen, FrameEditor
from tui.notices import CallState


async def open_composer(stage: Stage) -> None:
    await stage.show()
    await stage.press("f7")
    await stage.until(lambda: isinstance(stage.app.screen, ComposerScreen))
    await stage.pilot.pause()


def text_of(stage: Stage) -> str:
    return stage.app.screen.query_one(FrameEditor).text


async def test_from_template_to_the_wire(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        names = [name for name, _ in stage.backend.frame_templates]
        for name in names[:15]:
            assert name[:20] in stage.text()
        assert "● LIVE" in stage.rows()[0]
        await stage.press(*["down"] * names.index("user_message"), "enter")
        template = dict(stage.backend.frame_templates)["user_message"]
        assert text_of(stage) == template
        assert "a valid frame of" in stage.text()
        await stage.press("f5")
        assert stage.backend.asked == [SendRaw(text=template)]
        assert text_of(stage) == ""
        assert "Sent," in stage.text()


async def test_every_template_is_valid(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        for name, text in stage.backend.frame_templates:
            assert stage.backend.frame_check(text) == "", name


async def test_send_anyway(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab", *'{"type":"pong"}')
        assert "! " in stage.rows()[-2]
        await stage.press("f5")
        assert "Send it anyway?" in stage.text()
        await stage.press("n")
        assert stage.backend.asked == []
        assert text_of(stage) == '{"type":"pong"}'
        await stage.press("f5", "y")
        assert stage.backend.asked == [SendRaw(text='{"type":"pong"}')]


async def test_history(open_stage: OpenStage, sample: Path) -> None:
    first, second = '{"type":"user_activity"}', '{"type":"user_message","text":"hi"}'
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab")
        for text in (first, second):
            await stage.press(*text, "f5")
        await stage.press("up")
        assert text_of(stage) == second
        await stage.press("up")
        assert text_of(stage) == first
        await stage.press("up")
        assert text_of(stage) == first
        await stage.press("escape")
        assert stage.app.screen is stage.app.screen_stack[0]
        await stage.press("f7")  # the draft is still there, and the list has both
        assert text_of(stage) == first
        await stage.press("shift+tab", "end", "enter")
        assert text_of(stage) == first
        await stage.press("shift+tab", "up", "enter")
        assert text_of(stage) == second
        await stage.press("f7")
        assert stage.app.screen is stage.app.screen_stack[0]


async def test_the_call_goes_on(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("f2")
        await stage.show(muted=True)
        assert "MIC OFF" in stage.rows()[0]
        assert stage.backend.asked == [SetMuted(muted=True)]
        for key in ("F5 Send", "Esc Back", "F1 Help", "F2 Unmute"):
            assert key in stage.rows()[-1]
        assert [len(row) for row in stage.rows()] == [80] * 24


async def test_nobody_to_send_to(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("enter")
        await stage.show(state=CallState.IDLE)
        await stage.press("f5")
        assert stage.backend.asked == []
        assert "Not connected" in stage.text()


@pytest.mark.parametrize("text", [*HOSTILE, "[" * 20_000, "x" * 50_000])
async def test_hostile_text(open_stage: OpenStage, sample: Path, text: str) -> None:
    async with open_stage(sample) as stage:
        await open_composer(stage)
        await stage.press("tab")
        safe = text.encode("utf-8", "replace").decode()
        stage.app.post_message(Paste(safe))
        await stage.until(lambda: text_of(stage))
        await stage.pilot.pause()
        assert_harmless(stage)
        await stage.press("f5")
        assert_harmless(stage)
        await stage.press("y")
        assert_harmless(stage)
        await stage.press("up")
        assert_harmless(stage)
