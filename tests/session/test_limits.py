"""The user's limits in time and money: a warning, then a hang-up in order, its reason on record."""

from pathlib import Path
from typing import Any

from tests.agent.helpers import running as agent_running
from tests.session.rig import Rig, agent_server, plan_for, running
from tui.commands import Connect
from tui.events import (
    Closer,
    Event,
    LimitNeared,
    LinkClosed,
    LinkOpened,
    LinkOpening,
    Priced,
    Tokens,
    UsageReported,
)
from tui.notices import CallState
from tui.plan import SessionKeys
from tui.session.limits import Limits
from tui.setup import Setup

PRICED = Priced(model="m", audio=(10.0, 1.0, 20.0), date="2026-11-01")
SECOND = 1_000_000_000


def limits(
    told: list[Event],
    *happened: Event,
    known: Any = (PRICED,),
    max_cost: float = 0.0,
    max_minutes: float = 0.0,
) -> Limits:
    keys = SessionKeys(max_cost=max_cost, max_minutes=max_minutes)
    made = Limits(keys, told.append, lambda model: ())
    opening = LinkOpening(target="openai/m", provider="openai")
    for event in (opening, *known, LinkOpened(elapsed_ms=1), *happened):
        made.observe(event, SECOND)
    return made


def used(audio: int) -> Event:
    return UsageReported(reply_id="r", model="m", output=Tokens(audio=audio))


def test_a_limit_in_money_warns_once_then_is_reached_once() -> None:
    told: list[Event] = []
    made = limits(told, used(15_000), max_cost=0.5)
    assert not made.check(SECOND) and (told, made.mark) == ([], "")
    made.observe(used(6_000), SECOND)
    assert not made.check(SECOND) and not made.check(2 * SECOND)
    (near,) = told
    assert isinstance(near, LimitNeared)
    assert near.text == ("near your limit: $0.4200 of $0.5 (max_cost); the call is hung up there")
    assert made.mark == "84% of $0.5"
    made.observe(used(6_000), SECOND)
    assert made.check(SECOND) and made.reached == "$0.5400 of $0.5 (max_cost)"
    assert len(told) == 2


def test_a_limit_in_time_counts_from_the_first_connection() -> None:
    told: list[Event] = []
    made = limits(told, max_minutes=2)
    assert made.ends_ns() == 121 * SECOND
    assert not made.check(96 * SECOND) and not told
    assert not made.check(98 * SECOND) and made.mark == "81% of 2 min"
    assert made.check(121 * SECOND) and made.reached == "2:00 of 2 min (max_minutes)"
    assert [one.limit for one in told if isinstance(one, LimitNeared)] == ["max_minutes"] * 2


def test_a_limit_in_money_that_cannot_be_kept_is_told_at_once() -> None:
    told: list[Event] = []
    made = limits(told, known=(Priced(part="plan", minute=0.1), Priced(part="llm")), max_cost=1)
    made.check(SECOND)
    made.check(2 * SECOND)
    said = "max_cost cannot be kept: price not known for the llm"
    assert told == [LimitNeared(limit="max_cost", text=said, share=0.0)]
    assert made.mark == "max_cost not kept"


async def ended(rig: Rig) -> LinkClosed:
    closed: LinkClosed = await rig.event(LinkClosed)
    await rig.until(lambda: rig.notices.notice.state is CallState.IDLE, "rest")
    return closed


async def test_a_call_is_hung_up_in_order_at_its_time(tmp_path: Path) -> None:
    codes: list[Any] = []

    async def patient(socket: Any) -> None:
        await socket.wait_closed()
        codes.append((socket.close_code, socket.close_reason))

    async with agent_server(patient) as url:
        async with running(plan_for(tmp_path, base_url=url, max_minutes=0.05)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.live_ns, "live")
            await rig.until(lambda: rig.notices.notice.duration_limit_s, "a countdown")
            closed = await ended(rig)
            assert (closed.by, closed.code) == (Closer.LIMIT, 1000)
            assert "0.05 min (max_minutes)" in closed.reason
            assert rig.notices.notice.detail.startswith("hung up at your limit: 0:0")
    assert codes[0][0] == 1000 and "max_minutes" in codes[0][1]


async def test_a_call_over_the_openai_wire_is_hung_up_when_it_has_cost_so_much(
    tmp_path: Path,
) -> None:
    """The local agent sends usage; the price is the user's own, as for any server of his."""
    rows = '[{ id = "gpt-realtime-2.1", text = [100, 10, 200000], audio = [0, 0, 0] }]'
    (tmp_path / "models-openai.toml").write_text(f'date = "2026-11-01"\nmodels = {rows}\n')
    with agent_running() as agent:
        plan = plan_for(
            tmp_path,
            provider="openai",
            base_url=agent.url,
            agent_id="gpt-realtime-2.1",
            setup=Setup(text_only=True, first_message="Good morning, how can I help you?"),
            tools_folder=str(tmp_path),
            max_cost=0.01,
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            closed = await ended(rig)
            assert (closed.by, closed.code) == (Closer.LIMIT, 1000)
            assert "of $0.01 (max_cost)" in closed.reason
            assert rig.all(UsageReported)[0].model == "gpt-realtime-2.1"
            assert rig.all(Priced)[0].text == (100, 10, 200000)
            assert rig.all(LimitNeared)[-1].share >= 1


async def test_without_a_price_a_limit_in_money_says_that_it_cannot_be_kept(
    tmp_path: Path,
) -> None:
    async def patient(socket: Any) -> None:
        await socket.wait_closed()

    async with agent_server(patient) as url:
        async with running(plan_for(tmp_path, base_url=url, max_cost=1.0)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.all(LimitNeared), "that it cannot be kept")
            said = "max_cost cannot be kept: price not known for the plan, the llm"
            assert rig.all(LimitNeared)[0].text == said
