"""Problems in sentences: each with its turn, figure and setting, and nothing where all is well."""

from collections.abc import Iterator

import pytest

from tests.entries import entries, ns
from tui import events
from tui.analysis.problems import Problem, ProblemFold
from tui.analysis.transcript.fold import TranscriptFold

Step = tuple[float, events.Event]
Happened = list[Step]
OPENING = (
    (0.0, events.LinkOpening(target="x", provider="openai")),
    (
        1.0,
        events.ConversationStarted(
            conversation_id="c",
            input_format=events.USUAL_FORMAT,
            output_format=events.USUAL_FORMAT,
            endpointing="silence_duration_ms = 500",
        ),
    ),
)


def problems(*happened: tuple[float, events.Event], slow_ms: int = 0) -> list[Problem]:
    transcript = TranscriptFold()
    fold = ProblemFold(transcript)
    for entry in entries(*OPENING, *happened):
        transcript.add(entry)
        fold.add(entry)
    return fold.problems(slow_ms)


def turn(
    at: float, key: int, endpointing: float = 300, agent: float = 300, ear: float = 50
) -> Happened:
    """A spoken turn whose speech ends at `at`, and its reply."""
    taken, said = at + endpointing, at + endpointing + agent
    return [
        (at - 500, events.SpeechStarted(at_ns=ns(at - 600))),
        (at + 1, events.SpeechStopped(at_ns=ns(at))),
        (taken, events.UserTranscribed(text="hi", user_turn_id=key)),
        (said, events.AudioReceived(audio=b"", reply_id=key)),
        (said + ear, events.PlaybackStarted(reply_id=key, at_ns=ns(said + ear))),
        (
            said + ear + 100,
            events.PlaybackFinished(reply_id=key, at_ns=ns(said + ear + 100), heard_ms=100),
        ),
    ]


def test_a_call_without_a_fault_has_no_problem() -> None:
    closed = events.LinkClosed(by=events.Closer.USER, code=1000, reason="", elapsed_ms=1)
    assert problems(*turn(1000, 1), *turn(5000, 2), (9000, closed)) == []


@pytest.mark.parametrize(
    ("parts", "sentence", "figure"),
    [
        (
            {"endpointing": 1900},
            "turn 2: endpointing took 1.9 s (silence_duration_ms = 500)",
            1900,
        ),
        ({"agent": 3200}, "turn 2: the agent took 3.2 s", 3200),
        ({"ear": 900}, "turn 2: first byte to the ear took 900 ms (start_buffer_ms)", 900),
        ({"agent": 1200}, "turn 2: 1.6 s, slow beside the others: thinking 1.2 s", 1550),
    ],
)
def test_what_made_a_turn_slow(parts: dict[str, float], sentence: str, figure: float) -> None:
    (found,) = problems(*turn(1000, 1), *turn(9000, 2, **parts), *turn(19000, 3))
    assert (found.sentence, found.figure_ms, found.turn) == (sentence, figure, 2)
    assert found.at_ns == ns(9000)


def test_tools_that_were_slow_failed_or_were_refused() -> None:
    def call(at: float, key: str, took: float, *, failed: bool = False) -> Iterator[Step]:
        yield at, events.ToolCalled(name="look_up", call_id=key, parameters={})
        yield at + took, events.ToolAnswered(call_id=key, result="no such order", is_error=failed)

    asked = events.ToolCalled(name="pay", call_id="c", parameters={})
    refused = events.ToolDecided(call_id="c", approved=False, by="timeout")
    answered = events.ToolAnswered(call_id="c", result="refused", is_error=False)
    found = problems(
        (1000, events.TextSent(text="go")),
        *call(1100, "a", 4100),
        *call(5300, "b", 10, failed=True),
        (5400, asked),
        (5500, refused),
        (5501, answered),
        (5600, events.AgentResponded(text="so", reply_id=1)),
    )
    assert [one.sentence for one in found] == [
        "turn 1: tool look_up took 4.1 s",
        "turn 1: tool look_up failed: no such order",
        "turn 1: tool pay did not run (not approved in time)",
    ]


def test_sound_network_and_the_end() -> None:
    clipping = events.AudioWarned(side="input", what="clipping", text="too loud")
    over = events.AudioWarned(side="input", what="clipping", text="too loud", over=True)
    found = problems(
        (10, events.AudioGlitched(what="underrun", count=2)),
        (11, events.AudioGlitched(what="underrun")),
        (12, events.AudioGlitched(what="gap", gap_ms=240)),
        (13, clipping),
        (14, over),
        (15, clipping),
        (16, events.AudioDropped(reply_id=1, size=9, reason="late")),
        (17, events.AudioDropped(reply_id=1, size=9, reason="late")),
        (18, events.ProviderErred(message="overloaded")),
        (19, events.LinkRetrying(attempt=1, delay_ms=500, reason="code 1006")),
        (20, events.ProtocolErred(reason="no JSON")),
        (21, events.TextSent(text="hello?")),
        (22, events.LinkClosed(by=events.Closer.ERROR, code=1006, reason="", elapsed_ms=1)),
    )
    assert [one.sentence for one in found] == [
        "turn 1: the agent did not answer",
        "turn 1: the conversation did not end in order: the connection broke: code 1006",
        "too loud",
        "the agent reports an error: overloaded",
        "the connection was lost, attempt 1: code 1006",
        "3 underruns: the speaker was not given samples in time (block_ms)",
        "1 replies ran dry, 240 ms in all (start_buffer_ms)",
        "1 frames were not understood; the first: no JSON",
        "2 pieces of speech came of a reply that was interrupted: dropped",
    ]


def test_the_newest_turn_may_still_be_answered() -> None:
    assert problems((1000, events.TextSent(text="hello?"))) == []
    refused = events.LinkFailed(reason="the key was refused", advice="set a valid one")
    (found,) = problems((10, refused))
    assert found.sentence == "no conversation came about: the key was refused; set a valid one"
