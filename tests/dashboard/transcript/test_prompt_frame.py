"""The prompt is seen to be one: a sign, and a frame where there is room."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage


@pytest.mark.parametrize(
    ("size", "above", "below"),
    [((80, 24), "╭─", "━2 "), ((160, 45), "╭─", "╰─"), ((80, 14), "", "")],
)
async def test_the_prompt_has_a_sign_and_a_frame(
    open_stage: OpenStage, sample: Path, size: tuple[int, int], above: str, below: str
) -> None:
    async with open_stage(sample, *size) as stage:
        await stage.show()
        await stage.press("escape")
        rows = stage.rows()
        at = next(n for n, row in enumerate(rows) if "type to the agent" in row)
        assert "> type to the agent" in rows[at]
        if above:
            assert rows[at].startswith("│ > ")
            assert (rows[at - 1][:2], rows[at + 1][: len(below)]) == (above, below)
        else:
            assert rows[at].startswith(" > ")
