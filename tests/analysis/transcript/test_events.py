"""The transcript by table: tools, files, reasoning, feedback and what happens around a call."""

from typing import Any

import pytest

from tests.analysis.transcript.test_fold import BEGUN, CALL, CLOSED, corrected, fold, part, seen
from tests.analysis.turns.test_fold import replied, said
from tests.entries import entries
from tui import events as e
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line, Role
from tui.analysis.transcript.plain_text import transcript_text
from tui.dashboard.transcript.line_text import tool_time
from tui.events import Event

ANSWER = e.ToolAnswered(call_id="t1", result="ok", is_error=False)


def reasoned(text: str, key: e.ReplyId | None = 2, kind: str = "delta") -> Event:
    return e.AgentReasoned(text=text, part=kind, reply_id=key)


def mcp(state: str, **more: Any) -> Event:
    return e.McpToolChanged(
        name="search", call_id="t1", service_id="s", state=state, parameters={"q": "x"}, **more
    )


def decided(approved: bool, by: str = "user") -> Event:
    return e.ToolDecided(call_id="t1", approved=approved, by=by)


def finished(outcome: str = "ok") -> Event:
    return e.ToolFinished(name="lookup", call_id="t1", outcome=outcome, elapsed_ms=42)


def reported(**more: Any) -> Event:
    return e.ToolReported(
        **{
            "name": "lookup",
            "call_id": "t1",
            "tool_type": "client",
            "is_error": False,
            "reply_id": 2,
            **more,
        }
    )


ASKED = e.ToolAsked(name="lookup", call_id="t1", deadline_ns=5)
RUNS = e.ToolStarted(name="lookup", call_id="t1")
REQUESTED = e.ToolRequested(name="lookup", call_id="t1", tool_type="webhook", reply_id=2)


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        # Reasoning is one line, which the reply takes the place of.
        ([reasoned("hm"), reasoned(" so")], ["agent thinking ……"]),
        ([reasoned("hm"), replied(2, "Noon.")], ["agent Noon."]),
        ([reasoned("hm", None), replied(2, "Noon.")], ["agent Noon."]),
        ([reasoned("hm"), part(2, "No")], ["agent No…"]),
        ([replied(2, "Noon."), reasoned("hm")], ["agent Noon."]),
        ([reasoned("hm"), said(2, "time?"), replied(2, "Noon.")], ["you time?", "agent Noon."]),
        ([reasoned("hm", "r_7")], ["agent thinking ……"]),
        ([reasoned("hm"), CLOSED], ["agent thought, and said nothing", "system you hung up"]),
        # A reply whose pieces are all of it.
        ([part(2, "No"), part(2, "on."), e.AgentCompleted(reply_id=2)], ["agent Noon."]),
        ([part(2, "Noo"), e.AgentCompleted(reply_id=2), replied(2, "Noon.")], ["agent Noon."]),
        ([e.AgentCompleted(reply_id=2)], []),
        ([part(2, "No"), corrected(2, "Noon, no", "No")], ["agent No"]),
        ([e.AgentResponded(text="See", reply_id=1,
                           attachments=(e.Attachment("http://x/a.pdf", "a.pdf"),))],
         ["agent See [a.pdf]"]),
        # Files.
        ([e.FileUploaded(name="cat.png", file_id="f1", size=9),
          e.FilesSent(file_ids=("f1", "f2"), text="what is it?")],
         ["you what is it? [cat.png, f2]"]),
        ([e.FilesSent(file_ids=("f1",), text="")], ["you [f1]"]),
        ([e.UploadFailed(name="a.exe", reason="not an image")],
         ["system a.exe was not uploaded: not an image"]),
        # What a user wants to be told, and what not.
        ([e.QueueMoved(status="waiting"), e.QueueMoved(status="admitted")],
         ["system waiting for a free line", "system a line is free"]),
        ([e.QueueMoved(status="timed_out")], ["system no line became free in time"]),
        ([e.GuardrailTriggered(name="profanity")], ["system a guardrail was triggered: profanity"]),
        ([e.GuardrailTriggered(name="")], ["system a guardrail was triggered"]),
        ([e.AgentHandedOver(connected=True), e.AgentHandedOver(connected=False)],
         ["system a person has joined the call", "system the person has left the call"]),
        ([e.McpServersChanged(servers=(e.McpServer("a", True, 3), e.McpServer("b", False, 0)))],
         ["system MCP server not connected: b"]),
        ([e.McpServersChanged(servers=(e.McpServer("a", True, 3),))], []),
        ([e.LinkRetrying(attempt=2, delay_ms=400, reason="")],
         ["system reconnecting, attempt 2, next in 0.4 s"]),
        ([e.SetupChosen(names=("prompt", "voice"))], ["system asked of the agent: prompt, voice"]),
        ([e.SetupChosen(names=())], []),
        ([e.PreflightFound(problems=("no voice override", "name is missing"))],
         ["system before the call: no voice override; name is missing"]),
        ([e.RichContentReceived(content_id="r", component="item_card", props={}, reply_id=1)],
         ["system the agent shows item_card"]),
        ([e.AgentAnnotated(metadata={"intent": "refund", "n": [1]}, reply_id=1)],
         ['system with the reply: intent=refund, n=[1]']),
        ([e.AgentAnnotated(metadata={"a": "x" * 500}, reply_id=1)],
         [f"system with the reply: a={'x' * 198}…"]),
        ([e.ContextReceived(text="on the pricing page")],
         ["system the agent was told: on the pricing page"]),
        ([e.ContextReceived(text="")], []),
        ([e.ContextSent(text="paid", context_id="page")], ["system you told the agent: paid"]),
        ([e.TurnScored(probability=0.5),
          e.ContextUsed(model="m", tokens=1, limit=2, reply_id=1), e.RawSent(problem="odd"),
          e.DurationLimited(seconds=60), e.AgentAnnotated(metadata={}, reply_id=1)], []),
        # Tools that are told of twice have one line.
        ([REQUESTED, CALL], ["tool lookup…"]),
        ([CALL, REQUESTED, ANSWER, reported()], ["tool lookup"]),
        ([CALL, ANSWER, CALL], ["tool lookup", "tool lookup…"]),
        ([*BEGUN, CALL, *BEGUN, ANSWER],
         ["tool lookup…", "system conversation 2 with local agent"]),
        ([ASKED, RUNS, decided(True), e.McpAnswered(call_id="t1", approved=True)], []),
    ],
)  # fmt: skip
def test_the_reader_sees(events: list[Event], lines: list[str]) -> None:
    assert seen(*events) == lines


