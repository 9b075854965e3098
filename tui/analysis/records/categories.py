"""What a record is to a reader of the log, judged by what it meant, and what gap is before it.

Knows the vocabulary and the journal's index; no provider, no screen. A record is not judged by
another of its kind, but where what it meant cannot differ: streams, pings and most facts, which
are nearly all of a journal.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum, auto

from tui import events
from tui.journal.indexing import NO_LEVEL, UNREADABLE
from tui.journal.reader import JournalReader
from tui.journal.record import Direction

EventsOf = Callable[[int], Sequence[events.Event]]
"""What the record of a number means, out of order."""


class Category(IntEnum):
    PLAIN = auto()
    MIC = auto()
    SPEECH = auto()
    SCORE = auto()
    PART = auto()
    """Of a text that comes whole later."""
    PLUMBING = auto()
    TALK = auto()
    TOOL = auto()
    FAILED_TOOL = auto()
    ERROR = auto()


AUDIO = frozenset({Category.MIC, Category.SPEECH})
STREAMS = AUDIO | {Category.SCORE, Category.PART}
QUIET = STREAMS | {Category.PLUMBING}
"""What carries a call and tells of nothing: many a second, and hidden until it is asked for."""
WRONG = frozenset({Category.ERROR, Category.FAILED_TOOL})

NAMES = {
    "error": WRONG,
    "tool": frozenset({Category.TOOL, Category.FAILED_TOOL}),
    "talk": frozenset({Category.TALK}),
    "audio": AUDIO,
    "stream": STREAMS,
    "plumbing": QUIET,
}
"""What a filter calls them."""


_SAME = (
    events.AudioSent
    | events.AudioReceived
    | events.AudioDropped
    | events.VadScored
    | events.AgentResponseStreamed
    | events.UserTranscriptGuessed
    | events.Pinged
    | events.PongSent
    | events.ActivitySent
)
"""A frame that means one of these is of a sort that means nothing else."""
_DIFFERING = events.LinkClosed | events.ToolFinished
"""Facts that may tell of a failure, or not."""


class Categories:
    """Judges each record that is asked for once: a byte for each, where its sort does not tell."""

    def __init__(self, reader: JournalReader, events_of: EventsOf) -> None:
        self._reader = reader
        self.events_of = events_of
        self._by_sort: dict[int, Category | None] = {}
        """None: its records differ, or may."""
        self._by_number = bytearray()

    def sort(self, number: int) -> int:
        """Its kind, and whether it carries sound: where a kind is both, it is two sorts."""
        index = self._reader.index
        return index.kinds[number] * 2 + (index.levels[number] != NO_LEVEL)

    def of(self, number: int) -> Category:
        category = self._by_sort.get(self.sort(number))
        if category is not None:
            return category
        if number >= len(self._by_number):
            self._by_number.extend(bytes(len(self._reader) - len(self._by_number)))
        return Category(self._by_number[number] or self._judge(number))

    def of_sort(self, number: int) -> Category | None:
        """Of every record of the same sort; None where each is judged by itself."""
        sort = self.sort(number)
        if sort not in self._by_sort:
            self.of(number)
        return self._by_sort[sort]

    def quiet(self, number: int) -> bool:
        """Whether it is plumbing, which all of its sort are or none."""
        return self.of_sort(number) in QUIET

    def _judge(self, number: int) -> Category:
        sort = self.sort(number)
        if self._reader.kind(number) == UNREADABLE:
            self._by_sort[sort] = Category.ERROR
            return Category.ERROR
        found = self.events_of(number)
        category = judge(found)
        same = self._by_sort.get(sort, category) if self._tells_of_sort(number, found) else None
        self._by_sort[sort], self._by_number[number] = same, category
        return category

    def _tells_of_sort(self, number: int, found: Sequence[events.Event]) -> bool:
        if self._reader.direction(number) is Direction.FACT:
            return not isinstance(found[0], _DIFFERING) if found else False
        return bool(found) and all(isinstance(event, _SAME) for event in found)


def judge(found: Sequence[events.Event]) -> Category:
    """What a record is, by what it meant: an error if any of it is one, else the first that tells.

    A failed tool is both, a tool and an error."""
    judged = [_of_event(event) for event in found]
    wrong = max((category for category in judged if category in WRONG), default=None)
    if wrong is not None:
        return wrong
    return next((category for category in judged if category is not Category.PLAIN), Category.PLAIN)


def _of_event(event: events.Event) -> Category:  # noqa: PLR0911  one return a category
    match event:
        case events.AudioSent():
            return Category.MIC
        case events.AudioReceived() | events.AudioDropped():
            return Category.SPEECH
        case events.VadScored():
            return Category.SCORE
        case events.AgentResponseStreamed() | events.UserTranscriptGuessed():
            return Category.PART
        case (
            events.Pinged()
            | events.PongSent()
            | events.ActivitySent()
            | events.RoundTripMeasured()
            | events.SpeechPlaced()
            | events.PlaybackStarted()
            | events.PlaybackAudible()
            | events.PlaybackFinished()
        ):
            return Category.PLUMBING
        case (
            events.ProtocolErred()
            | events.ProviderErred()
            | events.LinkFailed()
            | events.AudioFailed()
            | events.AudioGlitched()
            | events.PreflightFound()
            | events.UploadFailed()
            | events.UserTranscriptFailed()
            | events.RecordingFailed()
        ):
            return Category.ERROR
        case events.LinkClosed(by=by) if by is events.Closer.ERROR or not event.in_order:
            return Category.ERROR
        case events.QueueMoved(status="timed_out"):
            return Category.ERROR
        case (
            events.UserTranscribed()
            | events.AgentResponded()
            | events.AgentCorrected()
            | events.TextSent()
        ):
            return Category.TALK
        case (
            events.ToolCalled()
            | events.ToolAnswered()
            | events.ToolReported()
            | events.ToolRequested()
            | events.ToolAsked()
            | events.ToolDecided()
            | events.ToolStarted()
            | events.ToolFinished()
            | events.McpToolChanged()
        ):
            return Category.FAILED_TOOL if _failed(event) else Category.TOOL
        case _:
            return Category.PLAIN


def _failed(event: events.Event) -> bool:
    match event:
        case events.ToolAnswered(is_error=failed) | events.ToolReported(is_error=failed):
            return failed
        case events.ToolFinished(outcome=outcome):
            return outcome != "ok"
        case events.McpToolChanged(state=state):
            return state == "failure"
        case _:
            return False


# ── How long nothing had come before it ──────────────────────────────────────────────────────────

TELLING = -1


class Gaps:
    """What the log's column shows, and what `gap:` filters. A record that tells of something is
    measured from the one before that does, so that plumbing does not cut a silence into pieces;
    plumbing is measured from that one or the one of its kind before, whichever came last: within a
    stream that is its jitter."""

    def __init__(self, reader: JournalReader, categories: Categories) -> None:
        self._reader = reader
        self._categories = categories
        self._streams: dict[int, int] = {}

    def of(self, number: int) -> int:
        """Nanoseconds; 0 where there is none before. Negative where the clock ran back."""
        before = self._before(number)
        time_ns = self._reader.time_ns
        return time_ns(number) - time_ns(before) if before is not None else 0

    def stream(self, number: int) -> int:
        """What it is measured in: the number of its kind where it is plumbing, else `TELLING`."""
        sort = self._categories.sort(number)
        found = self._streams.get(sort)
        if found is None:
            quiet = self._categories.quiet(number)
            found = self._streams[sort] = self._reader.index.kinds[number] if quiet else TELLING
        return found

    def _before(self, number: int) -> int | None:
        wanted = (TELLING, self.stream(number))
        return next((n for n in range(number - 1, -1, -1) if self.stream(n) in wanted), None)
