"""Turns and their figures by table: what happened when, and what that makes the wait."""

import pytest

from tests.entries import entries, numbers
from tui import events as e
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.turn import Turn, TurnSource
from tui.events import Event

Script = list[tuple[float, Event]]


def said(event_id: int, text: str = "hi") -> Event:
    return e.UserTranscribed(text=text, user_turn_id=event_id)


def guessed(event_id: int, text: str = "h") -> Event:
    return e.UserTranscriptGuessed(text=text, user_turn_id=event_id)


def replied(event_id: int, text: str = "hello") -> Event:
    return e.AgentResponded(text=text, reply_id=event_id)


def audio(event_id: int) -> Event:
    return e.AudioReceived(audio=b"\0\0", reply_id=event_id)


def stopped(ms: float) -> Event:
    return e.SpeechStopped(at_ns=round(ms * 1e6))


def started(ms: float) -> Event:
    return e.SpeechStarted(at_ns=round(ms * 1e6))


def heard(event_id: int, ms: float) -> Event:
    return e.PlaybackStarted(reply_id=event_id, at_ns=round(ms * 1e6))


def flushed(
    event_id: int, ms: float, dropped_ms: float = 640, cause: str = "interruption"
) -> Event:
    return e.PlaybackFlushed(
        reply_id=event_id,
        at_ns=round(ms * 1e6),
        heard_ms=900,
        dropped_ms=dropped_ms,
        cause=cause,
    )


def typed(text: str = "hi") -> Event:
    return e.TextSent(text=text)


OPENING = e.LinkOpening(target="local agent", provider="local")
INTERRUPTED = e.Interrupted(reply_id=9)
PCM = e.AudioFormat(e.Encoding.PCM, 16_000)
STARTED = e.ConversationStarted(conversation_id="c", input_format=PCM, output_format=PCM)


def fold(script: Script) -> TurnFold:
    turns = TurnFold()
    for entry in entries(*script):
        turns.add(entry)
    return turns


def of_reply(script: Script, event_id: int) -> Turn:
    turn = fold(script).of_reply(event_id)
    assert turn is not None
    return turn


# ── Counting ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([OPENING, replied(1), audio(1)], [0, 0, 0]),
        ([replied(1), typed(), replied(2), typed()], [0, 1, 1, 2]),
        ([guessed(2), guessed(2), said(2), replied(3), audio(3)], [1, 1, 1, 1, 1]),
        ([said(2), said(2), said(3)], [1, 1, 2]),
        ([replied(2), said(2), audio(2)], [0, 1, 1]),  # a transcript after its reply
        ([said(2), OPENING, said(2)], [1, 1, 2]),  # ids begin again in a new conversation
        ([guessed(2), said(3)], [1, 1]),  # the interruption between them took an id
        ([guessed(2), replied(2), said(3)], [1, 1, 2]),
        ([guessed(2), audio(1), said(3)], [1, 1, 1]),  # of the reply before
        ([said(1), guessed(2), audio(1), said(3)], [1, 2, 2, 2]),
        ([said(1), audio(1), guessed(2), audio(1), said(3)], [1, 1, 2, 2, 2]),
        ([said(1), audio(1), guessed(2), audio(0), said(3)], [1, 1, 2, 2, 3]),
        ([guessed(2), typed(), said(3)], [1, 2, 3]),
    ],
)
def test_turns_are_counted(script: list[Event], expected: list[int]) -> None:
    assert numbers(entries(*((i, event) for i, event in enumerate(script)))) == expected


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────

FIRST_MESSAGE: Script = [(0, OPENING), (10, replied(1)), (12, audio(1)), (60, heard(1, 70))]


def test_the_first_message_answers_nobody_and_has_no_figures() -> None:
    turn = of_reply(FIRST_MESSAGE, 1)
    assert turn.source is TurnSource.NOBODY
    assert (turn.first_byte_ms, turn.ear_ms, turn.reply_text_ms, turn.anchor) == (
        None,
        None,
        None,
        "",
    )
    assert turn.first_audio_ns == 12_000_000


