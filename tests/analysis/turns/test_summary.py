"""A call in numbers."""

import json

import pytest

from tests.analysis.turns.test_fold import OPENING, audio, flushed, heard, replied, typed
from tests.entries import entries
from tui import events as e
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.summary import CallSummary, Summary
from tui.events import AudioFormat, Closer, Encoding, Event, LinkClosed, LinkFailed

STARTED = e.ConversationStarted(
    conversation_id="c",
    input_format=AudioFormat(Encoding.PCM, 16_000),
    output_format=AudioFormat(Encoding.ULAW, 8_000),
)


def closed(by: Closer, code: int) -> LinkClosed:
    return LinkClosed(by=by, code=code, reason="so", elapsed_ms=1)


def summary(*happened: tuple[float, Event]) -> Summary:
    call = CallSummary()
    for entry in entries(*happened):
        call.add(entry)
    return call.summary()


CALL: list[tuple[float, Event]] = [
    (0, OPENING),
    (100, e.LinkOpened(elapsed_ms=100)),
    (110, STARTED),
    (120, replied(1)),
    (130, e.AudioReceived(audio=bytes(800), reply_id=1)),
    (200, e.AudioSent(audio=bytes(3200))),
    (1000, typed()),
    (1200, audio(2)),
    (1210, heard(2, 1300)),
    (2000, typed()),
    (2001, e.Interrupted(reply_id=3)),
    (2002, flushed(2, 2030)),
    (2400, audio(3)),
    (2410, heard(3, 2600)),
    (2500, e.AudioGlitched(what="underrun", count=2)),
    (2510, e.AudioGlitched(what="gap", gap_ms=12.5)),
    (2520, e.AudioGlitched(what="gap", gap_ms=7.5)),
    (2600, e.ProtocolErred(reason="?")),
    (2700, e.ProviderErred(message="?")),
    (3100, closed(Closer.USER, 1000)),
]


def test_a_call_adds_up() -> None:
    result = summary(*CALL)
    assert (result.conversations, result.turns, result.interruptions) == (1, 2, 1)
    assert result.duration_s == 3.0
    assert (result.first_byte.median_ms, result.first_byte.max_ms) == (300, 400)
    assert (result.ear.count, result.ear.median_ms, result.ear.max_ms) == (2, 450, 600)
    assert (result.barge_in.count, result.barge_in.median_ms) == (1, 30)
    assert (result.frames_in, result.frames_out) == (8, 3)
    assert result.bytes_out == 3500
    assert (result.audio_in_s, result.audio_out_s) == (0.101, 0.1)
    assert (result.protocol_errors, result.provider_errors) == (1, 1)
    assert (result.gaps, result.gap_ms) == (2, 20)
    assert (result.underruns, result.overruns) == (2, 0)
    assert (result.closed_by, result.code, result.reason) == ("user", 1000, "so")
    assert result.ended_in_order


@pytest.mark.parametrize(
    ("end", "in_order"),
    [
        ([closed(Closer.USER, 1000)], True),
        ([closed(Closer.AGENT, 1000)], True),
        ([closed(Closer.ERROR, 1006)], False),
        ([closed(Closer.ERROR, 1008)], False),
        ([LinkFailed(reason="no network", advice="")], False),
        ([], False),
        ([closed(Closer.USER, 1000), OPENING], False),  # the second has no end
        ([closed(Closer.ERROR, 1006), OPENING, closed(Closer.USER, 1000)], True),
    ],
)
def test_a_call_ends_in_order_with_a_close_1000(end: list[Event], in_order: bool) -> None:
    result = summary((0, OPENING), *((10 + i, event) for i, event in enumerate(end)))
    assert result.ended_in_order is in_order


def test_without_turns_there_are_no_figures() -> None:
    result = summary((0, OPENING), (5, replied(1)))
    assert (result.turns, result.ear.median_ms, result.ear.max_ms) == (0, None, None)
    assert summary().conversations == 0


def test_a_call_that_goes_on_has_lasted_until_its_last_record() -> None:
    assert summary(*CALL[:-1]).duration_s == 2.6


def test_it_is_one_line_of_json() -> None:
    line = summary(*CALL).as_json()
    assert "\n" not in line
    assert json.loads(line)["ear"] == {
        "count": 2,
        "median_ms": 450,
        "p95_ms": 600,
        "max_ms": 600,
    }


def test_it_may_share_a_fold_of_turns() -> None:
    turns = TurnFold()
    call = CallSummary(turns)
    for entry in entries(*CALL):
        turns.add(entry)
        call.add(entry)
    assert call.summary() == summary(*CALL)


def test_tools_are_counted_once_however_often_they_are_told_of() -> None:
    def report(call_id: str, is_error: bool) -> Event:
        return e.ToolReported(
            name="n", call_id=call_id, tool_type="client", is_error=is_error, reply_id=1
        )

    call = e.ToolCalled(name="n", call_id="a", parameters={}, reply_id=1)
    answer = e.ToolAnswered(call_id="a", result="", is_error=True)
    told = [OPENING, call, answer, report("a", False), report("b", False), OPENING, call]
    counted = summary(*((0.0, event) for event in told))
    assert (counted.tools, counted.tool_errors) == (3, 1)


def test_guardrails_and_retries_are_counted() -> None:
    counted = summary(
        (0, e.GuardrailTriggered(name="x")), (1, e.LinkRetrying(attempt=1, delay_ms=300, reason=""))
    )
    assert (counted.guardrails, counted.retries) == (1, 1)


CUT = e.PlaybackFlushed(reply_id="r", at_ns=5, heard_ms=1.0, dropped_ms=9.0, cause="interruption")
HEARD = e.AgentHeardStart(user_turn_id="u", yields=True)


@pytest.mark.parametrize(
    ("happened", "interruptions"),
    [
        ([HEARD, CUT], 1),  # of a reply that the agent had given already
        ([HEARD, e.Interrupted(reply_id="r"), CUT], 1),
        ([HEARD], 0),  # nothing was playing
        ([HEARD, CUT, CUT], 1),
        ([e.AgentHeardStart(user_turn_id="u"), CUT], 0),
        ([HEARD, HEARD, CUT, HEARD, CUT], 2),
    ],
)
def test_an_interruption_is_counted_once_whoever_tells_of_it(
    happened: list[Event], interruptions: int
) -> None:
    told = summary((0, OPENING), *((10 + n, event) for n, event in enumerate(happened)))
    assert told.interruptions == interruptions
