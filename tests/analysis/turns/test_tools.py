"""Where the time of a turn went, and what a person's approval is kept out of."""

import pytest

from tests.analysis.transcript.test_fold import fold as transcript
from tests.analysis.turns.test_fold import (
    OPENING,
    Script,
    audio,
    fold,
    heard,
    of_reply,
    replied,
    said,
    stopped,
    typed,
)
from tests.analysis.turns.test_summary import summary
from tui import events as e
from tui.analysis.transcript.plain_text import transcript_text
from tui.analysis.turns.figures import is_slow, slow_from_ms, spread
from tui.analysis.turns.turn import Turn
from tui.events import Event


def called(call_id: str = "c", reply: int | None = 3, name: str = "lookup") -> Event:
    return e.ToolCalled(name=name, call_id=call_id, parameters={}, reply_id=reply)


def answered(call_id: str = "c") -> Event:
    return e.ToolAnswered(call_id=call_id, result="{}", is_error=False)


def asked(call_id: str = "c") -> Event:
    return e.ToolAsked(name="lookup", call_id=call_id, deadline_ns=0)


def decided(call_id: str = "c", by: str = "user") -> Event:
    return e.ToolDecided(call_id=call_id, approved=True, by=by)


def mcp(state: str) -> Event:
    return e.McpToolChanged(name="search", call_id="c", service_id="s", state=state, parameters={})


def finished(ms: float) -> Event:
    return e.ToolFinished(name="lookup", call_id="c", outcome="ok", elapsed_ms=ms)


SPOKEN: Script = [(0, OPENING), (1000, stopped(900)), (1500, said(3))]
REPLY: Script = [(4390, replied(3)), (4400, audio(3)), (4440, heard(3, 4450))]
APPROVED: Script = [
    (1600, called()),
    (1610, asked()),
    (3410, decided()),
    (3685, finished(275)),
    (3690, answered()),
]


def figures(script: Script) -> tuple[float | None, ...]:
    turn = of_reply([*SPOKEN, *script, *REPLY], 3)
    return turn.endpointing_ms, turn.agent_ms, turn.tools_ms, turn.waited_ms, turn.first_byte_ms


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([], (600, 2900, None, None, 3500)),
        ([(1600, called()), (3600, answered())], (600, 900, 2000, None, 3500)),
        # Two at once are counted once; one that is still running is no figure yet.
        ([(1600, called("a")), (2000, called("b")), (2600, answered("a")), (3000, answered("b"))],
         (600, 1500, 1400, None, 3500)),
        ([(1600, called())], (600, 100, None, None, 3500)),
        # The person's 1.8 s are not the tool's.
        (APPROVED, (600, 825, 275, 1800, 3500)),
        # A rule asks nobody.
        ([(1600, mcp("loading")), (1700, mcp("awaiting_approval")), (1701, decided(by="rule")),
          (1702, e.McpAnswered(call_id="c", approved=True)), (3600, mcp("success"))],
         (600, 900, 2000, None, 3500)),
        # As a journal of another program tells it: the frames alone.
        ([(1600, mcp("loading")), (1700, mcp("awaiting_approval")),
          (2700, e.McpAnswered(call_id="c", approved=True)), (3600, mcp("success"))],
         (600, 1000, 900, 1000, 3500)),
        # After the first byte it is not in the way of it.
        ([(4410, called()), (5410, answered())], (600, 2900, 1000, None, 3500)),
    ],
)  # fmt: skip
def test_where_the_time_went(script: Script, expected: tuple[float | None, ...]) -> None:
    script = sorted([*script, *REPLY], key=lambda pair: pair[0])
    assert figures([one for one in script if one not in REPLY]) == pytest.approx(expected)


def test_a_transcript_that_comes_late_says_nothing_of_endpointing() -> None:
    turn = of_reply([(0, OPENING), (1000, stopped(900)), (1300, audio(3)), (1310, said(3))], 3)
    assert (turn.endpointing_ms, turn.agent_ms, turn.first_byte_ms) == (None, None, 400)


def test_who_tells_that_a_turn_is_over_need_not_have_its_words_yet() -> None:
    taken = e.UserTurnTaken(user_turn_id=3)
    late: Script = [(1500, taken), (1800, audio(3)), (1900, said(3))]
    turn = of_reply([(0, OPENING), (1000, stopped(900)), *late], 3)
    assert (turn.endpointing_ms, turn.agent_ms, turn.first_byte_ms) == (600, 300, 900)


def test_a_tool_before_the_transcript_is_of_the_reply_that_it_names() -> None:
    earlier = [(0, OPENING), (10, typed()), (20, replied(1)), (30, audio(1))]
    late: Script = [(2000, called(reply=3)), (2500, answered()), (2600, audio(3)), (2610, said(3))]
    turns = fold([*earlier, *late]).turns
    assert [(turn.number, turn.tools_ms) for turn in turns] == [(1, None), (2, 500)]


