"""Endpointing and the account of what was heard, without any audio."""

import pytest

from tui.agent.speech.endpointing import CONFIRM, END, LONGEST, PAUSE, START, Endpointer, Signal
from tui.agent.speech.heard_estimate import HeardEstimate
from tui.agent.speech.synthesis import sentences


def heard(*runs: tuple[float, int]) -> list[tuple[Signal, int]]:
    """Runs of (score, frames) in; the signals with the frame at which each came, from 1."""
    endpointer, signals, at = Endpointer(), list[tuple[Signal, int]](), 0
    for score, count in runs:
        for _ in range(count):
            at += 1
            signals += [(signal, at) for signal in endpointer.step(score)]
    return signals


def test_a_turn_starts_is_confirmed_pauses_and_ends() -> None:
    assert heard((0.0, 20), (0.9, 30), (0.1, 60)) == [
        (Signal.STARTED, 20 + START),
        (Signal.CONFIRMED, 20 + CONFIRM),
        (Signal.PAUSED, 50 + PAUSE),
        (Signal.ENDED, 50 + END),
    ]


def test_a_pause_within_a_turn_is_resumed() -> None:
    kinds = [signal for signal, _ in heard((0.9, 20), (0.0, PAUSE + 3), (0.9, 20), (0.0, END))]
    assert kinds == [
        Signal.STARTED,
        Signal.CONFIRMED,
        Signal.PAUSED,
        Signal.RESUMED,
        Signal.PAUSED,
        Signal.ENDED,
    ]


@pytest.mark.parametrize(
    "runs",
    [
        ((0.0, 1000),),
        ((0.45, 1000),),
        ((0.9, 1), (0.0, 10), (0.9, 1), (0.0, 10)),
    ],
    ids=["silence", "never above the threshold", "clicks"],
)
def test_what_is_no_turn(runs: tuple[tuple[float, int], ...]) -> None:
    assert heard(*runs) == []


def test_once_voiced_a_lower_score_stays_voiced() -> None:
    assert [s for s, _ in heard((0.6, 5), (0.4, 100))] == [Signal.STARTED, Signal.CONFIRMED]


def test_a_short_word_is_a_turn_that_is_not_confirmed() -> None:
    assert [s for s, _ in heard((0.9, 4), (0.0, 30))] == [
        Signal.STARTED,
        Signal.PAUSED,
        Signal.ENDED,
    ]


def test_an_endless_turn_is_cut_and_the_next_begins() -> None:
    ended = [at for signal, at in heard((0.9, 2 * LONGEST + 20)) if signal is Signal.ENDED]
    assert len(ended) == 2


def test_turns_follow_each_other() -> None:
    kinds = [s for s, _ in heard(*[(0.9, 20), (0.0, 20)] * 3)]
    assert kinds.count(Signal.CONFIRMED) == kinds.count(Signal.ENDED) == 3


def test_what_was_heard_of_a_reply() -> None:
    playout = HeardEstimate()
    playout.rendered("One two three four.", 1000)
    playout.rendered("Five six seven.", 1000)
    assert playout.heard_text(10.0) == ""
    for _ in range(8):
        playout.sent(250, now=10.0)
    assert playout.ahead_ms(10.0) == 2000
    assert playout.heard_text(10.0) == ""
    assert playout.heard_text(10.5) == "One two"
    assert playout.heard_text(11.0) == "One two three four."
    assert playout.heard_text(11.7) == "One two three four. Five six"
    assert playout.heard_text(12.0) == "One two three four. Five six seven."
    assert playout.ahead_ms(12.0) == 0


def test_playing_waits_while_nothing_was_sent() -> None:
    playout = HeardEstimate()
    playout.sent(250, now=10.0)
    playout.sent(250, now=11.0)
    assert playout.heard_ms(11.0) == 250
    assert playout.ahead_ms(11.1) == pytest.approx(150)


def test_sentences() -> None:
    assert sentences("One. Two? Three!\n\nFour, five") == ["One.", "Two?", "Three!", "Four, five"]
    assert sentences("") == []
    long = "word " * 200
    assert " ".join(sentences(long)) == long.strip()
    assert max(len(part) for part in sentences(long)) <= 240
    assert "".join(sentences("x" * 1000)) == "x" * 1000
