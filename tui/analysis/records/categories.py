"""What a kind of record is to a reader of the log, judged by what it meant.

Knows the vocabulary and the journal's index; no provider, no screen.
"""

from collections.abc import Callable, Sequence
from enum import Enum, auto

from tui import events
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader

EventsOf = Callable[[int], Sequence[events.Event]]
"""What the record of a number means, out of order."""


class Category(Enum):
    PLAIN = auto()
    MIC = auto()
    SPEECH = auto()
    SCORE = auto()
    PLUMBING = auto()
    TALK = auto()
    TOOL = auto()
    ERROR = auto()


AUDIO = frozenset({Category.MIC, Category.SPEECH})
STREAMS = AUDIO | {Category.SCORE}
QUIET = STREAMS | {Category.PLUMBING}

NAMES = {
    "error": frozenset({Category.ERROR}),
    "tool": frozenset({Category.TOOL}),
    "talk": frozenset({Category.TALK}),
    "audio": AUDIO,
    "stream": STREAMS,
    "plumbing": frozenset({Category.PLUMBING}),
}
"""What a filter calls them."""


class Categories:
    """Judges each kind once, by its first record that is asked for."""

    def __init__(self, reader: JournalReader, events_of: EventsOf) -> None:
        self._reader = reader
        self.events_of = events_of
        self._by_kind: dict[int, Category] = {}

    def of(self, number: int) -> Category:
        kind = self._reader.index.kinds[number]
        found = self._by_kind.get(kind)
        return found if found is not None else self._judge(kind, number)

    def known(self, kind: int) -> Category | None:
        """Of a kind's number in the index; None before one of its records was judged."""
        return self._by_kind.get(kind)

    def failed(self, number: int) -> bool:
        """A record that tells of a tool that failed: such kinds tell of both."""
        return self.of(number) is Category.TOOL and any(map(_failed, self.events_of(number)))

    def _judge(self, kind: int, number: int) -> Category:
        unreadable = self._reader.kind(number) == UNREADABLE
        category = Category.ERROR if unreadable else judge(self.events_of(number))
        self._by_kind[kind] = category
        return category


def judge(found: Sequence[events.Event]) -> Category:  # noqa: PLR0911  one return a category
    """What a record is, by what it meant."""
    for event in found:
        match event:
            case events.AudioSent():
                return Category.MIC
            case events.AudioReceived() | events.AudioDropped():
                return Category.SPEECH
            case events.VadScored():
                return Category.SCORE
            case (
                events.Pinged()
                | events.PongSent()
                | events.ActivitySent()
                | events.PlaybackStarted()
                | events.PlaybackFinished()
            ):
                return Category.PLUMBING
            case (
                events.ProtocolErred()
                | events.ProviderErred()
                | events.LinkFailed()
                | events.AudioFailed()
                | events.AudioGlitched()
                | events.UploadFailed()
                | events.RecordingFailed()
            ):
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
                return Category.TOOL
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
