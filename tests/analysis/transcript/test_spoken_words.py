"""How far a reply has been spoken, at any time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.entries import entries, ns
from tui import events as e
from tui.analysis.transcript.spoken_words import SpokenFold, SpokenText
from tui.events import Alignment, AudioFormat, Encoding, Event

PCM = AudioFormat(Encoding.PCM, 16_000)
STARTED = e.ConversationStarted(conversation_id="c", input_format=PCM, output_format=PCM)


def speech(text: str, ms_per_char: int = 100, event_id: int = 1, aligned: bool = True) -> Event:
    """Audio in which each character of `text` takes as long."""
    starts = tuple(i * ms_per_char for i in range(len(text)))
    alignment = Alignment(tuple(text), starts, (ms_per_char,) * len(text))
    size = len(text) * ms_per_char * 32
    return e.AudioReceived(
        audio=bytes(size), reply_id=event_id, alignment=alignment if aligned else None
    )


def heard(ms: float, event_id: int = 1) -> Event:
    return e.PlaybackStarted(reply_id=event_id, at_ns=ns(ms))


def fold(*events: Event) -> SpokenFold:
    spoken = SpokenFold()
    for entry in entries(*((0.0, event) for event in (STARTED, *events))):
        spoken.add(entry)
    return spoken


def at(ms: float, text: str, *events: Event) -> str | None:
    count = fold(*events).spoken(1, text, ns(ms))
    return None if count is None else text[:count]


@pytest.mark.parametrize(
    ("ms", "spoken"),
    [(999, ""), (1000, "H"), (1250, "Hey"), (1350, "Hey y"), (1650, "Hey you"), (9999, "Hey you")],
)
def test_text_is_spoken_as_it_is_heard(ms: float, spoken: str) -> None:
    # Two frames: the times of the second follow the first. Its last sound is known to have come.
    script = speech("Hey"), heard(1000), speech("you")
    assert at(ms, "Hey you", *script) == spoken


def test_stretches_of_alignment_lie_end_to_end_whatever_the_frames_are() -> None:
    """Frames of 250 ms that bring 300, 100 and 350 ms: none but the first begins with its frame."""
    frames = [
        e.AudioReceived(
            audio=bytes(250 * 32),
            reply_id=1,
            alignment=Alignment(tuple(chars), tuple(50 * n for n in range(len(chars))), times),
        )
        for chars, times in (("abcdef", (50,) * 6), ("gh", (50,) * 2), ("ijklmno", (50,) * 7))
    ]
    script = *frames, heard(1000)
    assert at(1251, "abcdefghijklmno", *script) == "abcdef"
    assert at(1301, "abcdefghijklmno", *script) == "abcdefg"
    assert at(1401, "abcdefghijklmno", *script) == "abcdefghi"
    done = e.PlaybackFinished(reply_id=1, at_ns=ns(1700), heard_ms=700)  # the times told too much
    assert at(1700, "abcdefghijklmno", *script, done) == "abcdefghijklmno"


def test_without_alignment_or_without_audio_nothing_is_guessed() -> None:
    assert at(2000, "Hey", speech("Hey", aligned=False), heard(1000)) is None
    assert at(2000, "Hey") is None


def test_before_it_sounds_nothing_is_spoken() -> None:
    assert at(99_999, "Hey", speech("Hey")) == ""


def test_a_reply_that_ran_dry_stands_still_and_goes_on_after_the_gap() -> None:
    dry = speech("abc"), heard(0)
    assert at(5000, "abcdef", *dry) == "abc"
    gap = e.AudioGlitched(what="gap", gap_ms=700)
    assert at(1050, "abcdef", *dry, speech("def"), gap) == "abcd"


def test_a_cut_reply_stays_where_it_was_cut() -> None:
    cut = e.PlaybackFlushed(
        reply_id=1, at_ns=ns(250), heard_ms=250, dropped_ms=350, cause="interruption"
    )
    script = speech("abcdef"), heard(0), cut
    assert at(9999, "abcdef", *script) == "abc"
    assert fold(*script).playing is None


def test_a_reply_that_begins_again_goes_on_from_where_it_ended() -> None:
    done = e.PlaybackFinished(reply_id=1, at_ns=ns(300), heard_ms=300)
    script = speech("abc"), heard(0), done, speech("def"), heard(5000)
    assert at(5050, "abc def", *script) == "abc d"
    assert at(9000, "abc def", *script) == "abc def"


def test_what_was_flushed_is_not_spoken_later() -> None:
    cut = e.PlaybackFlushed(
        reply_id=1, at_ns=ns(150), heard_ms=150, dropped_ms=150, cause="interruption"
    )
    script = speech("abc"), heard(0), cut, speech("xyz"), heard(5000)
    assert at(4999, "abxyz", *script) == "ab"
    assert at(5060, "abxyz", *script) == "abx"


def test_the_reply_that_is_heard_is_known() -> None:
    assert fold(speech("abc"), heard(0)).playing == 1
    done = e.PlaybackFinished(reply_id=1, at_ns=ns(300), heard_ms=300)
    assert fold(speech("abc"), heard(0), done).playing is None


def test_an_alignment_may_come_apart_from_its_audio() -> None:
    later = e.AlignmentReceived(reply_id=1, alignment=Alignment(("a", "b"), (0, 100), (100, 100)))
    assert at(50, "ab", speech("ab", aligned=False), later, heard(0)) == "a"


def test_a_new_conversation_counts_its_replies_from_the_start() -> None:
    opening = e.LinkOpening(target="x", provider="local")
    assert at(50, "ab", speech("ab"), heard(0), opening) is None


@pytest.mark.parametrize(
    ("said", "text", "count", "spoken"),
    [
        ("Hi  there", "Hi there", 5, "Hi t"),
        (" Hi", "Hi", 1, ""),
        ("HI THERE", "Hi there", 4, "Hi t"),
        ("Hi there", "Hi\nthere", 3, "Hi"),
        ("Hi", "Hi there, friend", 2, "Hi"),
        ("Hi there", "Hi", 8, "Hi"),
        # What is said in words is spoken once the next word that both have is.
        ("it costs five dollars today", "it costs $5 today", 27, "it costs $5 today"),
        ("it costs five dollars today", "it costs $5 today", 8, "it costs"),
        ("", "Hi", 0, ""),
    ],
)
def test_spoken_characters_need_not_be_those_of_the_text(
    said: str, text: str, count: int, spoken: str
) -> None:
    assert text[: SpokenText().index(list(said), text, count)] == spoken


@given(st.text(max_size=30), st.text(max_size=30))
def test_more_speech_is_never_less_text(said: str, text: str) -> None:
    mapped = SpokenText()
    ends = [mapped.index(list(said), text, count) for count in range(len(said) + 2)]
    assert ends == sorted(ends)
    assert all(0 <= end <= len(text) for end in ends)
