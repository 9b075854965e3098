"""Turns, replies and interruptions, by the order of frames that a real server has."""

from typing import Any

import pytest

from tests.entries import entries
from tests.providers.openai.rig import Talk, example
from tui import events as e
from tui.analysis.transcript.fold import TranscriptFold
from tui.commands import (
    AnswerMcp,
    BeginTurn,
    EndTurn,
    ReportHeard,
    SendAudio,
    SendContext,
    SendFeedback,
    SendText,
    StopReply,
)
from tui.events import Event
from tui.providers.openai.codec import OpenAICodec
from tui.setup import Setup

SECOND = bytes(48_000)


def option(**options: Any) -> Setup:
    return Setup(options=options)


def heard(ms: float, reply: str = "resp_1") -> ReportHeard:
    return ReportHeard(reply_id=reply, heard_ms=ms, samples=round(ms * 24))


def lines(happened: list[Event]) -> list[str]:
    fold = TranscriptFold()
    for entry in entries(*((10 * n, event) for n, event in enumerate(happened))):
        fold.add(entry)
    return [f"{line.role} {line.shown}" for line in fold.lines]


def replayed(talk: Talk) -> list[Event]:
    """What a journal of this talk gives, read by a codec that knows nothing of it."""
    codec, found = OpenAICodec(), list[Event]()
    for who, text in talk.journal:
        found += (codec.receive(text) if who == "<" else codec.sent(text)).events
    return found


# ── The beginning ────────────────────────────────────────────────────────────────────────────────


def test_the_session_is_asked_for_at_once_and_the_call_begins_once() -> None:
    talk = Talk()
    assert talk.kinds() == ["session.update"]
    assert [type(event) for event in talk.events].count(e.ConversationStarted) == 1
    assert isinstance(talk.events[0], e.InitiationSent)


def test_a_first_message_is_asked_for_when_the_session_stands() -> None:
    talk = Talk(Setup(first_message="Hello, this is Ann."), begun=False)
    talk.says("session.created", session={"id": "s"})
    assert talk.kinds() == ["session.update"]
    talk.says("session.updated", session={"id": "s"})
    talk.says("session.updated", session={"id": "s"})
    assert talk.kinds() == ["session.update", "response.create"]
    assert "Hello, this is Ann." in talk.sent[1]["response"]["instructions"]
    talk.begins(ours=True)
    [responded] = talk.tells("Hello, this is Ann.")
    assert isinstance(responded, e.AgentResponded) and responded.answers == ()


@pytest.mark.parametrize("first", ["", None])
def test_without_a_first_message_the_user_begins(first: str | None) -> None:
    assert Talk(Setup(first_message=first)).kinds() == ["session.update"]


def test_a_session_that_is_refused_is_told_and_greeted_all_the_same() -> None:
    talk = Talk(Setup(first_message="Hi."), begun=False)
    talk.says("session.created", session={"id": "s"})
    refused = {"message": "no such voice", "event_id": talk.sent[0]["event_id"]}
    [erred] = talk.says("error", error=refused)
    assert isinstance(erred, e.ProviderErred) and erred.message == "no such voice"
    assert talk.kinds()[1:] == ["response.create"]


# ── A spoken turn ────────────────────────────────────────────────────────────────────────────────


