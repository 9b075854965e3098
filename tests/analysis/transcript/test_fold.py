"""The transcript by table: what a reader sees after what happened."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.turns.test_fold import (
    OPENING,
    audio,
    flushed,
    guessed,
    heard,
    replied,
    said,
    stopped,
    typed,
)
from tests.entries import entries
from tui import events as e
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line, Role
from tui.analysis.transcript.line_list import Changes
from tui.analysis.transcript.system_lines import ending
from tui.analysis.turns.turn import TurnSource
from tui.events import Closer, Event, LinkClosed, LinkFailed
from tui.events.sent import LOST


def fold(*events: Event) -> TranscriptFold:
    transcript = TranscriptFold()
    for entry in entries(*((i * 10, event) for i, event in enumerate(events))):
        transcript.add(entry)
    return transcript


def seen(*events: Event) -> list[str]:
    """The lines as `role text`, with a `…` behind those that are not final."""
    lines = fold(*events).lines
    return [f"{line.role} {line.shown}{'' if line.final else '…'}" for line in lines]


def part(event_id: int, text: str, kind: str = "delta") -> Event:
    return e.AgentResponseStreamed(text=text, part=kind, reply_id=event_id)


def corrected(event_id: int, original: str, now: str) -> Event:
    return e.AgentCorrected(original=original, corrected=now, reply_id=event_id)


CALL = e.ToolCalled(name="lookup", call_id="t1", parameters={"id": 7}, reply_id=2)
ANSWER = e.ToolAnswered(call_id="t1", result="ok", is_error=False)
CLOSED = LinkClosed(by=Closer.USER, code=1000, reason="", elapsed_ms=1)
BEGUN = (OPENING, e.LinkOpened(elapsed_ms=1))
BROKE = LinkClosed(by=Closer.ERROR, code=1006, reason="", elapsed_ms=1)
NO_ROUTE = e.LinkFailed(reason="no route", advice="look")


AGAIN = e.LinkRetrying(attempt=1, delay_ms=8000, reason="code 1006")
TOLD = e.ContextSent(text=f"{LOST}User: hi", context_id="earlier_conversation")


def lost(attempt: int) -> tuple[Event, ...]:
    """An attempt that failed, and when the next one comes."""
    again = e.LinkRetrying(attempt=attempt, delay_ms=8000, reason="no route")
    return (OPENING, NO_ROUTE, again)


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        # The user's words.
        ([said(1, "what time is it")], ["you what time is it"]),
        ([guessed(1, "what"), guessed(1, "what time")], ["you what time…"]),
        ([guessed(1, "what"), said(1, "what time is it")], ["you what time is it"]),
        ([said(1, "two"), guessed(1, "too")], ["you two"]),
        ([guessed(1, "stop"), said(2, "stop it")], ["you stop it"]),
        ([typed("hello"), typed("hello")], ["you hello", "you hello"]),
        # A transcript after its reply stands before it, one of another id stays where it came.
        ([replied(1, "Hi"), replied(2, "Noon"), said(2, "time?")],
         ["agent Hi", "you time?", "agent Noon"]),
        ([CALL, replied(2, "Noon"), said(2, "time?")],
         ["you time?", "tool lookup…", "agent Noon"]),
        ([replied(2, "Noon"), said(3, "thanks")], ["agent Noon", "you thanks"]),
        # The reply, whole and in pieces.
        ([replied(1, "Sure."), replied(1, "It is noon.")], ["agent Sure. It is noon."]),
        ([replied(1, "Sure."), replied(1, "Sure.")], ["agent Sure."]),
        ([part(1, "", "start"), part(1, "It is"), part(1, " noon")], ["agent It is noon…"]),
        ([part(1, "", "start"), part(1, "It"), replied(1, "It is noon."), part(1, " is"),
          part(1, "", "stop")], ["agent It is noon."]),
        ([part(1, "", "start"), part(1, "Noon."), part(1, "", "stop"), replied(1, "Noon.")],
         ["agent Noon."]),
        ([replied(1, "Wait."), CALL, part(1, "", "start"), part(1, "No")],
         ["agent Wait. No…", "tool lookup…"]),
        # Corrections.
        ([replied(1, "once upon a time"), corrected(1, "once upon a time", "once up")],
         ["agent once up"]),
        ([corrected(1, "once upon a time", "once")], ["agent once"]),
        ([part(1, "once upon"), corrected(1, "once upon a time", "once")], ["agent once"]),
        ([replied(1, "once upon"), corrected(1, "once upon", "")], ["agent "]),
        # Tools.
        ([CALL], ["tool lookup…"]),
        ([CALL, ANSWER], ["tool lookup"]),
        ([ANSWER], []),
        # Conversations: ids begin again.
        ([*BEGUN, said(1, "a"), replied(2, "b"), CLOSED, *BEGUN, replied(2, "c"), said(1, "d")],
         ["you a", "agent b", "system you hung up", "system conversation 2 with local agent",
          "agent c", "you d"]),
        ([*BEGUN, replied(1, "a"), *BEGUN, said(1, "b")],
         ["agent a", "system conversation 2 with local agent", "you b"]),
        # A line for all attempts, and a conversation is one that came about.
        ([*BEGUN, replied(1, "a"), BROKE, *[one for n in range(1, 13) for one in lost(n)]],
         ["agent a", "system the connection broke: code 1006",
          "system reconnecting, attempt 12, next in 8.0 s: no route"]),
        ([*BEGUN, BROKE, AGAIN, *BEGUN, TOLD],
         ["system the connection broke: code 1006",
          "system conversation 2 with local agent, told what was said before"]),
        ([*BEGUN, BROKE, AGAIN, *lost(2), *BEGUN, replied(1, "a")],
         ["system the connection broke: code 1006",
          "system conversation 2 with local agent, at attempt 2", "agent a"]),
        ([*BEGUN, BROKE, AGAIN, OPENING],
         ["system the connection broke: code 1006", "system reconnecting, attempt 1 …"]),
        ([*BEGUN, BROKE, AGAIN, e.Noted(text="no further try: you hung up")],
         ["system the connection broke: code 1006", "system no further attempt: you hung up"]),
        ([*lost(1), OPENING, NO_ROUTE],
         ["system reconnecting, attempt 1 …", "system no route; look"]),
        ([OPENING, NO_ROUTE, OPENING, NO_ROUTE], ["system no route; look"]),
        ([*BEGUN, CLOSED, *BEGUN, TOLD],
         ["system you hung up",
          "system conversation 2 with local agent, told what was said before"]),
        ([e.ProviderErred(message="LLM failed", code=1002, error_type="llm_error")],
         ["system the agent reports an error: LLM failed (1002 llm_error)"]),
        ([e.ProviderErred(message="boom")], ["system the agent reports an error: boom"]),
        # What is no line.
        ([audio(1), heard(1, 5), e.Pinged(ping_id=1), e.Noted(text="x")], []),
    ],
)  # fmt: skip
def test_the_reader_sees(events: list[Event], lines: list[str]) -> None:
    assert seen(*events) == lines


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (LinkClosed(by=Closer.USER, code=1000, reason="", elapsed_ms=1), "you hung up"),
        (
            LinkClosed(by=Closer.AGENT, code=1000, reason="", elapsed_ms=1),
            "the agent ended the call",
        ),
        (
            LinkClosed(by=Closer.AGENT, code=1000, reason="time is up", elapsed_ms=1),
            "the agent ended the call: time is up",
        ),
        (
            LinkClosed(by=Closer.ERROR, code=1006, reason="", elapsed_ms=1),
            "the connection broke: code 1006",
        ),
        (
            LinkClosed(by=Closer.ERROR, code=1006, reason="silent for 10 s", elapsed_ms=1),
            "the connection broke: code 1006, silent for 10 s",
        ),
        (
            LinkClosed(by=Closer.ERROR, code=1008, reason="bad override", elapsed_ms=1),
            "the agent closed the call: code 1008, bad override",
        ),
        (LinkFailed(reason="no network", advice="check the cable"), "no network; check the cable"),
    ],
)
def test_the_end_is_told_in_words(end: LinkClosed | LinkFailed, words: str) -> None:
    assert seen(end) == [f"system {words}"]
    assert ending(end) == words


def test_any_order_of_arrival_gives_the_same_turn() -> None:
    """A turn's frames under one id, in every order that keeps the pieces in order."""
    events = [said(2, "time?"), replied(2, "Noon."), guessed(2, "time"), audio(2)]
    for order in itertools.permutations(events):
        assert seen(*order) == ["you time?", "agent Noon."]


