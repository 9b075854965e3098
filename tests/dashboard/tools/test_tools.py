"""Tools: the dialog that asks, the panel that lists; by keyboard alone at 80x24."""

from pathlib import Path

import msgspec
import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.scripted import ScriptedClock
from tests.dashboard.stage import Stage
from tests.dashboard.test_hostile import HOSTILE, assert_harmless
from tui.commands import DecideTool
from tui.dashboard.tools.approval_dialog import ToolDialog
from tui.dashboard.tools.panel import ToolPanel
from tui.notices import PendingTool

ORDER = PendingTool("t_1", "lookup_order", '{"id":"A-1009","deep":{"a":[1,2]}}', 20_000_000_000)
REFUND = PendingTool("t_2", "refund", "{}", 30_000_000_000)

SEARCH = PendingTool("m_1", "search_web", '{"q":"refunds"}', 30_000_000_000, server="kagi")


async def ask(stage: Stage, *tools: PendingTool) -> None:
    await stage.show(pending_tools=tools)
    if tools and not isinstance(stage.app.screen, ToolDialog):
        await stage.press("ctrl+r")
    await stage.until(lambda: isinstance(stage.app.screen, ToolDialog) is bool(tools))
    await stage.pilot.pause()


async def test_it_asks_with_name_and_arguments(open_stage: OpenStage, sample: Path) -> None:
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await ask(stage, ORDER)
        assert "The agent wants to run lookup_order" in stage.text()
        assert '"id": "A-1009"' in stage.text()
        assert "Refused by itself in 19 s." in stage.text()
        clock.wait(400)
        await stage.press("y")
        assert stage.backend.asked == [DecideTool(call_id="t_1", approved=True)]
        assert not isinstance(stage.app.screen, ToolDialog)
        await stage.show(pending_tools=(ORDER,))  # a notice from before the answer
        assert not isinstance(stage.app.screen, ToolDialog)


@pytest.mark.parametrize(
    ("key", "approved", "always"),
    [("y", True, False), ("a", True, True), ("n", False, False), ("escape", False, False)],
)
async def test_its_keys(
    open_stage: OpenStage, sample: Path, key: str, approved: bool, always: bool
) -> None:
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await ask(stage, ORDER)
        clock.wait(400)
        await stage.press("enter", key)
        wanted = DecideTool(call_id="t_1", approved=approved, always=always)
        assert stage.backend.asked == [wanted]


@pytest.mark.parametrize("tool", [ORDER, SEARCH])
async def test_a_question_takes_nothing_from_who_types(
    open_stage: OpenStage, sample: Path, tool: PendingTool
) -> None:
    """However slowly: the focus stays, each letter is text, and nobody has decided anything."""
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await stage.show()
        await stage.press("i", *"can yo")
        await stage.show(pending_tools=(tool,))
        assert f"The agent wants to run {tool.name}" in stage.text()
        assert "^r answers" in stage.text()
        for letter in "u say a y":
            clock.wait(2_000)
            await stage.press("space" if letter == " " else letter)
        assert "can you say a y" in stage.text()
        await stage.press("escape", "escape", "n", "y", "a")
        assert not isinstance(stage.app.screen, ToolDialog)
        assert not [c for c in stage.backend.asked if isinstance(c, DecideTool)]
        assert "^r answers" in stage.text()  # Esc hides no question
        await stage.show()
        assert "^r answers" not in stage.text()
        await stage.press("ctrl+r")
        assert "No tool waits" in stage.text()


