"""Where the time of a turn went: the segments sum to its total, whatever is on record."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.turns.test_fold import (
    OPENING,
    Script,
    audio,
    flushed,
    fold,
    heard,
    of_reply,
    replied,
    said,
    started,
    stopped,
    typed,
)
from tests.entries import ns
from tui import events as e
from tui.analysis.entry import EntryStream
from tui.analysis.turns.barge_in import false_cause, heard_text, unheard_text
from tui.analysis.turns.figures import segment_spreads, unmeasured
from tui.analysis.turns.fold import TurnFold
from tui.analysis.turns.segments import (
    Name,
    Owner,
    Segment,
    barge_in_segments,
    reason,
    segments,
    total_ms,
)
from tui.analysis.turns.tool_span import ToolSpan
from tui.analysis.turns.turn import Turn, TurnSource
from tui.journal.reader import JournalReader
from tui.providers import open_codec

CALLS = Path(__file__).parents[2] / "data" / "journals"


def turns_of(name: str) -> list[Turn]:
    reader, turns = JournalReader.open(CALLS / name), TurnFold()
    provider = reader.opened().provider
    for entry in EntryStream(reader, lambda: open_codec(provider)).advance():
        turns.add(entry)
    reader.close()
    return turns.turns


def add_up(turn: Turn) -> None:
    """They follow each other without a hole, from the end of the user's turn to the last mark."""
    found = segments(turn)
    if not found:
        assert total_ms(turn) is None
        return
    assert found[0].begin_ns == turn.t0_ns
    assert all(one.end_ns == two.begin_ns for one, two in pairwise(found))
    assert all(one.ms > 0 for one in found)
    assert sum(one.ms for one in found) == pytest.approx(total_ms(turn), abs=0.001)


# ── Real calls of both providers ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("call", "anchor", "setting"),
    [
        ("spoken-elevenlabs.jsonl", "local detector", "turn_eagerness"),
        ("spoken-openai.jsonl", "server offset", "silence_duration_ms = 200"),
    ],
)
def test_on_every_turn_of_a_call_they_sum_to_its_total(
    call: str, anchor: str, setting: str
) -> None:
    turns = turns_of(call)
    asked = [turn for turn in turns if turn.source is TurnSource.VOICE]
    assert len(asked) == 5
    for turn in turns:
        add_up(turn)
    heard_turns = [turn for turn in asked if turn.ear_ms is not None]
    assert len(heard_turns) >= 4
    for turn in heard_turns:
        assert turn.anchor == anchor
        assert total_ms(turn) == turn.audible_ms, "silence at the head of a reply is no speech"
        before = [one.ms for one in segments(turn) if one.name is not Name.SILENCE]
        assert sum(before) == pytest.approx(turn.ear_ms, abs=0.001)
        assert {one.setting for one in segments(turn) if one.name is Name.ENDPOINTING} == {setting}
        owners = {one.owner for one in segments(turn)}
        assert owners == {Owner.AGENT, Owner.NETWORK, Owner.VOICESCOPE, Owner.DEVICE}
    whys = unmeasured(turns)
    assert sum(whys.values()) == len(asked) - len(heard_turns)


@pytest.mark.parametrize("call", ["spoken-elevenlabs.jsonl", "spoken-openai.jsonl"])
def test_a_barge_in_of_a_call_is_taken_apart(call: str) -> None:
    cut = next(turn for turn in turns_of(call) if turn.barge_in_ms is not None)
    found = barge_in_segments(cut)
    assert [one.name for one in found] == [Name.NOTICE, Name.CUT, Name.DEVICE]
    assert sum(one.ms for one in found) == pytest.approx(cut.barge_in_ms, abs=0.001)
    assert "old lighthouse" in (heard_text(cut) or "")
    assert (unheard_text(cut) or "").startswith("windy sea. Its keeper")
    assert false_cause(cut) == "" and cut.cut and cut.cut.words == "Stop."