def test_user_lines_say_how_they_were_said() -> None:
    lines = fold(said(1), typed(), replied(3)).lines
    assert [line.source for line in lines] == [TurnSource.VOICE, TurnSource.TEXT, TurnSource.NOBODY]
    assert [line.turn for line in lines] == [1, 2, 2]


def test_a_cut_reply_keeps_its_whole_text_and_tells_what_was_not_heard() -> None:
    line = fold(
        typed(), replied(2, "a long story"), audio(2), heard(2, 30), flushed(2, 60, 640),
        corrected(2, "a long story", "a long"),
    ).lines[1]  # fmt: skip
    assert (line.text, line.corrected, line.shown) == ("a long story", "a long", "a long")
    assert (line.interrupted, line.unheard_ms) == (True, 640)


def message(text: str, response_id: str = "") -> Event:
    return e.AgentResponded(text=text, reply_id=2, response_id=response_id)


def cut(original: str, now: str, response_id: str = "") -> Event:
    return e.AgentCorrected(original=original, corrected=now, reply_id=2, response_id=response_id)


@pytest.mark.parametrize(
    ("events", "text", "heard"),
    [
        # Two messages in one turn, a correction each: by id, by the original, by order.
        ([message("One.", "a"), message("Two.", "b"), cut("One.", "One.", "a"),
          cut("Two.", "", "b")], "One. Two.", "One."),
        ([message("One.", "a"), message("One.", "b"), cut("One.", "", "b")], "One. One.", "One."),
        ([message("One."), message("Two."), cut("Two.", ""), cut("One.", "On")], "One. Two.", "On"),
        ([message("[sighs] One."), message("Two."), cut("One.", "On"), cut("Two.", "Tw")],
         "[sighs] One. Two.", "On Tw"),
        ([message("One."), message("Two."), cut("Two.", "T")], "One. Two.", "One. T"),
        # Told again, told of all together, told before the whole text or in place of it.
        ([message("One."), cut("One.", "On"), cut("One.", "O")], "One.", "O"),
        ([message("One."), message("Two."), cut("One.  Two.", "One. T")], "One. Two.", "One. T"),
        ([part(2, "", "start"), part(2, "On"), cut("One.", "O")], "One.", "O"),
        ([cut("One.", "O"), cut("Two.", "")], "One. Two.", "O"),
        # Streams of two messages, with and without ids; the whole text may come late.
        ([part(2, "", "start"), part(2, "One."), part(2, "", "stop"), part(2, "", "start"),
          part(2, "Tw"), message("One."), message("Two.")], "One. Two.", None),
        ([e.AgentResponseStreamed(text="On", part="start", reply_id=2, response_id="a"),
          e.AgentResponseStreamed(text="Tw", part="start", reply_id=2, response_id="b"),
          e.AgentResponseStreamed(text="e.", part="delta", reply_id=2, response_id="a"),
          message("Two.", "b")], "One. Two.", None),
    ],
)  # fmt: skip
def test_each_message_of_a_turn_has_its_own_correction(
    events: list[Event], text: str, heard: str | None
) -> None:
    [line] = fold(*events).lines
    assert (line.text, line.corrected) == (text, heard)