TYPES = e.AgentTyped(typing=True)


def guess(text: str) -> Event:
    return e.AgentGuessed(text=text)


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        ([TYPES], ["agent typing ……"]),
        ([TYPES, e.AgentTyped(typing=False)], []),
        ([TYPES, replied(2, "Noon.")], ["agent Noon."]),
        ([TYPES, part(2, "No")], ["agent No…"]),
        ([TYPES, said(2, "time?")], ["you time?", "agent typing ……"]),
        ([TYPES, said(2, "time?"), CALL, replied(2, "Noon.")],
         ["you time?", "tool lookup…", "agent Noon."]),
        ([TYPES, CLOSED], ["system you hung up"]),
        ([TYPES, *BEGUN, *BEGUN], ["system conversation 2 with local agent"]),
        ([TYPES, e.Interrupted(reply_id=3)], []),
        # It says how long it types; entries are 10 ms apart.
        ([e.AgentTyped(typing=True, duration_ms=20), said(2, "x")], ["you x", "agent typing ……"]),
        ([e.AgentTyped(typing=True, duration_ms=20), said(2, "x"), said(2, "xy")], ["you xy"]),
        # What it may say gives way to what it says.
        ([guess("It is"), guess("It is no")], ["agent It is no…"]),
        ([guess("It is"), replied(2, "Noon.")], ["agent Noon."]),
        ([guess("It is"), said(2, "time?"), replied(2, "Noon.")], ["you time?", "agent Noon."]),
        ([replied(2, "Noon."), guess("Any"), replied(3, "Anything else?")],
         ["agent Noon.", "agent Anything else?"]),
        ([part(2, "No"), guess("Noon"), part(2, "on.")], ["agent Noon.…"]),
        ([TYPES, guess("It is"), e.AgentTyped(typing=False)], ["agent It is…"]),
        ([guess("It is"), guess("")], []),
        ([reasoned("hm"), guess("It is"), replied(2, "Noon.")], ["agent Noon."]),
    ],
)  # fmt: skip
def test_what_is_foretold_goes_when_the_words_come(events: list[Event], lines: list[str]) -> None:
    assert seen(*events) == lines


def test_a_guess_is_marked_as_one() -> None:
    assert fold(guess("It is")).lines[0].state == "perhaps"
    assert fold(guess("It is"), replied(2, "Noon.")).lines[0].state == ""
    assert fold(TYPES).lines[0].state == ""


def test_what_is_taken_away_is_a_change() -> None:
    both = fold(said(2, "time?"), TYPES, e.AgentTyped(typing=False))
    assert both.first_changed(both.version - 1) == 1


def tool(*events: Event) -> Line:
    [line] = fold(*events).lines
    assert line.role is Role.TOOL
    return line