@pytest.mark.parametrize(
    "script",
    [
        # The usual order, with ids of their own for the transcript and the reply.
        [(1000, stopped(900)), (1100, said(2)), (1300, replied(3)), (1350, audio(3))],
        # One id for both.
        [(1000, stopped(900)), (1100, said(3)), (1300, replied(3)), (1350, audio(3))],
        # The transcript comes after the reply that it caused.
        [(1000, stopped(900)), (1300, replied(3)), (1310, said(3)), (1350, audio(3))],
        # Guesses come while the user speaks; an earlier pause is not the end.
        [(500, guessed(3)), (700, stopped(600)), (1000, stopped(900)), (1300, replied(3)),
         (1350, audio(3))],
        # The local detector is sure only after the reply has begun.
        [(800, said(2)), (1300, replied(3)), (1350, audio(3)), (1360, stopped(900))],
        # A late stop of the next utterance is not this turn's.
        [(1000, stopped(900)), (1100, said(2)), (1300, replied(3)), (1350, audio(3)),
         (2500, stopped(2400))],
    ],
)  # fmt: skip
def test_a_spoken_turn_is_measured_from_the_end_of_speech(script: Script) -> None:
    turn = of_reply([*FIRST_MESSAGE, *script, (3000, heard(3, 1400))], 3)
    assert turn.source is TurnSource.VOICE
    assert turn.anchor == "local detector"
    assert turn.reply_text_ms == pytest.approx(400)
    assert turn.first_byte_ms == pytest.approx(450)
    assert turn.ear_ms == pytest.approx(500)


def test_a_typed_turn_is_measured_from_the_typing() -> None:
    turn = of_reply(
        [
            *FIRST_MESSAGE,
            (1000, typed()),
            (1200, audio(2)),
            (1210, replied(2)),
            (1, heard(2, 1250)),
        ],
        2,
    )
    assert turn.anchor == "typed"
    assert (turn.first_byte_ms, turn.reply_text_ms, turn.ear_ms) == (200, 210, 250)


def test_what_was_not_seen_is_absent() -> None:
    deaf = of_reply([(0, said(2)), (100, replied(3)), (110, audio(3))], 3)
    assert (deaf.first_byte_ms, deaf.anchor) == (None, "")
    mute = of_reply([(0, typed()), (100, replied(3))], 3)
    assert (mute.reply_text_ms, mute.first_byte_ms, mute.ear_ms) == (100, None, None)


def test_an_old_end_of_speech_is_used_once() -> None:
    turns = fold(
        [(1000, stopped(900)), (1100, said(2)), (1300, audio(3)), (9000, said(4)), (9300, audio(5))]
    )
    assert [turn.first_byte_ms for turn in turns.turns] == [400, None]


def test_a_second_reply_to_one_turn_has_no_wait_of_its_own() -> None:
    turns = fold([(0, typed()), (100, audio(2)), (5000, audio(3))])
    assert [turn.source for turn in turns.turns] == [TurnSource.TEXT, TurnSource.NOBODY]
    assert turns.turns[1].number == 1


def test_text_typed_before_the_first_message_waits_for_its_own_answer() -> None:
    """A first typed text interrupts the first message, which was no answer to it."""
    script: Script = [
        (0, OPENING), (10, typed()), (20, replied(1)), (25, audio(1)),
        (40, e.Interrupted(reply_id=1)), (110, replied(2)), (210, audio(2)),
    ]  # fmt: skip
    turns = fold(script)
    first, answer = turns.of_reply(1), turns.of_reply(2)
    assert first and answer
    assert (first.source, first.first_byte_ms) == (TurnSource.NOBODY, None)
    assert (answer.source, answer.first_byte_ms) == (TurnSource.TEXT, 200)


def test_an_interruption_by_voice_leaves_the_typed_turn_its_reply() -> None:
    script: Script = [
        (10, typed()), (110, audio(1)), (500, started(480)), (600, e.Interrupted(reply_id=1)),
    ]  # fmt: skip
    assert of_reply(script, 1).first_byte_ms == 100


def test_ids_of_another_conversation_are_other_turns() -> None:
    turns = fold([(0, OPENING), (1, typed()), (5, audio(2)), (9, OPENING), (10, audio(2))])
    assert [turn.conversation for turn in turns.turns] == [1, 2]
    assert turns.turns[1].source is TurnSource.NOBODY


# ── Barge-in ────────────────────────────────────────────────────────────────────────────────────

SPEAKING: Script = [(0, typed()), (100, audio(2)), (150, heard(2, 200))]