def test_a_reply_carries_the_figures_of_its_turn() -> None:
    line = fold(
        stopped(0), said(1), replied(2), audio(2), e.Pinged(ping_id=1), heard(2, 45)
    ).lines[1]  # fmt: skip
    assert (line.reply_text_ms, line.first_byte_ms, line.ear_ms) == (20, 30, 45)
    assert line.anchor == "local detector"


def test_figures_that_come_before_the_text_are_on_its_line() -> None:
    line = fold(typed(), audio(2), heard(2, 15), replied(2)).lines[1]
    assert (line.first_byte_ms, line.ear_ms) == (10, 15)


def test_a_tool_line_tells_what_was_asked_and_answered() -> None:
    line = fold(CALL, ANSWER).lines[0]
    assert line.role is Role.TOOL
    assert (line.text, line.parameters, line.result) == ("lookup", {"id": 7}, "ok")
    assert (line.is_error, line.duration_ms, line.final) == (False, 10, True)


def test_a_failed_tool_is_marked_by_answer_or_report() -> None:
    failed = e.ToolAnswered(call_id="t1", result="no such tool", is_error=True)
    report = e.ToolReported(
        name="lookup", call_id="t1", tool_type="client", is_error=True, reply_id=2
    )
    assert fold(CALL, failed).lines[0].is_error
    line = fold(CALL, ANSWER, report).lines[0]
    assert (line.is_error, line.result, line.duration_ms) == (True, "ok", 10)


