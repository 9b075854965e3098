"""Builds entries from events, as a journal would give them."""

from collections.abc import Iterable

from tui.analysis.entry import Entry
from tui.analysis.sound_lengths import SoundLengths
from tui.analysis.turns.counter import TurnCounter
from tui.events import (
    AudioReceived,
    AudioSent,
    Event,
    Fact,
    FilesSent,
    InitiationSent,
    PongSent,
    ProtocolErred,
    TextSent,
)
from tui.events import ToolAnswered as _ToolAnswered
from tui.journal.record import Direction

MS = 1_000_000
_SENT = (AudioSent, FilesSent, InitiationSent, PongSent, TextSent, _ToolAnswered)


def ns(ms: float) -> int:
    return round(ms * MS)


def entries(*happened: tuple[float, Event]) -> list[Entry]:
    """One entry an event, each at its time in ms, numbered and counted like a session's."""
    counter, sound = TurnCounter(), SoundLengths()
    return [_entry(number, *it, counter, sound) for number, it in enumerate(happened)]


def _entry(
    number: int, ms: float, event: Event, counter: TurnCounter, sound: SoundLengths
) -> Entry:
    sound.learn((event,))
    audio = event.audio if isinstance(event, (AudioReceived, AudioSent)) else b""
    direction = _direction(event)
    return Entry(
        number=number,
        time_ns=ns(ms),
        direction=direction,
        kind=event.kind,
        size=100 + len(audio),
        turn=counter.observe((event,)),
        level=None,
        events=(event,),
        audio_ms=sound.of(direction, (event,), len(audio), lambda: audio) if audio else None,
    )


def _direction(event: Event) -> Direction:
    if isinstance(event, Fact) and not isinstance(event, ProtocolErred):  # of a frame, mostly
        return Direction.FACT
    return Direction.SENT if isinstance(event, _SENT) else Direction.RECEIVED


def numbers(counted: Iterable[Entry]) -> list[int]:
    return [entry.turn for entry in counted]
