"""Ids are names: what numbers in order give, texts in no order give as well."""

import msgspec
import pytest

from tests.analysis.turns.test_fold import (
    OPENING,
    audio,
    flushed,
    guessed,
    heard,
    replied,
    said,
    started,
    stopped,
    typed,
)
from tests.entries import entries
from tui import events as e
from tui.analysis.records.annotations import AnnotationFold
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.spoken_words import SpokenFold
from tui.events import Event, ReplyId

NAMES: dict[ReplyId | None, str] = {1: "resp_q", 2: "resp_b", 3: "item_z", 4: "2", 5: "resp_a"}

SCRIPT: list[tuple[float, Event]] = [
    (0, OPENING),
    (10, typed()),
    (20, replied(1, "Hello")),
    (25, audio(1)),
    (40, e.Interrupted(reply_id=1)),
    (41, e.AudioDropped(reply_id=1, size=9, reason="void")),
    (110, replied(2, "Noon.")),
    (120, audio(2)),
    (130, heard(2, 140)),
    (300, started(290)),
    (310, guessed(3, "and")),
    (320, audio(2)),
    (330, flushed(2, 335)),
    (335, e.AgentCorrected(original="Noon.", corrected="No", reply_id=2)),
    (340, e.Interrupted(reply_id=2)),
    (400, stopped(390)),
    (410, replied(4, "late words")),
    (420, said(4, "and then")),
    (430, e.ToolCalled(name="look", call_id="t", parameters={}, reply_id=4)),
    (440, e.ReplySilenced(reply_id=4, cause="text")),
    (445, audio(4)),
    (
        450,
        said(
            3,
            "and when",
        ),
    ),
    (460, replied(5, "Bye")),
]


def named(event: Event) -> Event:
    """The same under names, in no order."""
    ids = {
        name: getattr(event, name)
        for name in ("reply_id", "user_turn_id")
        if getattr(event, name, None) is not None
    }
    return msgspec.structs.replace(event, **{name: NAMES[key] for name, key in ids.items()})


def told(script: list[tuple[float, Event]]) -> tuple[list[list[object]], list[ReplyId | None]]:
    transcript, notes, spoken = TranscriptFold(), AnnotationFold(), SpokenFold()
    playing: list[ReplyId | None] = []
    for entry in entries(*script):
        transcript.add(entry)
        notes.add(entry)
        spoken.add(entry)
        playing.append(spoken.playing)
    lines: list[object] = [
        (line.role, line.shown, line.final, line.first_byte_ms, line.ear_ms, line.interrupted)
        for line in transcript.lines
    ]
    turns: list[object] = [
        (turn.number, turn.source, turn.first_byte_ms, turn.barge_in_ms, turn.interrupted)
        for turn in transcript.turns.turns
    ]
    return [lines, turns, [notes.of(number) != [] for number in range(len(script))]], playing


def test_names_in_no_order_give_the_same_lines_turns_and_notes() -> None:
    by_number, playing = told(SCRIPT)
    by_name, named_playing = told([(at, named(event)) for at, event in SCRIPT])
    assert by_name == by_number
    assert named_playing == [NAMES.get(one) for one in playing]
    assert len(by_number[0]) >= 7 and len(by_number[1]) >= 4


@pytest.mark.parametrize("fact", [
    e.PlaybackStarted(reply_id="resp_q", at_ns=1), e.ReplySilenced(reply_id=7),
    e.YieldSettled(reply_id="resp_b", confirmed=True, elapsed_ms=1.0),
])  # fmt: skip
def test_a_journal_says_event_id_and_is_read_back(fact: Event) -> None:
    text = msgspec.json.encode(fact)
    assert b'"event_id":' in text and b"reply_id" not in text
    assert msgspec.json.decode(text, type=e.Fact) == fact


def test_a_journal_of_before_is_read() -> None:
    text = b'{"kind":"playback_started","event_id":3,"at_ns":9}'
    assert msgspec.json.decode(text, type=e.Fact) == e.PlaybackStarted(reply_id=3, at_ns=9)