def test_a_tool_of_the_agent_s_own_has_a_line_without_what_we_cannot_know() -> None:
    report = e.ToolReported(
        name="search", call_id="w1", tool_type="webhook", is_error=False, reply_id=2
    )
    [line] = fold(report).lines
    assert (line.text, line.parameters, line.result, line.duration_ms) == (
        "search", None, None, None,
    )  # fmt: skip


# ── What a widget paints again ──────────────────────────────────────────────────────────────────


def snapshot(line: Line) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in Line.__slots__)


def test_a_widget_that_repaints_from_the_first_change_misses_nothing() -> None:
    events = [
        OPENING, replied(1), audio(1), typed(), guessed(2), part(3, "", "start"), part(3, "a"),
        said(3, "late"), replied(3, "ab"), audio(3), heard(3, 95), CALL, flushed(3, 120),
        corrected(3, "ab", "a"), ANSWER, CLOSED, OPENING, replied(1), said(1), CLOSED,
    ]  # fmt: skip
    transcript = TranscriptFold()
    painted: list[tuple[object, ...]] = []
    version = 0
    for i, entry in enumerate(entries(*((i * 10, event) for i, event in enumerate(events)))):
        transcript.add(entry)
        if i % 3 == 0:
            continue  # it does not look after each
        first = transcript.first_changed(version)
        if first is not None:
            painted[first:] = [snapshot(line) for line in transcript.lines[first:]]
            version = transcript.version
        assert painted == [snapshot(line) for line in transcript.lines]
    assert transcript.first_changed(version) is None


def test_what_cannot_be_seen_changes_no_version() -> None:
    transcript = fold(typed(), replied(2), audio(2))
    before = transcript.version
    for entry in entries((30, audio(2)), (40, e.Pinged(ping_id=1)), (50, audio(2))):
        transcript.add(entry)
    assert transcript.version == before


def test_a_widget_that_looks_after_long_paints_what_is_new_and_after_very_long_all() -> None:
    transcript = fold(*(typed(str(i)) for i in range(20_000)))
    assert transcript.first_changed(15_000) == 15_000
    assert transcript.first_changed(1) == 0
    assert transcript.first_changed(transcript.version - 1) == 19_999


@given(st.lists(st.integers(0, 30)), st.integers(0, 40))
def test_the_first_change_is_the_lowest_since(indices: list[int], since: int) -> None:
    changes = Changes()
    for index in indices:
        changes.add(index)
    assert changes.first(since) == min(indices[since:], default=None)
