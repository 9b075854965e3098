"""Telling the agent something without asking for a reply, by key and from the palette."""

from pathlib import Path

from textual.events import Paste

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage
from tui.commands import SendContext
from tui.dashboard.palette import key_commands
from tui.dashboard.sending.context import ContextScreen
from tui.notices import CallState


async def open_form(stage: Stage) -> None:
    await stage.press("ctrl+n")
    await stage.until(lambda: isinstance(stage.app.screen, ContextScreen))


async def test_a_text_and_its_id(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await open_form(stage)
        stage.app.post_message(Paste("cart:\t2 items\rtotal\u00a0\u20ac 9"))
        await stage.pilot.pause()
        await stage.press("tab", *"cart", "f5")
        await stage.until(lambda: stage.app.screen is stage.app.screen_stack[0])
        told = SendContext(text="cart:\t2 items\ntotal\u00a0\u20ac 9", context_id="cart")
        assert stage.backend.asked == [told]
        await open_form(stage)  # the id is offered again
        await stage.press(*"none", "tab", "enter")
        await stage.until(lambda: len(stage.backend.asked) == 2)
        assert stage.backend.asked[1] == SendContext(text="none", context_id="cart")


async def test_nothing_is_lost_where_nobody_listens(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.IDLE, live_ns=0)
        await open_form(stage)
        await stage.press("f5")
        await stage.press(*"hello", "f5")
        await stage.until(lambda: "Not connected: there is nobody to tell." in stage.text())
        assert "hello" in stage.text()
        assert stage.backend.asked == []


async def test_it_is_in_the_palette(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        found = {c.title: c for c in key_commands(stage.app, stage.app.screen)}
        await found["session: tell the agent"].callback()
        await stage.until(lambda: isinstance(stage.app.screen, ContextScreen))
