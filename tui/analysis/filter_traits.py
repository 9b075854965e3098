"""What a kind of record is to a reader of the log, judged by what it meant.

Knows the vocabulary and the journal's index; no provider, no screen.
"""

from collections.abc import Callable, Sequence
from enum import Enum, auto

from tui import events
from tui.journal.reader import UNREADABLE, JournalReader

EventsOf = Callable[[int], Sequence[events.Event]]
"""What the record of a number meant."""


class Trait(Enum):
    PLAIN = auto()
    MIC = auto()
    SPEECH = auto()
    SCORE = auto()
    PLUMBING = auto()
    TALK = auto()
    TOOL = auto()
    ERROR = auto()


AUDIO = frozenset({Trait.MIC, Trait.SPEECH})
STREAMS = AUDIO | {Trait.SCORE}
QUIET = STREAMS | {Trait.PLUMBING}

NAMES = {
    "error": frozenset({Trait.ERROR}),
    "tool": frozenset({Trait.TOOL}),
    "talk": frozenset({Trait.TALK}),
    "audio": AUDIO,
    "stream": STREAMS,
    "plumbing": frozenset({Trait.PLUMBING}),
}
"""What a filter calls them."""


class Traits:
    """Judges each kind once, by its first record that is asked for."""

    def __init__(self, reader: JournalReader, events_of: EventsOf) -> None:
        self._reader = reader
        self.events_of = events_of
        self._by_kind: dict[int, Trait] = {}

    def of(self, number: int) -> Trait:
        kind = self._reader.index.kinds[number]
        found = self._by_kind.get(kind)
        return found if found is not None else self._judge(kind, number)

    def known(self, kind: int) -> Trait | None:
        """Of a kind's number in the index; None before one of its records was judged."""
        return self._by_kind.get(kind)

    def failed(self, number: int) -> bool:
        """A record that tells of a tool that failed: such kinds tell of both."""
        return self.of(number) is Trait.TOOL and any(map(_failed, self.events_of(number)))

    def _judge(self, kind: int, number: int) -> Trait:
        unreadable = self._reader.kind(number) == UNREADABLE
        trait = Trait.ERROR if unreadable else judge(self.events_of(number))
        self._by_kind[kind] = trait
        return trait


def judge(found: Sequence[events.Event]) -> Trait:  # noqa: PLR0911  one return a trait
    """What a record is, by what it meant."""
    for event in found:
        match event:
            case events.AudioSent():
                return Trait.MIC
            case events.AudioReceived() | events.AudioDropped():
                return Trait.SPEECH
            case events.VadScored():
                return Trait.SCORE
            case (
                events.Pinged()
                | events.PongSent()
                | events.ActivitySent()
                | events.PlaybackStarted()
                | events.PlaybackFinished()
            ):
                return Trait.PLUMBING
            case (
                events.ProtocolErred()
                | events.ProviderErred()
                | events.LinkFailed()
                | events.AudioFailed()
                | events.AudioGlitched()
                | events.UploadFailed()
                | events.RecordingFailed()
            ):
                return Trait.ERROR
            case (
                events.UserTranscribed()
                | events.AgentResponded()
                | events.AgentCorrected()
                | events.TextSent()
            ):
                return Trait.TALK
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
                return Trait.TOOL
    return Trait.PLAIN


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