@pytest.mark.parametrize(
    ("events", "state", "final", "is_error"),
    [
        ([CALL], "", False, False),
        ([CALL, ASKED], "waiting for approval", False, False),
        ([CALL, ASKED, decided(True)], "approved", False, False),
        ([CALL, ASKED, decided(True), RUNS], "running", False, False),
        ([CALL, RUNS, finished()], "", True, False),
        ([CALL, RUNS, finished(), ANSWER], "", True, False),
        ([CALL, RUNS, finished("timeout")], "timed out", True, True),
        ([CALL, RUNS, finished("failed")], "failed", True, True),
        ([CALL, RUNS, finished("cancelled")], "cancelled", True, True),
        ([CALL, finished("invalid")], "invalid arguments", True, True),
        ([CALL, finished("unknown")], "no tool of that name here: [tools] lacks it", True, True),
        ([CALL, ASKED, decided(False)], "refused", False, False),
        ([CALL, ASKED, decided(False, "rule")], "refused by rule", False, False),
        ([CALL, ASKED, decided(False, "timeout")], "not approved in time", False, False),
        ([CALL, ASKED, decided(False), reported(is_called=False)], "refused", True, False),
        ([CALL, reported(is_called=False)], "not run", True, False),
        ([CALL, reported(is_blocked=True, is_called=False)], "blocked by a guardrail", True, False),
        ([REQUESTED, reported(is_error=True)], "", True, True),
        ([mcp("loading")], "running", False, False),
        ([mcp("loading"), mcp("awaiting_approval")], "waiting for approval", False, False),
        ([mcp("awaiting_approval"), e.McpAnswered(call_id="t1", approved=True)],
         "approved", False, False),
        ([mcp("awaiting_approval"), e.McpAnswered(call_id="t1", approved=False)],
         "refused", False, False),
        ([mcp("loading"), mcp("success", detail="[]")], "", True, False),
        ([mcp("loading"), mcp("failure", detail="boom")], "", True, True),
        ([mcp("daydreaming")], "daydreaming", False, False),
    ],
)  # fmt: skip
def test_a_tool_line_says_where_its_call_stands(
    events: list[Event], state: str, final: bool, is_error: bool
) -> None:
    line = tool(*events)
    assert (line.state, line.final, line.is_error) == (state, final, is_error)


def test_a_tool_line_knows_how_long_it_ran_and_how_long_it_waits() -> None:
    assert tool(CALL, RUNS, finished(), ANSWER).ran_ms == 42
    assert tool(CALL, ASKED).deadline_ns == 5
    assert tool(CALL, ASKED, decided(True)).deadline_ns is None
    assert tool(mcp("awaiting_approval", approval_timeout_s=300)).deadline_ns == 300_000_000_000


def test_waiting_for_a_person_is_told_apart_from_running() -> None:
    happened: list[tuple[float, Event]] = [
        (0, CALL),
        (10, ASKED),
        (1810, decided(True)),
        (1815, RUNS),
        (2090, finished()),
    ]
    transcript = TranscriptFold()
    for entry in entries(*happened, (2091, ANSWER)):
        transcript.add(entry)
    [line] = transcript.lines
    assert (line.ran_ms, line.waited_ms) == (42, 1800)
    assert tool_time(line) == "ran 42 ms, waited 1.8 s for you"
    text = transcript_text([line], 0)
    assert "ran 42 ms, waited 1800 ms for you" in text
    assert tool(CALL, RUNS, finished(), ANSWER).waited_ms is None


def test_a_tool_line_has_what_the_agent_tells_of_it() -> None:
    assert tool(mcp("loading"), mcp("failure", detail="boom")).result == "boom"
    assert tool(REQUESTED, reported(result="{}")).result == "{}"
    assert tool(CALL, ANSWER, reported(result="other")).result == "ok"
    assert tool(mcp("loading")).tool_type == "mcp"
    assert tool(REQUESTED, CALL).parameters == {"id": 7}


def test_feedback_is_on_the_line_that_it_is_about() -> None:
    likes = e.FeedbackSent(reply_id=2, score="like")
    dislikes = e.FeedbackSent(reply_id=2, score="dislike")
    clears = e.FeedbackSent(reply_id=2, score=None)
    assert fold(replied(2), likes).lines[0].feedback == "liked"
    assert fold(replied(2), likes, dislikes).lines[0].feedback == "disliked"
    assert fold(replied(2), likes, clears).lines[0].feedback == ""
    assert seen(likes) == []


def test_what_it_thought_is_kept_with_the_reply() -> None:
    line = fold(reasoned("hm"), replied(2, "Noon."), reasoned(" so")).lines[0]
    assert line.thought == "hm so"
