"""What a comparison finds, and what it does not find where there is nothing."""

import msgspec
import numpy as np
import pytest

from tests.analysis.turns.test_fold import OPENING, audio, heard, replied, typed
from tests.entries import entries
from tui.analysis.comparison import (
    SEGMENTS,
    CallMeasures,
    Difference,
    Measured,
    MeasuredCall,
    Side,
    common_words,
    cost_of,
    difference,
    edit_distance,
    misheard,
    named_by_place,
    shape,
)
from tui.analysis.cost import Cost

QUESTIONS = {"what time is it": 700.0, "tell me a story": 1900.0}
RUNS = 100


def simulated(name: str, seed: int, n: int, later_ms: float = 0.0) -> Side:
    """`n` calls with both questions, whose waits have the long tail that networks give."""
    random = np.random.default_rng(seed)
    calls = [
        MeasuredCall(
            turns=tuple(
                Measured(words, {"ear_ms": usual * random.lognormal(0, 0.15) + later_ms})
                for words, usual in QUESTIONS.items()
            ),
            heard="",
            ended_in_order=True,
        )
        for _ in range(n)
    ]
    return Side(name, tuple(calls))


def found(one: Side, two: Side) -> Difference:
    it = difference(one, two, "ear_ms")
    assert it is not None
    return it


def test_200_ms_are_found_at_20_calls_a_side_whatever_was_asked() -> None:
    all_of_them = [
        found(simulated("A", seed, 20), simulated("B", RUNS + seed, 20, later_ms=200))
        for seed in range(RUNS)
    ]
    right = [one for one in all_of_them if one.is_clear and one.ms > 0]
    assert len(right) >= 95
    assert np.median([one.ms for one in right]) == pytest.approx(200, abs=30)
    assert sum(one.low_ms <= 200 <= one.high_ms for one in all_of_them) >= 90
    assert right[0].verdict.startswith("A faster by ")
    back = found(simulated("B", 1, 20, 200), simulated("A", 2, 20))
    assert back.verdict.startswith("A faster by ")


@pytest.mark.parametrize("n", [5, 20])
def test_a_against_a_is_no_difference(n: int) -> None:
    pairs = [(simulated("A", seed, n), simulated("B", RUNS + seed, n)) for seed in range(RUNS)]
    told = [found(one, two).verdict for one, two in pairs]
    assert sum(one.startswith("no difference") for one in told) >= 95, told


def test_one_turn_a_question_is_no_less_careful() -> None:
    """Two calls with the same twenty questions: each turn is known beside its counterpart only."""

    def asked(name: str, seed: int) -> Side:
        random = np.random.default_rng(seed)
        turns = (
            Measured(f"question {n}", {"ear_ms": 200.0 * n + random.normal(0, 80)})
            for n in range(20)
        )
        return Side(name, (MeasuredCall(turns=tuple(turns), heard="", ended_in_order=True),))

    told = [found(asked("A", seed), asked("B", RUNS + seed)) for seed in range(RUNS)]
    assert sum(not one.is_clear for one in told) >= 90
    assert all(one.n == 20 and one.same_words for one in told)


def test_below_ten_turns_there_is_no_verdict() -> None:
    few = found(simulated("A", 1, 3), simulated("B", 2, 8, 5000))
    assert (few.verdict, few.is_clear) == ("too few: n = 6", False)
    assert few.ms > 4000  # the figure is shown all the same
    assert difference(simulated("A", 1, 3), Side("B", ()), "ear_ms") is None
    assert difference(simulated("A", 1, 3), simulated("B", 1, 3), "tools_ms") is None


def test_figures_of_other_questions_are_compared_as_they_are() -> None:
    one = Side("A", (call_of({"hello": 100.0}),))
    two = Side("B", (call_of({"goodbye": 300.0}),))
    other = found(one, two)
    assert (other.ms, other.same_words) == (200, False)
    assert common_words([one, two]) == []
    both = Side("C", (call_of({"goodbye": 1.0, "hello": 2.0}),))
    assert common_words([both, two]) == ["goodbye"]
    only = difference(both, one, "ear_ms", "hello")
    assert only is not None and only.ms == 98
    told = shape(both.values("ear_ms"))
    assert told is not None and (told.n, told.median_ms) == (2, 1.5)
    assert shape([]) is None


def call_of(waits: dict[str, float]) -> MeasuredCall:
    turns = tuple(Measured(words, {"ear_ms": ms}) for words, ms in waits.items())
    return MeasuredCall(turns=turns, heard="", ended_in_order=True)


def test_a_call_is_read_from_its_entries() -> None:
    fold = CallMeasures()
    script = [
        *[(0, OPENING), (10, replied(1)), (12, audio(1)), (60, heard(1, 70))],
        *[(1000, typed("What time is it?")), (1200, audio(2)), (1210, replied(2))],
        (1240, heard(2, 1250)),
    ]
    for entry in entries(*script):
        fold.add(entry)
    call = fold.call()
    (turn,) = call.turns
    assert turn.words == "what time is it"
    figures = {"ear_ms": 250.0, "first_byte_ms": 200.0, "reply_text_ms": 210.0}
    assert figures.items() <= turn.figures.items()
    assert sum(ms for name, ms in turn.figures.items() if name in SEGMENTS) == 250
    assert (call.heard, call.ended_in_order) == ("", False)
    assert cost_of(Side("A", (call,))) is None
    priced = [
        msgspec.structs.replace(call, cost=Cost(usd=usd, unknown=("a model",)))
        for usd in (0.01, None, 0.03)
    ]
    cost = cost_of(Side("A", tuple(priced)))
    assert cost is not None and (cost.usd, cost.unknown) == (0.02, ("a model",))
    assert named_by_place(call, ["Good DAY!", "more"]).turns[0].words == "good day"


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("what time is it", "what time is it", 0),
        ("what time is it", "what dime is", 2),
        ("", "a b", 2),
        ("a b c", "b c d", 2),
        ("a b", "", 2),
    ],
)
def test_words_are_counted_by_the_fewest_changes(said: str, heard: str, errors: int) -> None:
    assert edit_distance(said.split(), heard.split()) == errors


def test_the_word_error_rate_is_over_all_calls() -> None:
    told = misheard("What time is it?", ["what time is it", "What’s time is"])
    assert (told.words, told.errors, told.rate) == (8, 2, 0.25)
    assert misheard("", []).rate is None
