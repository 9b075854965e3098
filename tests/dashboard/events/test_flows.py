"""What engineers open VoiceScope for, in under ten keys: docs/inspector.md tells the same."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.puzzle_call import write_puzzle

TURN_7 = ["f5", "7", "enter"]
FAILED_TOOL = ["2", "g", "e", "p", "enter"]


@pytest.fixture
def puzzle(tmp_path: Path) -> Path:
    return write_puzzle(tmp_path / "parcels.jsonl")


async def test_why_turn_7_was_slow(open_stage: OpenStage, puzzle: Path) -> None:
    assert len(TURN_7) <= 3
    async with open_stage(puzzle, 160, 45) as stage:
        await stage.show()
        assert "And what did I pay for it?" in stage.text()
        assert "get_invoice(order=A-1009) → ok  2.6 s" in stage.text()
        await stage.press(*TURN_7)
        await stage.until(lambda: "turn:7" in stage.text())
        assert "get_invoice 2,600 ms" in " ".join(stage.text().split())
        rows = "\n".join(stage.pane_rows(stage.log))
        order = ["user_message", "get_invoice", "client_tool_result", "agent_response"]
        places = [rows.index(word) for word in order]
        assert places == sorted(places)
        assert "address_book" not in rows


async def test_at_80_columns_t_twice_shows_the_time_since_the_row_before(
    open_stage: OpenStage, puzzle: Path
) -> None:
    async with open_stage(puzzle) as stage:
        await stage.show()
        await stage.press(*TURN_7, "t", "t")
        await stage.until(lambda: "+2600 ms #7  → client_tool_result" in stage.text())
        await stage.until(lambda: "+2600 ms #7  → client_tool_result" in stage.text())


async def test_the_tool_call_that_failed(open_stage: OpenStage, puzzle: Path) -> None:
    assert len(FAILED_TOOL) < 10
    async with open_stage(puzzle) as stage:
        await stage.show()
        await stage.press("escape", *FAILED_TOOL)
        text = stage.text()
        assert '"tool_name": "address_book"' in text
        assert '"customer": "C-31"' in text
        assert "answered by its result after 410 ms" in text
        rows = "\n".join(stage.pane_rows(stage.log))
        assert "connection refused" in rows
        assert "I could not reach the addr" in rows