async def test_over_another_screen_a_note_says_it(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f7")
        await stage.show(pending_tools=(ORDER,))
        await stage.until(lambda: "wants to run lookup_order" in stage.text())
        await stage.press("ctrl+r")
        assert isinstance(stage.app.screen, ToolDialog)


async def test_typing_on_approves_nothing(open_stage: OpenStage, sample: Path) -> None:
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await ask(stage, ORDER)
        for _ in range(5):
            clock.wait(200)
            await stage.press("y")
        assert stage.backend.asked == []
        clock.wait(301)
        await stage.press("n")
        assert stage.backend.asked == [DecideTool(call_id="t_1", approved=False)]


async def test_several_queue(open_stage: OpenStage, sample: Path) -> None:
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await ask(stage, ORDER, REFUND)
        assert "(1 more after this)" in stage.text()
        clock.wait(400)
        await stage.press("y")
        assert "wants to run refund" in stage.text()
        await stage.press("y")  # too soon: this was for the first
        clock.wait(400)
        await stage.press("a")
        assert stage.backend.asked == [
            DecideTool(call_id="t_1", approved=True),
            DecideTool(call_id="t_2", approved=True, always=True),
        ]


@pytest.mark.parametrize(
    ("key", "approved", "always"), [("y", True, False), ("a", True, True), ("n", False, False)]
)
async def test_a_tool_of_an_mcp_server(
    open_stage: OpenStage, sample: Path, key: str, approved: bool, always: bool
) -> None:
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await ask(stage, SEARCH, ORDER)
        assert "wants to run search_web   (1 more after this)" in stage.text()
        assert "It runs on the MCP server kagi, not here." in stage.text()
        clock.wait(200)
        await stage.press(key)  # too soon
        assert stage.backend.asked == []
        clock.wait(301)
        await stage.press(key)
        wanted = DecideTool(call_id="m_1", approved=approved, always=always)
        assert stage.backend.asked == [wanted]
        assert "wants to run lookup_order" in stage.text()
        assert "It runs here, on this machine." in stage.text()


async def test_it_goes_when_nothing_is_pending(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await ask(stage, ORDER)
        await ask(stage)
        assert stage.backend.asked == []


async def test_it_goes_from_under_a_dialog(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await ask(stage, ORDER)
        await stage.press("ctrl+q")
        await stage.show()
        await stage.press("n")
        await stage.show()
        await stage.until(lambda: stage.app.screen is stage.app.screen_stack[0])


async def test_what_was_typed_is_still_there(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press(*"hello")
        await ask(stage, ORDER)
        await ask(stage)
        await stage.press(*" you")
        assert "hello you" in stage.text()


async def test_long_arguments_scroll(open_stage: OpenStage, sample: Path) -> None:
    arguments = msgspec.json.encode({f"key{n}": n for n in range(60)}).decode()
    clock = ScriptedClock()
    async with open_stage(sample, clock=clock) as stage:
        await ask(stage, PendingTool("t", "many", arguments, 20_000_000_000))
        assert "y  once" in stage.text()
        assert "key40" not in stage.text()
        clock.wait(400)
        await stage.press(*["pagedown"] * 8)
        assert "key59" in stage.text()


@pytest.mark.parametrize("text", [*HOSTILE, "[" * 5000, "x" * 100_000, '{"a":'])
async def test_hostile_tools(open_stage: OpenStage, script: CallScript, text: str) -> None:
    safe = text.encode("utf-8", "backslashreplace").decode()
    call = {"tool_name": safe, "tool_call_id": safe, "parameters": {safe: safe}, "event_id": 2}
    script.received({"type": "client_tool_call", "client_tool_call": call})
    answer = {"type": "client_tool_result", "tool_call_id": safe, "result": safe, "is_error": True}
    script.sent(answer)
    async with open_stage(script.path) as stage:
        await ask(stage, PendingTool(text, text, text, 0, server=text))
        assert_harmless(stage)
        assert "y  once" in stage.text()
        await ask(stage)
        await stage.press("f6")
        assert_harmless(stage)
        assert "✖ error" in stage.text()


async def test_the_panel(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        await stage.press("f6")
        assert "lookup_order" in stage.text()
        assert "249 ms" in stage.text()
        assert '"status": "delivered"' in stage.text()
        await stage.press("enter")
        assert not isinstance(stage.app.screen, ToolPanel)
        await stage.until(lambda: '"tool_call_id": "t_81"' in stage.text())
        await stage.press("w")
        assert isinstance(stage.app.screen, ToolPanel)
        await stage.press("escape")
        assert not isinstance(stage.app.screen, ToolPanel)


async def test_the_panel_grows_while_it_is_open(open_stage: OpenStage, script: CallScript) -> None:
    async with open_stage(script.path) as stage:
        await stage.show()
        await stage.press("escape", "w")
        assert "No tool has been called yet" in stage.text()
        call = {"tool_name": "late", "tool_call_id": "t", "parameters": {"n": 1}, "event_id": 2}
        script.received({"type": "client_tool_call", "client_tool_call": call})
        await stage.show()
        await stage.until(lambda: "late" in stage.text() and "running" in stage.text())
