"""A tool that failed is told from one that went well: by `!`, by style, and first in its text."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tui import events
from tui.events import Event
from tui.providers.elevenlabs.summary import summarize

LONG = "the address book did not answer, and neither did the one that stands in for it"


def write_tools(script: CallScript) -> Path:
    """Each kind of record that tells of both: once well, once failed."""
    for number, failed in enumerate((False, True)):
        outcome = "failed" if failed else "ok"
        call = {"tool_name": "find", "tool_call_id": f"t{number}", "parameters": {}, "event_id": 1}
        answer = {"tool_call_id": f"t{number}", "result": LONG, "is_error": failed}
        report = {"tool_name": "find", "tool_call_id": f"t{number}", "tool_type": "client",
                  "is_error": failed, "is_called": True, "event_id": 1}  # fmt: skip
        script.received({"type": "client_tool_call", "client_tool_call": call})
        script.fact(
            events.ToolFinished(name="find", call_id=f"t{number}", outcome=outcome, elapsed_ms=40)
        )
        script.sent({"type": "client_tool_result", **answer})
        script.received({"type": "agent_tool_response", "agent_tool_response": report})
        state = {"state": "failure", "error_message": "boom"} if failed else {
            "state": "success", "result": []}  # fmt: skip
        mcp = {"service_id": "s1", "tool_call_id": f"m{number}", "tool_name": "find",
               "parameters": {}, "timestamp": "2026-01-01T00:00:00Z", **state}  # fmt: skip
        script.received({"type": "mcp_tool_call", "mcp_tool_call": mcp})
        script.ping(number, 20)
    return script.path


@pytest.mark.parametrize("width", [80, 160])
async def test_it_has_an_exclamation_mark(
    open_stage: OpenStage, script: CallScript, width: int
) -> None:
    async with open_stage(write_tools(script), width, 40) as stage:
        await stage.show()
        rows = stage.pane_rows(stage.log)
        for kind in (
            "·!tool_finished",
            "→!client_tool_result",
            "←!agent_tool_response",
            "←!mcp_tool_call",
        ):
            assert sum(kind in row for row in rows) == 1, kind
            assert sum(kind.replace("!", " ") in row for row in rows) == 1, kind
        assert not any("!client_tool_call" in row or "!ping" in row for row in rows)
        wrong = [row for row in rows if "!client_tool_result" in row or "!agent_tool" in row]
        assert all("is_error=True" in row for row in wrong)


async def test_only_what_may_tell_of_a_tool_is_read_for_it(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row costs no decoding where the first record of its sort told what all of them are."""
    async with open_stage(sample, 80, 40) as stage:
        await stage.show()
        read: list[str] = []
        reader, categories = stage.backend.reader, stage.log.model.rows.categories
        events_of = categories.events_of

        def spy(number: int) -> Sequence[Event]:
            read.append(reader.kind(number))
            return events_of(number)

        monkeypatch.setattr(categories, "events_of", spy)
        await stage.press("escape", "a", "g")
        await stage.until(lambda: not stage.log.viewport.following)
        for _ in range(6):
            await stage.press("pagedown")
        tools = {"client_tool_call", "client_tool_result", "agent_tool_response"}
        assert read
        assert set(read) <= tools | {"protocol_error"}


def test_a_failure_comes_first_and_then_why() -> None:
    def said(is_error: str) -> str:
        text = (
            f'{{"type":"client_tool_result","tool_call_id":"t","result":"r","is_error":{is_error}}}'
        )
        return summarize("client_tool_result", text)

    assert said("true") == "is_error=True r t"
    assert said("false") == "result=r is_error=False t"