@pytest.mark.parametrize(
    ("script", "barge_in_ms"),
    [
        ([(1050, started(1000)), (1200, flushed(2, 1250))], 250),
        ([(1000, typed()), (1200, flushed(2, 1250))], 250),
        ([(1200, flushed(2, 1250)), (1300, started(1000))], 250),  # heard there before here
        ([(1200, flushed(2, 1250, cause="user"))], None),
        ([(1000, typed()), (1200, flushed(2, 1250, cause="user"))], None),
        ([(1200, flushed(2, 1250))], None),
        ([(1200, flushed(2, 1250)), (1300, started(1280))], None),  # began after the silence
    ],
)
def test_barge_in_runs_from_onset_to_silence(script: Script, barge_in_ms: float | None) -> None:
    turn = of_reply([*SPEAKING, *script], 2)
    assert turn.barge_in_ms == barge_in_ms
    assert turn.unheard_ms == 640
    assert turn.interrupted


def test_the_question_itself_is_no_barge_in() -> None:
    script: Script = [
        (50, started(10)), (400, stopped(300)), (410, said(1)), (500, audio(2)),
        (510, heard(2, 520)), (900, flushed(2, 950)),
    ]  # fmt: skip
    assert of_reply(script, 2).barge_in_ms is None


@pytest.mark.parametrize(
    ("event", "interrupted"),
    [
        (e.AgentCorrected(original="ab", corrected="a", reply_id=2), True),
        (e.AudioDropped(reply_id=2, size=9, reason="void"), True),
        (e.ReplySilenced(reply_id=2), False),  # nothing of it has come since
        (flushed(2, 900, dropped_ms=0), False),  # all of it had been heard
        (e.Interrupted(reply_id=3), False),  # may stop a tool's sound
        (e.PlaybackFinished(reply_id=2, at_ns=1, heard_ms=10), False),
    ],
)
def test_a_reply_is_interrupted_when_some_of_it_was_not_heard(
    event: Event, interrupted: bool
) -> None:
    assert of_reply([*SPEAKING, (900, started(1)), (950, event)], 2).interrupted is interrupted


def test_what_comes_of_a_silenced_reply_counts_as_unheard() -> None:
    late = e.AudioReceived(audio=bytes(3200), reply_id=2)  # 100 ms
    other = e.AudioReceived(audio=bytes(3200), reply_id=3)
    silenced = fold([
        (0, OPENING), (0, STARTED), (0, typed()), (10, late), (20, heard(2, 20)),
        (50, e.ReplySilenced(reply_id=2)), (51, late), (52, flushed(2, 50, 70, "user")),
        (60, late), (70, typed()), (80, other),
    ])  # fmt: skip
    assert [turn.unheard_ms for turn in silenced.turns] == [270, None]


def test_what_was_typed_over_is_a_reply_again_once_the_agent_gave_way() -> None:
    audio = e.AudioReceived(audio=bytes(3200), reply_id=2)
    typed_over = e.ReplySilenced(reply_id=2, cause="text")
    script: Script = [
        (0, OPENING), (0, STARTED), (0, typed()), (10, audio), (20, heard(2, 20)),
        (50, flushed(2, 58, 70, "text")), (50, typed_over), (51, typed()), (52, audio),
    ]  # fmt: skip
    cut = fold([*script, (60, e.Interrupted(reply_id=2)), (61, audio)]).turns[0]
    assert (cut.unheard_ms, cut.barge_in_ms, cut.interrupted) == (170, 8, True)


def test_files_are_a_turn_of_the_user_s() -> None:
    turn = fold([(0, e.FilesSent(file_ids=("f",), text="")), (30, replied(2))]).turns[0]
    assert (turn.source, turn.reply_text_ms) == (TurnSource.TEXT, 30)


def test_a_greeting_that_comes_after_a_text_is_no_answer_to_it() -> None:
    greeting = e.AgentResponded(text="Hello", reply_id=1, answers=())
    first, asked = fold([
        (0, e.TextSent(text="a", id="t1")), (10, greeting),
        (50, e.AgentResponded(text="b", reply_id=2, answers=("t1",))),
    ]).turns  # fmt: skip
    assert (first.source, first.reply_id, first.reply_text_ms) == (TurnSource.NOBODY, 1, None)
    assert (asked.source, asked.reply_id, asked.reply_text_ms) == (TurnSource.TEXT, 2, 50)


def test_a_reply_belongs_to_the_text_that_it_names() -> None:
    first, second = fold([
        (0, e.TextSent(text="a", id="t1")), (10, e.TextSent(text="b", id="t2")),
        (30, e.AgentResponded(text="to a", reply_id=1, answers=("t1",))),
        (70, e.AgentResponded(text="to b", reply_id=2, answers=("t2",))),
    ]).turns  # fmt: skip
    assert [(t.reply_id, t.reply_text_ms) for t in (first, second)] == [(1, 30), (2, 60)]


