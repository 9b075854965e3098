"""Thousands of events a second: keys are answered, nothing is lost, nothing piles up."""

import time

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tui.commands import SetMuted
from tui.dashboard.common.viewport import Viewport

EVENTS = 20_000
BATCH = 500


async def test_keys_are_answered_during_a_flood(open_stage: OpenStage, script: CallScript) -> None:
    """5,000 records a second for 4 s, as ten notices a second tell of them."""
    async with open_stage(script.path) as stage:
        await stage.show()
        slowest = 0.0
        for batch in range(EVENTS // BATCH):
            for n in range(BATCH):
                script.at(batch * 100 + n * 0.2)
                script.agent(
                    f"reply {batch} {n}", batch * BATCH + n
                ) if n % 10 == 0 else script.vad(0.5)
            stage.backend.say()
            before = time.perf_counter()
            await stage.press("f2")
            slowest = max(slowest, time.perf_counter() - before)
        await stage.settle()
        assert stage.backend.asked == [SetMuted(muted=True)] * (EVENTS // BATCH)
        assert stage.log.model.rows.records == EVENTS + 1
        assert f"Events {EVENTS + 1:,}" in stage.text()
        assert len(stage.talk.fold.lines) == EVENTS // 10
        assert slowest < 20  # a generous bound: the figures are in the benchmark


def test_the_newest_row_is_the_last_and_the_page_is_full() -> None:
    viewport = Viewport(height=10)
    for total in (1, 9, 10, 11, 30, 1000, 20):
        viewport.grow(total)
        assert viewport.bottom == total - 1
        assert viewport.top == max(total - 10, 0)


def test_a_paused_page_stays_where_it_is_and_has_no_blank_rows() -> None:
    viewport = Viewport(height=10)
    viewport.grow(100)
    viewport.pause()
    viewport.grow(200)
    assert viewport.top == 90
    viewport.grow(50)
    assert (viewport.top, viewport.bottom) == (40, 49)
    viewport.resize(20)
    assert (viewport.top, viewport.bottom) == (30, 49)
