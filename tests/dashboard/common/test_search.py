"""Searching what is wrapped: by table, and in the transcript and the detail by keys."""

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.stage import Stage
from tui.dashboard.common.search import Hits, SearchPane
from tui.dashboard.detail.pane import Detail

ROWS = [(0, ["a refund of", "the order, and a re", "  fund again"]), (3, ["REFUND"]), (4, ["no"])]


@pytest.mark.parametrize(
    ("text", "rows", "lit"),
    [
        ("refund", [0, 1, 3], ["refund", "re", "fund", "REFUND"]),
        ("of the", [0], ["of", "the"]),
        ("  Of   The ", [0], ["of", "the"]),
        ("(a", [], []),
        ("", [], []),
    ],
)
def test_hits(text: str, rows: list[int], lit: list[str]) -> None:
    hits = Hits()
    hits.look_for(text, ROWS)
    assert hits.rows == rows
    painted = [
        part
        for start, texts in ROWS
        for n, row in enumerate(texts)
        for part, style in hits.lit(start + n, [(row[:4], "a"), (row[4:], "b")])
        if style == "lit"
    ]
    assert "".join(painted) == "".join(lit)


def test_the_next_one_goes_round_and_new_rows_are_looked_at() -> None:
    hits = Hits()
    hits.look_for("refund", ROWS)
    assert [hits.after(row, 1) for row in (-1, 0, 2, 3)] == [0, 1, 3, 0]
    assert [hits.after(row, -1) for row in (4, 3, 0)] == [3, 1, 3]
    hits.scan([(3, ["none"]), (4, ["a refund"])], 3)
    assert hits.rows == [0, 1, 4]


def lit(stage: Stage, pane: SearchPane) -> list[str]:
    """What is painted as found."""
    style = pane.style_of("lit")
    rows = [pane.render_line(y) for y in range(pane.head, pane.size.height)]
    return [part.text for row in rows for part in row if part.style == style]


async def test_the_transcript_is_searched(open_stage: OpenStage, script: CallScript) -> None:
    for n in range(40):
        script.agent(f"Reply {n}" + (" on the refund" if n in (3, 30) else ""), n)
    async with open_stage(script.path, 80, 40) as stage:
        await stage.show()
        await stage.press("escape", "1")
        assert stage.talk.viewport.following
        stage.type("/refund")  # in one go, as a terminal sends it
        await stage.until(lambda: lit(stage, stage.talk))
        stage.type("\r")
        await stage.until(lambda: "/refund" in stage.text())
        assert lit(stage, stage.talk) == ["refund"]
        assert stage.talk._pointed and stage.talk._pointed.text == "Reply 30 on the refund"
        await stage.press("n")
        assert stage.talk._pointed.text == "Reply 3 on the refund"
        assert "/refund 1 of 2" in stage.text()
        await stage.press("N")
        assert "/refund 2 of 2" in stage.text()
        await stage.press("c")
        assert stage.app.clipboard == "Reply 30 on the refund"
        await stage.press("escape")
        assert lit(stage, stage.talk) == []
        assert stage.app.screen.focused is stage.talk
        await stage.press("G", "slash", *"nowhere")
        assert "nothing here says that" in stage.text()
        await stage.press("escape")
        assert stage.talk.viewport.following


async def test_the_detail_is_searched(open_stage: OpenStage, script: CallScript) -> None:
    script.received({"type": "strange", "list": [f"word {n}" for n in range(60)] + [{"k": "gold"}]})
    async with open_stage(script.path, 80, 24) as stage:
        await stage.show()
        await stage.press("escape", "3", "slash", *"GOLD", "enter")
        detail = stage.app.screen.query_one(Detail)
        assert lit(stage, detail) == ["gold"]
        await stage.press("c")
        assert stage.app.clipboard == '"gold"'
        await stage.press("escape")
        assert lit(stage, detail) == []
        assert stage.app.screen.focused is detail