# ── What an agent tells of its replies ──────────────────────────────────────────────────────────

ASKED: Script = [
    (0, OPENING), (50, e.AgentHeardStart(user_turn_id="u1")), (200, e.TextSent(text="a", id="t1")),
    (300, e.AgentBegan(reply_id="r1", answers=("t1",))),
    (350, e.ToolCalled(name="look", call_id="c", parameters={}, reply_id="r1")),
]  # fmt: skip
"""A text, whose reply is a call alone, while the user speaks."""
RESULT = e.ToolAnswered(call_id="c", result="1", is_error=False, id="o1")


def taken(turn_id: str) -> Event:
    return e.UserTurnTaken(user_turn_id=turn_id)


def speech(reply_id: str) -> Event:
    return e.AudioReceived(audio=b"\0\0", reply_id=reply_id)


@pytest.mark.parametrize(
    ("end", "endpointing_ms"),
    [
        ([(1000, stopped(900)), (1100, taken("u1"))], 200),
        ([(950, taken("u1")), (1000, stopped(900))], 50),  # the local detector is late
        ([(90, stopped(80)), (100, taken("u1"))], 20),  # before the text
        ([(160, stopped(150)), (1100, taken("u1"))], 950),  # the text is between the two
    ],
)
def test_what_is_typed_while_the_user_speaks_has_figures_of_its_own(
    end: Script, endpointing_ms: float
) -> None:
    script = sorted([*ASKED, *end], key=lambda pair: pair[0])
    turns = fold([
        *script, (1200, RESULT), (1500, speech("r2")),
        (1510, e.PlaybackStarted(reply_id="r2", at_ns=1_520_000_000)),
        (2000, e.AgentBegan(reply_id="r3", answers=("o1",))), (2100, speech("r3")),
    ])  # fmt: skip
    voice, text = turns.of_reply("r2"), turns.of_reply("r3")
    assert voice and text and len(turns.turns) == 2
    assert (voice.source, text.source) == (TurnSource.VOICE, TurnSource.TEXT)
    ended_ms = (voice.stopped_ns or 0) / 1e6
    assert voice.endpointing_ms == endpointing_ms
    assert (voice.first_byte_ms, voice.ear_ms) == (1500 - ended_ms, 1520 - ended_ms)
    assert (text.first_byte_ms, text.tools_ms, voice.tools_ms) == (1900, 850, None)


def test_a_text_is_answered_by_the_reply_that_names_it_whatever_was_taken_since() -> None:
    turns = fold([
        (0, OPENING), (10, e.TextSent(text="a", id="t1")),
        (20, e.AgentBegan(reply_id="r1", answers=("t1",))),
        (40, stopped(30)), (50, taken("u1")), (60, speech("r1")), (90, speech("r2")),
    ])  # fmt: skip
    assert [(turn.source, turn.reply_id, turn.first_byte_ms) for turn in turns.turns] == [
        ("text", "r1", 50), ("voice", "r2", 60),
    ]  # fmt: skip


def test_a_result_is_told_in_the_turn_of_its_call_and_takes_no_other_turn_s_place() -> None:
    """The turn has a reply by then: words before the call."""
    turns = fold([
        (0, OPENING), (20, stopped(10)), (30, taken("u1")), (50, speech("r1")),
        (60, e.ToolCalled(name="look", call_id="c", parameters={}, reply_id="r1")),
        (90, stopped(80)), (95, taken("u2")), (100, RESULT),
        (110, e.AgentBegan(reply_id="r2", answers=("o1",))), (120, speech("r2")),
        (200, speech("r3")),
    ])  # fmt: skip
    assert [(t.number, t.source, t.reply_id, t.first_byte_ms) for t in turns.turns] == [
        (1, "voice", "r1", 40), (2, "voice", "r3", 120), (1, "", "r2", None),
    ]  # fmt: skip


def test_who_speaks_on_after_the_turn_was_taken_ends_the_next_one() -> None:
    turns = fold([
        (0, OPENING), (120, stopped(100)), (300, taken("u1")),
        (400, e.AgentHeardStart(user_turn_id="u2")), (820, stopped(800)), (1000, taken("u2")),
        (1300, speech("r2")),
    ])  # fmt: skip
    figures = [(turn.endpointing_ms, turn.first_byte_ms) for turn in turns.turns]
    assert figures == [(200, None), (200, 500)]