def spoken(talk: Talk, item: str = "item_u1", reply: str = "resp_1") -> None:
    """A user turn, and the beginning of the reply to it, as the wire has them."""
    talk.hears(item)
    talk.heard(item)
    talk.says("conversation.item.added", item={
        "id": item, "type": "message", "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    })  # fmt: skip
    talk.begins(reply)


def words(talk: Talk, text: str, item: str = "item_u1") -> tuple[Event, ...]:
    kind = "conversation.item.input_audio_transcription.completed"
    return talk.says(kind, item_id=item, transcript=text)


def test_words_that_come_after_the_answer_stand_before_it() -> None:
    talk = Talk()
    spoken(talk)
    talk.tells("Hi, what can I do?")
    talk.plays(300)
    words(talk, "Hello there.")
    talk.ends()
    spoken(talk, "item_a", "resp_0")  # ids are in no order
    talk.tells("Noon.", "item_2", "resp_0")
    talk.ends("resp_0")
    words(talk, "What time is it?", "item_a")
    assert lines(talk.events) == [
        "you Hello there.", "agent Hi, what can I do?", "you What time is it?", "agent Noon.",
    ]  # fmt: skip
    fold = TranscriptFold()
    for entry in entries(*((10 * n, event) for n, event in enumerate(talk.events))):
        fold.add(entry)
    assert [(t.number, t.source, t.reply_id) for t in fold.turns.turns] == [
        (1, "voice", "resp_1"), (2, "voice", "resp_0"),
    ]  # fmt: skip


def test_a_turn_shows_before_its_words_and_says_when_there_are_none() -> None:
    talk = Talk()
    spoken(talk)
    assert lines(talk.events) == ["you "]
    kind = "conversation.item.input_audio_transcription.failed"
    talk.says(kind, item_id="item_u1", error={"message": "noise"})
    assert lines(talk.events) == ["you (not transcribed: noise)"]
    mute = Talk(option(transcription="none"))
    spoken(mute)
    assert lines(mute.events) == ["you (spoken; it is not transcribed)"]


def test_pieces_of_a_transcript_are_a_guess() -> None:
    talk = Talk()
    kind = "conversation.item.input_audio_transcription.delta"
    talk.hears()
    talk.says(kind, item_id="item_u1", delta="Hello")
    [guess] = talk.says(kind, item_id="item_u1", delta=" there")
    assert guess == e.UserTranscriptGuessed(text="Hello there", user_turn_id="item_u1")
    talk.heard()
    words(talk, "Hello there.")
    assert lines(talk.events) == ["you Hello there."]


def test_the_true_times_of_speech_are_told_for_server_vad_only() -> None:
    talk = Talk(option(prefix_padding_ms=250, silence_duration_ms=400))
    assert talk.hears() == (e.AgentHeardStart(user_turn_id="item_u1", audio_ms=1710, yields=True),)
    talk.heard()
    assert e.AgentHeardEnd(user_turn_id="item_u1", audio_ms=3856) in talk.events
    semantic = Talk(option(turn_detection="semantic_vad", eagerness="high"))
    assert semantic.hears() == (e.AgentHeardStart(user_turn_id="item_u1", yields=True),)
    semantic.heard()
    assert e.AgentHeardEnd(user_turn_id="item_u1") in semantic.events


@pytest.mark.parametrize("kind", ["server_vad", "semantic_vad"])
def test_figures_are_from_the_end_of_speech_that_was_heard_here(kind: str) -> None:
    """What a server tells of it is no end of speech with semantic turns, so it is none ever."""
    talk = Talk(option(turn_detection=kind))
    spoken(talk)
    talk.plays(100)
    assert [one.audio_ms is None for one in talk.events if isinstance(one, e.AgentHeardEnd)] == [
        kind == "semantic_vad"
    ]
    for ended in (None, e.SpeechStopped(at_ns=0)):
        happened = [*([ended] if ended else []), *talk.events]
        fold = TranscriptFold()
        for entry in entries(*((10 * n, event) for n, event in enumerate(happened))):
            fold.add(entry)
        [turn] = fold.turns.turns
        at = {type(event): 10 * n for n, event in enumerate(happened)}
        figures = (turn.anchor, turn.endpointing_ms, turn.first_byte_ms)
        if ended:
            expected = ("local detector", at[e.UserTurnTaken], at[e.AudioReceived])
            assert figures == expected
        else:
            assert figures == ("", None, None)


# ── Interruptions ────────────────────────────────────────────────────────────────────────────────


def test_a_voice_over_a_reply_that_was_given_cuts_what_was_not_heard() -> None:
    talk = Talk()
    spoken(talk)
    talk.tells("One two three four five six seven eight.")
    talk.plays(1000)
    talk.plays(1000)
    talk.ends()
    [start] = talk.hears("item_u2")
    assert isinstance(start, e.AgentHeardStart) and start.yields
    assert talk.does(heard(500)) == [
        {"event_id": "truncate_2_of_2000", "type": "conversation.item.truncate",
         "item_id": "item_a1", "content_index": 0, "audio_end_ms": 500},
    ]  # fmt: skip
    corrected = talk.events[-1]
    assert isinstance(corrected, e.AgentCorrected)
    assert (corrected.corrected, corrected.estimated) == ("One two", True)


def test_each_item_with_something_unheard_is_truncated_in_its_own_time() -> None:
    talk = Talk()
    talk.begins()
    talk.plays(700, "item_a1")
    talk.plays(300, "item_a1")
    talk.plays(800, "item_a2")
    talk.plays(500, "item_a3")
    talk.ends()
    cuts = talk.does(heard(1250.3))
    assert [(cut["item_id"], cut["audio_end_ms"]) for cut in cuts] == [
        ("item_a2", 250), ("item_a3", 0),
    ]  # fmt: skip
    assert talk.does(heard(1250.3)) == []


def test_nothing_is_truncated_that_was_heard_or_beyond_what_came() -> None:
    talk = Talk()
    talk.begins()
    talk.plays(1000)
    talk.ends()
    assert talk.does(heard(1000)) == []
    assert talk.does(heard(5000)) == []
    assert talk.does(heard(1, "resp_of_before")) == []
    [cut] = talk.does(heard(999.9))
    assert cut["audio_end_ms"] <= 1000


def test_what_comes_of_a_reply_that_the_server_ends_is_dropped_and_told() -> None:
    talk = Talk()
    spoken(talk)
    talk.tells("One two three four.")
    talk.plays(1000)
    start, cut = talk.hears("item_u2")
    assert isinstance(start, e.AgentHeardStart)
    assert cut == e.Interrupted(reply_id="resp_1")
    assert talk.does(heard(400))[0]["type"] == "conversation.item.truncate"
    assert "response.cancel" not in talk.kinds()  # the server does it
    [dropped] = talk.plays(200)
    assert dropped == e.AudioDropped(reply_id="resp_1", size=9600, reason="the user spoke over it")
    talk.plays(200, "item_a2")
    before = len(talk.sent)
    talk.ends(status="cancelled", status_details={"reason": "turn_detected"})
    [rest] = talk.sent[before:]
    assert (rest["item_id"], rest["audio_end_ms"]) == ("item_a2", 0)
    assert talk.plays(100, "item_a3", "resp_2")[0].kind == "audio_received"


def test_the_estimate_outlives_the_whole_text() -> None:
    talk = Talk()
    talk.begins()
    where = {"response_id": "resp_1", "item_id": "item_a1", "content_index": 0}
    talk.says("response.output_audio_transcript.delta", delta="One two three four", **where)
    talk.plays(1000)
    talk.does(heard(500))
    said, corrected = talk.says(
        "response.output_audio_transcript.done", transcript="One two three four.", **where
    )
    assert isinstance(said, e.AgentResponded)
    assert isinstance(corrected, e.AgentCorrected)
    assert (corrected.original, corrected.corrected) == ("One two three four.", "One two")


def test_what_a_session_had_before_it_was_asked_does_not_count() -> None:
    talk = Talk(option(interrupt_response=False), begun=False)
    talk.says("session.created", session=example("session.created")["session"])
    assert talk.hears() == (e.AgentHeardStart(user_turn_id="item_u1", audio_ms=1760),)


@pytest.mark.parametrize("setup", [option(interrupt_response=False), option(turn_detection="none")])
def test_with_interruption_off_nothing_is_cut(setup: Setup) -> None:
    talk = Talk(setup)
    talk.begins()
    talk.plays(1000)
    [start] = talk.hears()
    assert isinstance(start, e.AgentHeardStart) and not start.yields
    assert talk.plays(100)[0].kind == "audio_received"
    assert talk.kinds() == ["session.update"]


def test_the_stop_key_ends_what_is_under_way_and_only_that() -> None:
    talk = Talk()
    talk.begins()
    talk.plays(1000)
    [cancel] = talk.does(StopReply(reply_id="resp_1"))
    assert (cancel["type"], cancel["response_id"]) == ("response.cancel", "resp_1")
    assert [frame["type"] for frame in talk.does(heard(400))] == ["conversation.item.truncate"]
    assert talk.does(StopReply(reply_id="resp_1")) == []
    assert talk.plays(100)[0].kind == "audio_dropped"
    talk.ends(status="cancelled")
    assert talk.does(StopReply(reply_id="resp_1")) == []


def test_a_replay_says_what_the_call_said() -> None:
    talk = Talk(Setup(first_message="Hi."))
    talk.begins(ours=True)
    talk.tells("Hi.")
    talk.plays(200)
    talk.ends()
    spoken(talk, reply="resp_2")
    talk.tells("One two three four five six.", "item_a2", "resp_2")
    talk.plays(2000, "item_a2", "resp_2")
    words(talk, "Count.")
    talk.hears("item_u2")
    talk.does(heard(1000, "resp_2"))
    talk.plays(500, "item_a2", "resp_2")
    talk.ends("resp_2", "cancelled")
    talk.heard("item_u2")
    talk.begins("resp_3")
    words(talk, "Stop.", "item_u2")
    talk.tells("Fine.", "item_a3", "resp_3")
    talk.ends("resp_3")
    talk.does(SendText(text="bye"))
    again = replayed(talk)
    assert lines(again) == lines(talk.events)
    assert lines(again) == [
        "agent Hi.", "you Count.", "agent One two three", "you Stop.", "agent Fine.", "you bye",
    ]  # fmt: skip
    assert [type(one) for one in again] == [type(one) for one in talk.events]


# ── Turns by key ─────────────────────────────────────────────────────────────────────────────────


def test_a_turn_by_key_is_what_was_said_while_it_was_held() -> None:
    talk = Talk(option(turn_detection="none"))
    assert [frame["type"] for frame in talk.does(BeginTurn())] == ["input_audio_buffer.clear"]
    talk.does(SendAudio(audio=SECOND))
    asked = talk.does(EndTurn())
    assert [frame["type"] for frame in asked] == ["input_audio_buffer.commit", "response.create"]
    assert talk.does(SendAudio(audio=SECOND)) == []  # silence between two turns
    assert talk.does(EndTurn()) == []


def test_a_turn_that_is_too_short_is_refused_with_a_sentence() -> None:
    talk = Talk(option(turn_detection="none"))
    talk.does(BeginTurn())
    talk.does(SendAudio(audio=SECOND[:4320]))
    step = talk.codec.send(EndTurn())
    [erred] = step.events
    assert step.frames == () and isinstance(erred, e.ProtocolErred)
    assert erred.reason == "not sent: a turn of 90 ms is too short: hold the key for 100 ms"


def test_a_microphone_that_is_closed_from_the_start_sends_nothing() -> None:
    talk = Talk(option(turn_detection="none"))
    assert talk.does(EndTurn()) == talk.does(SendAudio(audio=SECOND)) == []
    assert [frame["type"] for frame in talk.does(BeginTurn())] == ["input_audio_buffer.clear"]


def test_where_the_server_ends_turns_a_key_does_not() -> None:
    talk = Talk()
    talk.does(SendAudio(audio=SECOND))
    assert talk.does(EndTurn()) == talk.does(BeginTurn()) == []
    assert len(talk.does(SendAudio(audio=SECOND))) == 1


# ── Other commands ───────────────────────────────────────────────────────────────────────────────


def test_context_is_told_without_asking_for_a_reply_and_replaced_by_its_id() -> None:
    talk = Talk()
    [told] = talk.does(SendContext(text="on page 3", context_id="page"))
    assert told["item"]["role"] == "system"
    assert talk.events[-1] == e.ContextSent(text="on page 3")
    gone, _ = talk.does(SendContext(text="on page 4", context_id="page"))
    assert gone["item_id"] == told["item"]["id"]
    assert "response.create" not in talk.kinds()


def test_an_approval_is_answered_by_the_question_s_id() -> None:
    talk = Talk()
    [answer] = talk.does(AnswerMcp(call_id="m1", approved=False))
    assert answer["item"].items() >= {"approval_request_id": "m1", "approve": False}.items()
    assert talk.events[-1] == e.McpAnswered(call_id="m1", approved=False)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (SendText(text=" "), "a text must not be blank"),
        (SendText(text="\ud83d"), "it is no text"),
        (SendFeedback(reply_id="r"), "no frame for SendFeedback"),
        (SendAudio(audio=b"123"), "ends within a sample"),
    ],
)
def test_what_the_wire_cannot_carry_is_refused_in_words(command: Any, reason: str) -> None:
    step = Talk().codec.send(command)
    [erred] = step.events
    assert step.frames == () and isinstance(erred, e.ProtocolErred) and reason in erred.reason
