"""What is said of records that were dropped, late, stopped or answered."""

from tests.entries import entries, ns
from tui.analysis.records.annotations import Annotation, AnnotationFold
from tui.events import (
    AgentResponded,
    AudioDropped,
    AudioReceived,
    Event,
    Interrupted,
    LinkOpening,
    PlaybackFinished,
    PlaybackStarted,
    ProtocolErred,
    ReplySilenced,
    TextSent,
    ToolAnswered,
    ToolCalled,
    UserTranscribed,
)


def annotations(*happened: tuple[float, Event]) -> list[list[Annotation]]:
    fold = AnnotationFold()
    found = entries(*happened)
    for entry in found:
        fold.add(entry)
    return [fold.of(entry.number) for entry in found]


def test_dropped_audio_says_why_and_how_late() -> None:
    _, dropped = annotations(
        (0, Interrupted(reply_id=5)),
        (
            380,
            AudioDropped(
                reply_id=4, size=8000, reason="event id 4 < 5, which the agent had interrupted"
            ),
        ),
    )
    text = "dropped: event id 4 < 5, which the agent had interrupted; it came 380 ms later"
    assert dropped == [Annotation(text, 0)]


def test_audio_after_the_stop_key_is_told_from_audio_before() -> None:
    before, _, after = annotations(
        (0, AudioReceived(audio=b"", reply_id=2)),
        (100, ReplySilenced(reply_id=2)),
        (140, AudioReceived(audio=b"", reply_id=2)),
    )
    assert before == []
    assert after == [Annotation("not played: reply 2 was stopped by key 40 ms before", 1)]


def test_audio_of_a_reply_that_was_typed_over_says_so_until_the_agent_gives_way() -> None:
    _, typed_over, _, answer = annotations(
        (0, ReplySilenced(reply_id=2, cause="text")),
        (40, AudioReceived(audio=b"", reply_id=2)),
        (60, Interrupted(reply_id=2)),
        (70, AudioReceived(audio=b"", reply_id=2)),
    )
    assert typed_over == [Annotation("not played: reply 2 was typed over 40 ms before", 0)]
    assert answer == []


def test_a_reply_points_at_the_text_that_it_answers() -> None:
    _, reply = annotations(
        (0, TextSent(text="hi", id="text_1")),
        (80, AgentResponded(text="Hello", reply_id=1, answers=("text_1",))),
    )
    assert reply == [Annotation("answers the text of 80 ms before", 0)]


def test_a_tool_call_and_its_result_point_at_each_other() -> None:
    call, result = annotations(
        (0, ToolCalled(name="x", call_id="t1", parameters={}, reply_id=1)),
        (249, ToolAnswered(call_id="t1", result="ok", is_error=False)),
    )
    assert call == [Annotation("answered by its result after 249 ms", 1)]
    assert result == [Annotation("answers the call of 249 ms before", 0)]


def test_the_first_audio_of_a_reply_says_when_it_was_heard() -> None:
    first, second, *_ = annotations(
        (0, AudioReceived(audio=b"", reply_id=1)),
        (20, AudioReceived(audio=b"", reply_id=1)),
        (60, PlaybackStarted(reply_id=1, at_ns=ns(95))),
        (900, PlaybackFinished(reply_id=1, at_ns=ns(900), heard_ms=800)),
    )
    assert [annotation.text for annotation in first] == [
        "its first sample was at the converter 95 ms later",
        "the reply was heard to its end: 800 ms",
    ]
    assert second == []


def test_a_late_transcript_and_a_broken_frame() -> None:
    _, late, broken = annotations(
        (0, UserTranscribed(text="b", user_turn_id=5)),
        (10, UserTranscribed(text="a", user_turn_id=3, came_after=5)),
        (20, ProtocolErred(reason="no event_id")),
    )
    assert late[0].text == "late: event id 3 came after 5; it is shown in its place"
    assert broken == [Annotation("not understood: no event_id")]


def test_a_new_conversation_counts_anew() -> None:
    *_, first = annotations(
        (0, UserTranscribed(text="b", user_turn_id=5)),
        (5, ReplySilenced(reply_id=1)),
        (10, LinkOpening(target="x", provider="local")),
        (20, UserTranscribed(text="a", user_turn_id=1)),
    )
    assert first == []