# ── Any turn ─────────────────────────────────────────────────────────────────────────────────────

MOMENTS = st.one_of(st.none(), st.integers(1, 5_000_000_000))
TOOLS = st.builds(
    ToolSpan,
    name=st.just("lookup"),
    begun_ns=st.integers(1, 5_000_000_000),
    ended_ns=MOMENTS,
    ran_ns=st.one_of(st.none(), st.integers(0, 2_000_000_000)),
    asked_ns=MOMENTS,
    decided_ns=MOMENTS,
)


@given(
    st.builds(
        Turn,
        number=st.just(1),
        conversation=st.just(1),
        source=st.sampled_from(TurnSource),
        typed_ns=MOMENTS,
        stopped_ns=MOMENTS,
        placed_ns=MOMENTS,
        accepted_ns=MOMENTS,
        is_told=st.booleans(),
        reply_ns=MOMENTS,
        first_audio_ns=MOMENTS,
        heard_ns=MOMENTS,
        queued_ns=MOMENTS,
        audible_ns=MOMENTS,
        free_ns=MOMENTS,
        round_trip_ms=st.one_of(st.none(), st.floats(0, 3000)),
        interrupted=st.booleans(),
        onset_ns=MOMENTS,
        flushed_ns=MOMENTS,
        tools=st.lists(TOOLS, max_size=3),
    )
)
def test_they_sum_up_whatever_the_marks_are(turn: Turn) -> None:
    add_up(turn)
    assert (turn.ear_ms is None) == bool(reason(turn))


# ── What is what ─────────────────────────────────────────────────────────────────────────────────


def parts(turn: Turn) -> list[tuple[str, float]]:
    return [(one.name.value, round(one.ms, 3)) for one in segments(turn)]


SPOKEN: Script = [
    (0, OPENING),
    (10, e.ConversationStarted(
        conversation_id="c", input_format=e.USUAL_FORMAT, output_format=e.USUAL_FORMAT,
        endpointing="turn_eagerness",
    )),
    (500, started(100)), (1000, stopped(900)), (1400, said(2)), (1700, replied(2)),
    (1900, audio(2)),
]  # fmt: skip
HEARD = e.PlaybackStarted(reply_id=2, at_ns=ns(2000), queued_ns=ns(1960), buffer_ms=60)


def test_a_spoken_turn_by_its_marks() -> None:
    trip = e.RoundTripMeasured(reply_id=2, round_trip_ms=80, by="socket")
    audible = e.PlaybackAudible(reply_id=2, at_ns=ns(2150))
    turn = of_reply([*SPOKEN, (1901, trip), (2001, HEARD), (2101, audible)], 2)
    assert parts(turn) == [
        ("network", 40), ("endpointing", 420), ("network", 40), ("thinking", 300),
        ("synthesis", 200), ("start buffer", 60), ("device", 40), ("silence", 150),
    ]  # fmt: skip
    assert (turn.ear_ms, turn.audible_ms) == (1100, 1250)
    named = {one.name: one for one in segments(turn)}
    assert named[Name.ENDPOINTING].covers == ("recognising",)
    assert named[Name.ENDPOINTING].setting == "turn_eagerness"
    assert named[Name.BUFFER].setting == "start_buffer_ms = 60"
    assert named[Name.DEVICE].setting == "block_ms"


def test_what_is_not_told_apart_is_one_segment_that_says_so() -> None:
    old = e.PlaybackStarted(reply_id=2, at_ns=ns(2000))
    script: Script = [(1000, stopped(900)), (1900, audio(2)), (1910, said(2)), (2001, old)]
    turn = of_reply([(0, OPENING), *script], 2)
    assert parts(turn) == [("thinking", 1000), ("start buffer", 100)]
    thinking, buffer = segments(turn)
    assert thinking.covers == ("endpointing", "recognising", "synthesis")
    assert buffer.covers == ("device",)