def test_a_tool_that_is_called_while_a_turn_waits_is_of_that_turn() -> None:
    """Also where an agent names an id of before."""
    earlier: Script = [(0, OPENING), (10, typed()), (20, replied(1)), (30, audio(1))]
    later: Script = [(2000, typed()), (2100, called(reply=1)), (2600, answered()), (2700, audio(2))]
    turns = fold([*earlier, *later]).turns
    assert [(turn.number, turn.tools_ms) for turn in turns] == [(1, None), (2, 500)]


def test_a_turn_without_speech_is_measured_to_its_text() -> None:
    turn = of_reply([(0, OPENING), (100, typed()), (420, replied(3))], 3)
    assert (turn.agent_ms, turn.first_byte_ms, turn.wait_ms) == (320, None, 320)


def typed_turns(*waits: float) -> list[Turn]:
    script: Script = [(0, OPENING)]
    for number, wait in enumerate(waits):
        at = 10_000 * (number + 1)
        script += [(at, typed()), (at + wait, audio(number)), (at + wait + 1, replied(number))]
    return fold(script).turns


def test_more_than_twice_the_median_is_slow_or_more_than_the_limit() -> None:
    turns = typed_turns(700, 800, 1601, 1600, 750)
    usual = slow_from_ms(turns)
    assert usual == 1600
    assert [is_slow(turn, usual) for turn in turns] == [False, False, True, False, False]
    assert [is_slow(turn, slow_from_ms(turns, 760)) for turn in turns] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert slow_from_ms([]) is None
    two = typed_turns(100, 9000)
    assert not any(is_slow(turn, slow_from_ms(two)) for turn in two)


def test_what_a_person_took_makes_no_turn_slow_and_is_in_no_spread() -> None:
    human: Script = [*SPOKEN, *APPROVED, *REPLY]
    (turn,) = fold(human).turns
    assert turn.is_human
    assert not is_slow(turn, 2000)
    assert is_slow(turn, 1700)  # 3,550 ms to the ear, 1,800 of them the person's
    whole = summary(*human)
    assert (whole.human_turns, whole.waited_ms, whole.ear.count) == (1, 1800, 0)
    assert summary(*SPOKEN, *REPLY).ear.count == 1
    text = transcript_text(transcript(*[event for _, event in human]).lines, 0)
    assert "#1   tool" in text
    lines = transcript_at(human)
    assert lines == (275, 1800, 1800)


def transcript_at(script: Script) -> tuple[float | None, float | None, float | None]:
    """Of the tool's line how long it ran and waited; of the reply's line the latter."""
    from tests.entries import entries
    from tui.analysis.transcript.fold import TranscriptFold

    talk = TranscriptFold()
    for entry in entries(*script):
        talk.add(entry)
    _, tool, reply = talk.lines
    return tool.ran_ms, tool.waited_ms, reply.waited_ms


@pytest.mark.parametrize(
    ("figures", "p95"), [([5.0], 5), (range(1, 20), 19), (range(1, 21), 19), (range(1, 101), 95)]
)
def test_p95_is_one_of_the_figures(figures: list[float], p95: float) -> None:
    assert spread(figures).p95_ms == p95
    assert spread([None, *figures]).count == len(figures)


CORRECTED = e.AgentCorrected(original="one two", corrected="one", reply_id=3)
ENDED = e.PlaybackFinished(reply_id=3, at_ns=0, heard_ms=900)
LAST = e.AudioReceived(audio=b"\0\0", reply_id=3, is_final=True)


@pytest.mark.parametrize(
    ("events", "cut"),
    [
        ([audio(3), CORRECTED], True),
        ([audio(3), LAST, ENDED, CORRECTED], False),
        ([audio(3), ENDED, CORRECTED], True),  # more may have been to come
        ([audio(3), LAST, ENDED, audio(3), CORRECTED], True),
        ([audio(3), e.AgentCorrected(original="one two", corrected="one  two", reply_id=3)], False),
        ([audio(3), LAST, ENDED, e.ReplySilenced(reply_id=3)], False),
    ],
)
def test_a_reply_heard_to_its_end_is_not_cut(events: list[Event], cut: bool) -> None:
    talk = transcript(OPENING, said(3), replied(3, "one two"), *events)
    line = talk.lines[-1]
    assert line.interrupted is cut
    assert line.shown == ("one" if cut else "one two")


def test_a_line_knows_its_records() -> None:
    talk = transcript(OPENING, said(3), replied(3, "one two"), audio(3), CORRECTED)
    assert [line.records for line in talk.lines] == [[1], [2, 3, 4]]
