"""What the agent tells of itself beside the talk, by table."""

import pytest

from tests.analysis.turns.test_fold import OPENING, said
from tui import events as e
from tui.analysis.agent_state import AgentStateFold
from tui.events import Event


def used(tokens: int, limit: int = 1000) -> Event:
    return e.ContextUsed(model="m", tokens=tokens, limit=limit, reply_id=1)


def test_what_is_charged_adds_up_over_one_conversation() -> None:
    state = AgentStateFold()
    for event in (
        e.UsageReported(reply_id="a", input=e.Tokens(14, 27), output=e.Tokens(28, 136)),
        e.UsageReported(user_turn_id="u", seconds=3.0),
        e.UsageReported(user_turn_id="u", input=e.Tokens(0, 10), output=e.Tokens(5)),
    ):
        state.add(event)
    assert state.tokens == 205 + 15
    state.add(OPENING)
    assert state.tokens == 0


def scored(probability: float) -> Event:
    return e.TurnScored(probability=probability)


@pytest.mark.parametrize(
    ("events", "share", "nearly_full"),
    [
        ([], None, False),
        ([used(10)], 0.01, False),
        ([used(10), used(800)], 0.8, False),
        ([used(801)], 0.801, True),
        ([used(2000)], 2.0, True),
        ([used(-5)], 0.0, False),
        ([used(5, 0)], None, False),
        ([used(5, -1)], None, False),
        ([used(900), OPENING], None, False),
    ],
)
def test_context(events: list[Event], share: float | None, nearly_full: bool) -> None:
    fold = AgentStateFold()
    for event in events:
        fold.add(event)
    assert fold.context_share == share
    assert fold.nearly_full is nearly_full


@pytest.mark.parametrize(
    ("events", "turn_over"),
    [
        ([], None),
        ([scored(0.2), scored(0.7)], 0.7),
        ([scored(0.9), said(2, "time?")], None),
        ([scored(0.9), said(2, "time?"), scored(0.1)], 0.1),
        ([scored(0.9), OPENING], None),
    ],
)
def test_turn(events: list[Event], turn_over: float | None) -> None:
    fold = AgentStateFold()
    for event in events:
        fold.add(event)
    assert fold.turn_over == turn_over
