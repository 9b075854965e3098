"""Foreign text is painted as text: nothing in it acts on the terminal or is read as markup."""

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tui import events
from tui.notices import CallState

HOSTILE = [
    "\x1b[31mred\x1b[2J",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x1b]0;title\x1b\\",
    "bell\x07\x08\x7f\x9b31m\x90",
    "[/]",
    "[@click=app.quit]click[/]",
    "[link='",
    "[/INST] a [b + [/b]",
    "bidi \u202egnp.exe\u202c \u2066x\u2069",
    "nul\x00 zero\u200b\ufeff",
    "marks " + "a\u0301\u0302\u0303" * 50,
    "wide 你好世界 👩‍👩‍👧",
    "\ud800 lone",
    "line\nbreak\r\nand\ttab\u2028para",
]
ACTS = {chr(c) for c in [*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x202E, 0x2066, 0xFEFF, 0x2028]}


def assert_harmless(stage: Stage) -> None:
    for row in stage.rows():
        assert not ACTS & set(row), repr(row)
        assert not any(0xD800 <= ord(c) <= 0xDFFF for c in row)
    for strip in stage.app.screen._compositor.render_strips():
        for segment in strip:
            assert not (segment.style and segment.style.link)
            meta = segment.style.meta if segment.style else {}
            assert "@click" not in meta


@pytest.mark.parametrize("text", HOSTILE)
async def test_everywhere(open_stage: OpenStage, script: CallScript, text: str) -> None:
    safe = text.encode("utf-8", "backslashreplace").decode()
    script.received({"type": f"kind{safe}", "field": safe})
    script.user(safe, 1)
    script.agent(safe, 2)
    call = {"tool_name": safe, "tool_call_id": safe, "parameters": {safe: safe}, "event_id": 2}
    script.received({"type": "client_tool_call", "client_tool_call": call})
    script.raw(text)
    script.fact(events.Noted(text=safe))
    script.fact(events.LinkFailed(reason=safe, advice=safe))
    async with open_stage(script.path, 130, 40) as stage:
        for state in (CallState.LIVE, CallState.FAILED):
            await stage.show(state=state, detail=text, target=text, audio_advice=text)
            assert_harmless(stage)
        await stage.press("escape")
        await stage.press("g")
        for _ in range(len(stage.log.model.rows)):
            await stage.press("j")
            assert_harmless(stage)
        await stage.press("y", "1", "3", "f1")
        assert_harmless(stage)


async def test_a_very_long_frame(open_stage: OpenStage, script: CallScript) -> None:
    script.agent("x" * 1_000_000, 1)
    script.raw('{"type":"odd","deep":' + "[" * 50_000 + "]" * 50_000 + "}")
    script.raw("y" * 1_000_000)
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "enter", "k", "k", "3", "G", "g")
        assert_harmless(stage)


async def test_what_is_pasted(open_stage: OpenStage, script: CallScript) -> None:
    from textual.events import Paste

    async with open_stage(script.path) as stage:
        await stage.show()
        stage.app.post_message(Paste("\x1b]52;c;cm0gLXJmIH4=\x07 [/] two  words"))
        await stage.until(lambda: "two  words" in stage.text())
        assert_harmless(stage)


async def test_levels_that_are_no_numbers(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path, 130, 40) as stage:
        for value in (float("nan"), float("inf"), float("-inf"), 1e308, -1e308):
            await stage.show(mic_dbfs=value, speaker_dbfs=value, vad_score=value)
        assert " local " in stage.text()
