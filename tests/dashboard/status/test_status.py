"""What the status bar and the banner say of time, silence, retries and lost records."""

from pathlib import Path

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.scripted import ScriptedClock
from tui import events
from tui.analysis.units import bytes_text
from tui.commands import HangUp
from tui.notices import CallState

SECOND = 1_000_000_000


async def test_time_that_is_left(open_stage: OpenStage, sample: Path) -> None:
    clock = ScriptedClock()
    clock.now = 100 * SECOND
    async with open_stage(sample, clock=clock) as stage:
        await stage.show(live_ns=90 * SECOND, duration_limit_s=300)
        assert "00:10  left 04:50" in stage.rows()[0]
        clock.wait(240_000)
        await stage.show(live_ns=90 * SECOND, duration_limit_s=300, stalled_ms=7000)
        await stage.until(lambda: "left 00:50" in stage.rows()[0])
        assert "no agent frame for 7 s" in stage.rows()[0]
        assert "● LIVE" in stage.rows()[0]
        assert "MIC ON" in stage.rows()[0]


async def test_retries(open_stage: OpenStage, sample: Path) -> None:
    clock = ScriptedClock()
    retry = {"retry_at_ns": clock.now + 400_000_000, "retry_attempt": 2}
    async with open_stage(sample, clock=clock) as stage:
        for state in (CallState.CONNECTING, CallState.IDLE):
            await stage.show(state=state, detail="the network is gone", **retry)
            said = "reconnecting, attempt 2 in 0.4 s · F3 stops · the network is gone"
            await stage.until(lambda: said in stage.text())  # noqa: B023
            await stage.press("f3")
        assert stage.backend.asked == [HangUp(), HangUp()]
        await stage.show()
        await stage.until(lambda: "reconnecting" not in stage.text())


async def test_lost_records(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(journal_error="no space left \x1b[2J", round_trip_ms=99.0)
        await stage.until(lambda: "✖ NOT RECORDED" in stage.rows()[0])
        assert "What happens now is not recorded: no space left ␛[2J" in stage.text()
        assert "REC " not in stage.rows()[0].replace("RECORDED", "")


async def test_the_closing_sentence(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.IDLE, detail="The agent ended the call (1000) after 15 s")
        await stage.until(lambda: "The agent ended the call (1000)" in stage.text())


async def test_the_size_is_the_files(open_stage: OpenStage, script: CallScript) -> None:
    clock = ScriptedClock()
    async with open_stage(script.path, 160, 24, clock=clock) as stage:
        script.speech(1, ms=2000)
        await stage.show()
        clock.wait(1000)
        for _ in range(2):
            size = bytes_text(script.path.stat().st_size)
            await stage.until(lambda: f"growing.jsonl {size}  " in stage.rows()[0], size)  # noqa: B023
            for n in range(40):
                script.ping(n, 80)
            await stage.show()
            clock.wait(1000)  # and no notice any more


async def test_rates_fall_when_nothing_comes(open_stage: OpenStage, sample: Path) -> None:
    clock = ScriptedClock()
    async with open_stage(sample, 160, 24, clock=clock) as stage:
        await stage.show()
        clock.wait(1000)
        await stage.until(lambda: "→0/s" not in stage.rows()[0])
        assert "/s ←" in stage.rows()[0]
        clock.wait(3000)
        await stage.until(lambda: "→0/s ←0/s" in stage.rows()[0])


async def test_what_it_costs_and_a_limit_that_is_near(
    open_stage: OpenStage, script: CallScript
) -> None:
    clock = ScriptedClock()
    async with open_stage(script.path, 160, 24, clock=clock) as stage:
        script.fact(events.LinkOpening(target="x/agent_1", provider="elevenlabs"))
        script.fact(events.Priced(part="plan", minute=0.1, date="2026-01-01"))
        script.fact(events.Priced(part="llm", model="new-model"))
        script.fact(events.LinkOpened(elapsed_ms=1))
        script.at(90_000)
        script.ping(1, 80)
        await stage.show(limit="83% of $0.2")
        clock.wait(1000)
        await stage.until(lambda: "≥$0.15" in stage.rows()[0], stage.rows()[0])
        assert "▲ 83% of $0.2" in stage.rows()[0]
        script.fact(events.Priced(free=True))
        await stage.show()
        clock.wait(1000)
        await stage.until(lambda: "cost 0 (local)" in stage.rows()[0])
