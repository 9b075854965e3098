"""How far into a reply's text its speech has come: what to show as spoken, word by word.

Knows entries; no clock, no screen. Needs the agent's alignment of characters to times; without
it nothing is guessed.

Theory of operation. Alignments come in stretches, which are laid end to end over the whole reply:
the times of each begin where the one before ended, whatever frames of audio they came with. What
is heard began at `PlaybackStarted.at_ns` and goes on with the clock, less the gaps in which the
reply ran dry, until it is flushed or finished. It may begin again under the same id, behind a tool
call say: then it goes on from where it ended, and what was flushed is out of it. The characters
that are spoken need not be those of the text (spaces, numbers in words): `SpokenText` maps them.
"""

from bisect import bisect_right
from difflib import SequenceMatcher
from itertools import accumulate

from tui.analysis.entry import Entry
from tui.analysis.turns.turn import NS_PER_MS
from tui.events import (
    Alignment,
    AlignmentReceived,
    AudioGlitched,
    AudioReceived,
    Event,
    LinkOpening,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplyId,
)

ROUNDING_MS = 1.0
"""What the device counts and what the wire counts may differ by, at the end of a reply."""


class SpokenFold:
    """The replies of the present conversation."""

    def __init__(self) -> None:
        self._replies: dict[ReplyId, _Reply] = {}
        self.playing: ReplyId | None = None
        """The reply that is being heard."""

    def add(self, entry: Entry) -> None:
        for event in entry.events:
            self._add(event, entry.audio_ms)

    def spoken(self, reply_id: ReplyId, text: str, now_ns: int) -> int | None:
        """How many characters of the reply's `text` have been heard at `now_ns` (monotonic).

        None where the agent sent no alignment for this reply, or it is not known how long its
        audio sounds."""
        reply = self._replies.get(reply_id)
        if reply is None or not reply.chars or not reply.is_timed:
            return None
        return reply.text.index(reply.chars, text, reply.heard(now_ns))

    def _add(self, event: Event, audio_ms: float | None) -> None:
        match event:
            case LinkOpening():
                self._replies, self.playing = {}, None
            case AudioGlitched(what="gap", gap_ms=gap_ms) if self.playing is not None:
                self._reply(self.playing).gap_ms += gap_ms
            case PlaybackStarted(reply_id=key, at_ns=at_ns):
                self.playing = key
                self._reply(key).start(at_ns)
            case PlaybackFinished(reply_id=key, heard_ms=heard_ms):
                self._reply(key).finish(heard_ms)
                self.playing = None if self.playing == key else self.playing
            case PlaybackFlushed(reply_id=key, heard_ms=heard_ms):
                self._reply(key).cut(heard_ms)
                self.playing = None if self.playing == key else self.playing
            case _:
                self._add_speech(event, audio_ms)

    def _add_speech(self, event: Event, audio_ms: float | None) -> None:
        match event:
            case AudioReceived(reply_id=key, alignment=alignment):
                self._reply(key).extend(audio_ms, alignment)
            case AlignmentReceived(reply_id=key, alignment=alignment):
                self._reply(key).align(alignment)
            case _:
                pass

    def _reply(self, reply_id: ReplyId) -> "_Reply":
        return self._replies.setdefault(reply_id, _Reply())


class _Reply:
    """What is known of one reply: its characters, in order, each with its start in ms."""

    def __init__(self) -> None:
        self.chars: list[str] = []
        self.starts_ms: list[float] = []
        self.text = SpokenText()
        self.gap_ms = 0.0
        self._started_ns: int | None = None
        self._began_ms = 0.0
        """Where in the reply the present playback began."""
        self._ended_ms: float | None = None
        """Where it ended, once it has."""
        self._length_ms = 0.0
        self._aligned_ms = 0.0
        """Where the next stretch of alignment begins."""
        self.is_timed = True
        """How long each of its frames sounds is known, and so how much of it has come."""

    def extend(self, length_ms: float | None, alignment: Alignment | None) -> None:
        self.is_timed = self.is_timed and length_ms is not None
        self._length_ms += length_ms or 0.0
        if alignment:
            self.align(alignment)

    def align(self, alignment: Alignment) -> None:
        begin = self._aligned_ms
        starts = (begin + max(start, 0) for start in alignment.starts_ms)
        self.chars += alignment.chars
        self.starts_ms += list(accumulate(starts, max, initial=begin))[1:]
        spans = zip(alignment.starts_ms, alignment.durations_ms, strict=False)
        self._aligned_ms += max((start + max(ms, 0) for start, ms in spans), default=0)

    def start(self, at_ns: int) -> None:
        if self._ended_ms is not None:
            self._began_ms, self._ended_ms, self.gap_ms = self._ended_ms, None, 0.0
        self._started_ns = at_ns

    def finish(self, heard_ms: float) -> None:
        """All that came has sounded; what comes now follows it."""
        self._ended_ms = self._aligned_ms = self._began_ms + heard_ms + ROUNDING_MS
        self.starts_ms = [min(start, self._ended_ms) for start in self.starts_ms]

    def cut(self, heard_ms: float) -> None:
        """What came and was not heard will not be: what comes now follows what was."""
        self._ended_ms = self._aligned_ms = self._began_ms + heard_ms
        self._length_ms = min(self._length_ms, self._ended_ms)
        count = bisect_right(self.starts_ms, self._ended_ms)
        del self.chars[count:], self.starts_ms[count:]
        self.text = SpokenText()

    def heard(self, now_ns: int) -> int:
        """How many of `chars` have begun to sound."""
        if self._started_ns is None:
            return 0
        position = self._began_ms + (now_ns - self._started_ns) / NS_PER_MS - self.gap_ms
        if self._ended_ms is not None:
            position = min(position, self._ended_ms)
        # Not further than what has come: a reply that ran dry stands still.
        return bisect_right(self.starts_ms, min(position, self._length_ms))


class SpokenText:
    """Maps spoken characters to places in a text; both only grow, so the last map is kept."""

    def __init__(self) -> None:
        self._known: tuple[int, str] = (0, "")
        self._ends = [0]

    def index(self, chars: list[str], text: str, count: int) -> int:
        """Where in `text` the first `count` of `chars` end."""
        if self._known != (len(chars), text):
            self._known = len(chars), text
            self._ends = _ends(chars, text)
        return self._ends[min(count, len(chars))]


def _ends(chars: list[str], text: str) -> list[int]:
    """For each number of `chars` spoken, how much of `text` that is. Spaces and case may differ."""
    letters = [
        (index, letter)
        for index, char in enumerate(text)
        if not char.isspace()
        for letter in char.casefold()  # one character may become two
    ]
    said = "".join("".join(chars).casefold().split())
    written = "".join(char for _, char in letters)
    places = _places(said, written)
    ends, done = [0], 0
    for char in chars:
        done += len("".join(char.casefold().split()))
        letter = places[min(done, len(said))]
        ends.append(min(letters[letter - 1][0] + 1, len(text)) if letter else 0)
    return ends


def _places(said: str, written: str) -> list[int]:
    """For each number of letters of `said`, how many letters of `written` they are."""
    if written.startswith(said) or said.startswith(written):
        return [min(count, len(written)) for count in range(len(said) + 1)]
    places = [0] * (len(said) + 1)
    for block in SequenceMatcher(None, said, written, autojunk=False).get_matching_blocks():
        for offset in range(1, block.size + 1):
            places[block.a + offset] = block.b + offset
    return list(accumulate(places, max))