def test_a_typed_turn_with_a_tool_that_waited_for_a_person() -> None:
    call = e.ToolCalled(name="lookup", call_id="c", parameters={}, reply_id=2)
    asked = e.ToolAsked(name="lookup", call_id="c", deadline_ns=ns(9000))
    done = e.ToolFinished(name="lookup", call_id="c", outcome="ok", elapsed_ms=300)
    script: Script = [
        (0, OPENING), (100, typed()), (300, call), (310, asked),
        (1310, e.ToolDecided(call_id="c", approved=True, by="user")), (1610, done),
        (1800, audio(2)), (1801, e.PlaybackStarted(reply_id=2, at_ns=ns(1880), queued_ns=ns(1830))),
    ]  # fmt: skip
    turn = of_reply(script, 2)
    assert parts(turn) == [
        ("thinking", 210), ("approval", 1000), ("tool", 300), ("thinking", 190),
        ("start buffer", 30), ("device", 50),
    ]  # fmt: skip
    assert [(one.what, one.owner.value) for one in segments(turn)[1:3]] == [
        ("lookup", "you"), ("lookup", "tool"),
    ]  # fmt: skip
    assert turn.agent_ms == 400


def test_a_reply_that_waits_for_the_one_before_it_says_so() -> None:
    script: Script = [
        (0, OPENING), (10, audio(1)), (20, heard(1, 60)), (100, typed()), (200, audio(2)),
        (700, e.PlaybackFinished(reply_id=1, at_ns=ns(690), heard_ms=630)),
        (701, e.PlaybackStarted(reply_id=2, at_ns=ns(700), queued_ns=ns(500))),
    ]  # fmt: skip
    late = [*script[:-2], script[-1], script[-2]]  # its end is known after the next began
    for told in (script, late):
        turn = of_reply(told, 2)
        assert parts(turn) == [("thinking", 100), ("earlier speech", 490), ("device", 10)]


def test_the_servers_count_of_the_sent_audio_is_the_end_of_speech_where_it_is_told() -> None:
    placed = e.SpeechPlaced(user_turn_id=2, edge="end", at_ns=ns(950))
    taken = e.UserTurnTaken(user_turn_id=2, endpointing="silence_duration_ms = 500")
    began = e.SpeechPlaced(user_turn_id=2, edge="start", at_ns=ns(90))
    script: Script = [
        (0, OPENING), (90, began), (1000, stopped(900)), (1300, placed), (1310, taken),
        (1900, audio(2)), (2001, HEARD),
    ]  # fmt: skip
    turn = of_reply(script, 2)
    assert (turn.anchor, turn.ear_ms, turn.endpointing_ms) == ("server offset", 1050, 360)
    assert segments(turn)[0].setting == "silence_duration_ms = 500"
    assert segments(turn)[0].covers == ()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ([(10, audio(2)), (20, heard(2, 30))], "the agent spoke unasked"),
        ([(10, typed())], "no reply came"),
        ([(10, typed()), (20, replied(2))], "the reply has no sound"),
        ([(10, typed()), (20, audio(2))], "not played"),
        ([(10, typed()), (20, audio(2)), (30, flushed(2, 30))], "cut before it was heard"),
        (
            [(10, said(2)), (20, audio(2)), (30, heard(2, 40))],
            "the end of your speech is not known",
        ),
        ([(10, typed()), (20, audio(2)), (30, heard(2, 40))], ""),
    ],
)
def test_a_turn_without_a_figure_says_why(script: Script, why: str) -> None:
    turns = fold([(0, OPENING), *script])
    assert reason(turns.turns[-1]) == why
    assert unmeasured(turns.turns) == ({why: 1} if why and "unasked" not in why else {})


def test_spreads_are_of_the_turns_that_have_the_segment() -> None:
    first, second = of_reply([*SPOKEN, (2001, HEARD)], 2), of_reply(SPOKEN, 2)
    found = segment_spreads([first, second])
    assert list(found) == ["endpointing", "thinking", "synthesis", "start buffer", "device"]
    assert (found["endpointing"].count, found["device"].count) == (2, 1)
    assert found["endpointing"].median_ms == 500


