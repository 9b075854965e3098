"""What a call costs, by table: both ways to be charged, what is not known, what is stale."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.analysis.turns.test_fold import replied, typed
from tests.entries import entries
from tui import events as e
from tui.analysis.cost import Cost, cost_notes, cost_text, money
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.turns.fold import TurnFold
from tui.events import Event, Priced, Tokens, UsageReported
from tui.provider import Access, PriceQuery
from tui.providers import provider_of

DAY = datetime(2026, 11, 28, tzinfo=UTC)
OPENED = e.JournalOpened(
    format=1, wall_ns=int(DAY.timestamp() * 1e9), provider="openai", version="0"
)
OPENING = e.LinkOpening(target="openai/gpt-realtime-2.1", provider="openai")
LIVE = e.LinkOpened(elapsed_ms=1)
END = e.LinkClosed(by=e.Closer.USER, code=1000, reason="", elapsed_ms=1)
WORKED = UsageReported(reply_id="r1", input=Tokens(14, 27), output=Tokens(28, 136))
CACHED = UsageReported(
    reply_id="r2", input=Tokens(119, 68), cached=Tokens(64, 64), output=Tokens(28, 136)
)


OPENAI = tuple(
    provider_of("openai").prices(
        PriceQuery(access=Access(base_url="https://api.openai.com", whom="gpt-realtime-2.1"))
    )
)
"""By our own table."""


def fold(*happened: tuple[float, Event]) -> TurnFold:
    turns = TurnFold()
    for entry in entries((0, OPENED), *happened):
        turns.add(entry)
    return turns


def cost(*happened: tuple[float, Event]) -> Cost:
    return fold(*happened).cost.total.cost


def begun(priced: tuple[Priced, ...]) -> list[tuple[float, Event]]:
    return [(1, OPENING), *((2, one) for one in priced), (3, LIVE)]


def test_the_worked_example_comes_out_to_the_fraction_of_a_cent() -> None:
    found = cost(*begun(OPENAI), (10, WORKED))
    assert found.usd == 0.010296  # 0.000056 + 0.000864 + 0.000672 + 0.008704
    assert (found.unknown, found.estimated, found.stale) == ((), False, False)
    assert (found.tokens_in, found.tokens_cached, found.tokens_out) == (41, 0, 164)
    assert cost_text(found) == "$0.0103"


def test_cached_tokens_are_a_part_of_the_input_and_cost_less() -> None:
    found = cost(*begun(OPENAI), (10, CACHED))
    text = (119 - 64) * 4 + 64 * 0.4 + 28 * 24
    audio = (68 - 64) * 32 + 64 * 0.4 + 136 * 64
    assert found.usd == pytest.approx((text + audio) / 1e6, abs=1e-9)
    assert (found.tokens_in, found.tokens_cached) == (187, 128)
    guessed = cost(*begun(OPENAI), (10, replace(CACHED, estimated=True)))
    assert cost_text(guessed).startswith("~$")


def test_each_turn_has_its_own_and_they_add_up() -> None:
    script = [
        *begun(OPENAI),
        (10, typed()),
        (11, replied(1)),
        (12, replace(WORKED, reply_id=1)),
        (20, typed()),
        (21, replied(2)),
        (22, replace(CACHED, reply_id=2)),
        (23, UsageReported(user_turn_id="u", model="gpt-live-transcribe", seconds=3.0)),
        (30, END),
    ]
    turns = fold(*script)
    costs = [turn.cost for turn in turns.turns]
    assert [c.context for c in costs if c] == [41, 187]
    assert costs[0] and costs[0].usd == 0.010296
    total = turns.cost.total.cost
    assert total.usd == pytest.approx(sum(c.usd or 0 for c in costs if c), abs=1e-9)
    assert costs[1] and costs[1].usd and total.usd == 0.010296 + costs[1].usd
    heard = 3.0 / 60 * 0.017
    assert costs[1].usd == pytest.approx(0.0097752 + heard, abs=1e-7)


def test_time_is_charged_to_the_turn_that_it_passes_in() -> None:
    priced = (
        Priced(part="plan", minute=0.08, date="2026-11-01"),
        Priced(part="llm", model="m", minute=0.04, date="2026-11-20"),
    )
    minute = 60_000
    turns = fold(
        *begun(priced),
        (3 + minute, typed()),
        (3 + 3 * minute, typed()),
        (3 + 4 * minute, END),
        (3 + 9 * minute, e.Noted(text="after it")),
    )
    assert [turn.cost.usd for turn in turns.turns if turn.cost] == [0.24, 0.12]
    total = turns.cost.total.cost
    assert total.usd == 0.48 and total.estimated and total.priced_on == "2026-11-01"


def test_a_price_told_later_counts_from_the_beginning_and_a_reconnection_keeps_it() -> None:
    plan = Priced(part="plan", minute=0.06, date="2026-11-01")
    known = [(1, OPENING), (3, LIVE), (30_003, plan), (60_003, END)]
    again = [(60_004, OPENING), (60_005, LIVE), (120_005, END)]
    assert cost(*known, *again).usd == 0.12


@pytest.mark.parametrize(
    ("priced", "used", "text", "notes"),
    [
        ((), WORKED, "not known", ["price not known for the model of the reply"]),
        ((Priced(model="x"),), WORKED, "not known", ["price not known for x"]),
        (OPENAI, replace(WORKED, model="y"), "not known", ["price not known for y"]),
        ((Priced(model="x", text=(1, 1, 1)),), WORKED, "not known", ["price not known for x"]),
        ((Priced(free=True),), WORKED, "0 (local)", []),
        (
            tuple(replace(one, date="2026-06") for one in OPENAI),
            WORKED,
            "$0.0103",
            ["stale: the price is of 2026-06"],
        ),
        (
            (Priced(part="plan", minute=0.0), Priced(part="llm")),
            WORKED,
            "≥$0.00",
            ["price not known for the model of the reply", "price not known for the llm"],
        ),
        (OPENAI, e.Noted(text="nothing used"), "$0.00", []),
        ((), e.Noted(text="nothing used"), "", []),
    ],
)
def test_what_is_not_known_is_said(
    priced: tuple[Priced, ...], used: Event, text: str, notes: list[str]
) -> None:
    found = cost(*begun(priced), (10, used))
    assert (cost_text(found), cost_notes(found)) == (text, notes)


def test_a_list_of_the_same_day_in_another_year_is_stale() -> None:
    for date, stale in (("2026-08-30", False), ("2026-08-29", True), ("?", False), ("", False)):
        found = cost(*begun(tuple(replace(one, date=date) for one in OPENAI)), (10, WORKED))
        assert found.stale is stale, date


def test_money_is_short() -> None:
    assert [money(usd) for usd in (0, 0.00001, 0.0103, 0.5, 12.345)] == [
        "$0.00",
        "<$0.0001",
        "$0.0103",
        "$0.5000",
        "$12.35",
    ]


def test_the_end_of_a_call_says_what_it_cost_but_for_the_local_agent() -> None:
    for priced, said in (
        (OPENAI, "you hung up · cost $0.0103"),
        ((), "you hung up · cost not known (price not known for the model of the reply)"),
        ((Priced(free=True),), "you hung up"),
    ):
        transcript = TranscriptFold()
        for entry in entries((0, OPENED), *begun(priced), (10, WORKED), (20, END)):
            transcript.add(entry)
        assert transcript.lines[-1].text == said
