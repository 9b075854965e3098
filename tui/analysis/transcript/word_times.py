"""When each word of a transcript sounded: for who clicks a word to hear it.

Knows entries, lines and turns; no screen. A reply's words are as the agent aligned them, as far as
they were heard; without an alignment, and for the user's own words, they are spread evenly over the
stretch of speech, which is an estimate and says so.
"""

import re
from typing import NamedTuple

from tui.analysis.entry import Entry
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line, Role
from tui.analysis.transcript.spoken_words import SpokenFold
from tui.analysis.turns.turn import NS_PER_MS, TurnSource
from tui.events import (
    AudioReceived,
    LinkOpening,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplyId,
    SpeechStarted,
    SpeechStopped,
)

_WORD = re.compile(r"\S+")
Stretch = tuple[int, int]
"""Monotonic ns."""


class Word(NamedTuple):
    """From this character of the line's shown text on; `at_ns` is monotonic."""

    begin: int
    at_ns: int


class Timed(NamedTuple):
    words: list[Word]
    estimated: bool


class WordTimes:
    """`transcript` is fed by somebody else, each entry before this one gets it."""

    def __init__(self, transcript: TranscriptFold) -> None:
        self._transcript = transcript
        self._spoken = SpokenFold()
        self._aligned: dict[Line, list[Word]] = {}
        self._sounded: dict[Line, Stretch] = {}
        self._begun: dict[ReplyId, int] = {}
        self._came: dict[ReplyId, Stretch] = {}
        """Of replies that were not played here: as they came."""
        self._said: list[Stretch] = []
        self._onset_ns: int | None = None

    def add(self, entry: Entry) -> None:
        self._spoken.add(entry)
        for event in entry.events:
            match event:
                case LinkOpening():
                    self._settle()
                case PlaybackStarted(reply_id=key, at_ns=at_ns):
                    self._begun[key] = at_ns
                case PlaybackFinished(reply_id=key, at_ns=at_ns):
                    self._ended(key, at_ns)
                case PlaybackFlushed(reply_id=key, at_ns=at_ns):
                    self._ended(key, at_ns)
                case AudioReceived(reply_id=key):
                    begin, end = self._came.get(key, (entry.time_ns, entry.time_ns))
                    end = max(end, entry.time_ns) + round((entry.audio_ms or 0.0) * NS_PER_MS)
                    self._came[key] = begin, end
                case SpeechStarted(at_ns=at_ns):
                    self._onset_ns = at_ns
                case SpeechStopped(at_ns=at_ns) if self._onset_ns is not None:
                    self._said.append((self._onset_ns, at_ns))
                    self._onset_ns = None
                case _:
                    pass

    def stretch(self, line: Line) -> Stretch:
        """When it sounded; a line that did not is a moment."""
        self._settle()
        found = self._sounded.get(line)
        if line.role is Role.YOU and line.source is TurnSource.VOICE:
            found = self._speech(line)
        return found or (line.time_ns, line.time_ns)

    def of(self, line: Line) -> Timed:
        """Its words, without those that were not heard."""
        begin, end = self.stretch(line)
        if line in self._aligned:
            return Timed(self._aligned[line], estimated=False)
        text = line.shown
        if end <= begin or not text:
            return Timed([], estimated=False)
        each = (end - begin) / len(text)
        words = [Word(at, round(begin + at * each)) for at in _begins(text)]
        return Timed(words, estimated=True)

    def _ended(self, reply_id: ReplyId, at_ns: int) -> None:
        """What was heard of it up to now, before it may go on."""
        begin_ns = self._begun.pop(reply_id, None)
        line = self._transcript.of_reply(reply_id)
        if begin_ns is None or line is None or at_ns <= begin_ns:
            return
        self._came.pop(reply_id, None)
        self._sounded[line] = self._sounded.get(line, (begin_ns, 0))[0], at_ns
        if self._spoken.spoken(reply_id, line.text, at_ns) is None:
            return
        known = self._aligned.setdefault(line, [])
        done = known[-1].begin if known else -1
        for place in _begins(line.text):
            if place > done and (found := self._when(reply_id, line.text, place, begin_ns, at_ns)):
                known.append(Word(place, found))

    def _when(self, reply_id: ReplyId, text: str, place: int, low: int, high: int) -> int | None:
        """The first moment at which more than `place` characters were spoken; None for never."""

        def is_spoken(at_ns: int) -> bool:
            return (self._spoken.spoken(reply_id, text, at_ns) or 0) > place

        if not is_spoken(high):
            return None
        while high - low > NS_PER_MS:
            middle = (low + high) // 2
            low, high = (low, middle) if is_spoken(middle) else (middle, high)
        return high

    def _settle(self) -> None:
        """Replies that have no end on record, or were not played here."""
        for reply_id, stretch in self._came.items():
            line = self._transcript.of_reply(reply_id)
            if line is not None and reply_id not in self._begun:
                self._sounded.setdefault(line, stretch)
        self._came.clear()

    def _speech(self, line: Line) -> Stretch | None:
        turn = next((t for t in self._transcript.turns.turns if t.number == line.turn), None)
        if turn is None or turn.stopped_ns is None:
            return None
        before = [t.stopped_ns for t in self._transcript.turns.turns if t.number < line.turn]
        since = max((at for at in before if at is not None), default=0)
        parts = [part for part in self._said if since < part[1] <= turn.stopped_ns]
        return (parts[0][0], parts[-1][1]) if parts else None


def _begins(text: str) -> list[int]:
    return [found.start() for found in _WORD.finditer(text)]
