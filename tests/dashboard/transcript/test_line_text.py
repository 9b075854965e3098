"""The figures of a reply: on the screen, and in the transcript that is taken away."""

from tests.analysis.transcript.test_fold import fold
from tests.analysis.turns.test_fold import audio, flushed, heard, replied, started, typed
from tui import events as e
from tui.analysis.transcript.plain_text import transcript_text
from tui.dashboard.transcript.line_text import NO_BREAK, line_spans
from tui.events import Event


def test_a_barge_in_says_how_long_the_agent_went_on() -> None:
    spoken_over = [typed(), audio(2), replied(2, "a story"), heard(2, 30), started(38)]
    lines = fold(*spoken_over, flushed(2, 218)).lines
    shown = "".join(text for text, _ in line_spans(lines[1])).replace(NO_BREAK, " ")
    assert shown == "a story— ✂ 640 ms unheard  10 ms → ear 30 ms  barge-in 180 ms"
    assert "(interrupted, 640 ms unheard, barge-in 180 ms)" in transcript_text(lines, 0)


def test_a_reply_that_the_key_cuts_is_no_barge_in() -> None:
    cut = flushed(2, 218, cause="user")
    lines = fold(typed(), audio(2), replied(2, "a story"), heard(2, 30), cut).lines
    assert "barge-in" not in "".join(text for text, _ in line_spans(lines[1]))
    assert "(interrupted, 640 ms unheard)" in transcript_text(lines, 0)


def shown(*happened: Event) -> str:
    [line] = fold(*happened).lines
    return "".join(text for text, _ in line_spans(line)).replace(NO_BREAK, " ")


def test_words_that_are_an_estimate_are_marked_as_one() -> None:
    cut = e.AgentCorrected(original="a b c", corrected="a b", reply_id=2, estimated=True)
    assert shown(replied(2, "a b c"), cut) == "a b— ✂ (words estimated)"
    lines = fold(replied(2, "a b c"), cut).lines
    assert lines[0].estimated
    told = e.AgentCorrected(original="a b c", corrected="a b", reply_id=2)
    assert shown(replied(2, "a b c"), told) == "a b— ✂"


def test_a_reply_that_is_not_whole_says_why() -> None:
    lacking = e.AgentCompleted(reply_id=2, lacking="max_output_tokens")
    assert shown(replied(2, "a b"), lacking) == "a b — cut short: max_output_tokens"
    text = transcript_text(fold(replied(2, "a b"), lacking).lines, 0)
    assert "(cut short: max_output_tokens)" in text