# ── Barge-in ─────────────────────────────────────────────────────────────────────────────────────

SPEAKING: Script = [(0, OPENING), (10, typed()), (100, audio(2)), (150, heard(2, 200))]
CUT: Script = [
    (1050, started(1000)), (1200, e.Interrupted(reply_id=2)), (1203, flushed(2, 1240)),
    (1204, e.AgentCorrected(original="one two, three", corrected="one two...", reply_id=2)),
]  # fmt: skip
NEXT: Script = [(3000, audio(3))]


def test_a_barge_in_by_its_marks() -> None:
    turn = of_reply([*SPEAKING, *CUT], 2)
    parts = [(one.name.value, one.owner.value, one.ms) for one in barge_in_segments(turn)]
    assert parts == [
        ("notice", "agent", 200), ("cut", "VoiceScope", 3), ("device", "device", 37),
    ]  # fmt: skip
    assert (heard_text(turn), unheard_text(turn)) == ("one two...", ", three")
    typed_over = of_reply([*SPEAKING, (1000, typed()), (1001, flushed(2, 1030, cause="text"))], 2)
    assert [one.name for one in barge_in_segments(typed_over)] == [Name.DEVICE]
    assert false_cause(typed_over) == ""


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        ([(1300, stopped(1290)), (1400, said(4, "stop, please"))], ""),
        ([(1300, stopped(1290)), (1400, said(4, "Uh huh."))], "a sign of listening"),
        ([(1300, stopped(1290)), *NEXT], "a sound of 290 ms without words"),
        ([(2300, stopped(2290)), *NEXT], "understood no words"),
        ([(1300, stopped(1290)), *NEXT, (3100, said(4, "late words"))], ""),
        ([(1300, stopped(1290))], ""),  # not known yet
    ],
)
def test_what_caused_a_false_interruption(after: Script, cause: str) -> None:
    found = false_cause(of_reply([*SPEAKING, *CUT, *after], 2))
    assert cause in found and bool(cause) == bool(found)


def test_an_agent_that_heard_what_the_microphone_did_not() -> None:
    cut = [(1200, e.Interrupted(reply_id=2)), (1203, flushed(2, 1240))]
    assert "heard nobody" in false_cause(of_reply([*SPEAKING, *cut, *NEXT], 2))
    muted = (900, e.MicMuted(muted=True))
    assert "closed" in false_cause(of_reply([*SPEAKING, muted, *cut, *NEXT], 2))
    echo = (900, e.AudioWarned(side="input", what="echo", text="echo"))
    assert "heard itself" in false_cause(of_reply([*SPEAKING, echo, *cut, *NEXT], 2))


# ── How the sound flows ──────────────────────────────────────────────────────────────────────────


def test_a_late_piece_is_what_a_start_buffer_has_to_bridge() -> None:
    piece = e.AudioReceived(audio=bytes(3200), reply_id=2)  # 100 ms
    formats = SPOKEN[1]
    times = [100, 150, 320, 410, 3000, 3100]  # after a pause of its own it begins anew
    turn = of_reply([(0, OPENING), formats, (50, typed()), *((at, piece) for at in times)], 2)
    assert turn.late_ms == pytest.approx(20)


def test_talk_over_is_when_both_are_heard() -> None:
    script: Script = [
        *SPEAKING, (700, started(600)), (950, stopped(900)), (1050, started(1000)),
        (1203, flushed(2, 1240)), (2000, stopped(1900)),
    ]  # fmt: skip
    assert fold(script).flow.talk_over_ms == pytest.approx(300 + 240)


def test_a_segment_is_as_long_as_it_is() -> None:
    assert Segment(Name.TOOL, Owner.TOOL, 1_000_000, 3_500_000).ms == 2.5
