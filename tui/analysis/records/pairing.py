"""The other half of a record: a tool call and its result, a ping and its pong, both ways.

Knows the vocabulary and the index; no provider. Partners are told by what records meant, so it
works for every provider. Only kinds that can hold the partner are decoded.
"""

from collections.abc import Hashable, Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from tui import events
from tui.analysis.records.categories import Categories
from tui.journal.reader import JournalReader

FARTHEST = 3000
"""Records decoded in search of a partner, but for the first of a kind that holds none."""
FARTHEST_RECORDS = 200_000
"""Records looked at."""


class Half(Enum):
    """Which side of a pair a record is on."""

    ASKS = auto()
    ANSWERS = auto()


class Pair(NamedTuple):
    """Which side of what, and the name that both sides use."""

    half: Half
    what: str
    name: Hashable
    also: str = ""
    """Another kind of pair whose other side will do, where its own is missing."""

    def fits(self, other: "Pair | None") -> bool:
        return (
            other is not None
            and other.half is not self.half
            and other.name == self.name
            and other.what in (self.what, self.also)
        )


def pair_of(found: Sequence[events.Event]) -> Pair | None:  # noqa: PLR0911, PLR0912  one a pair
    """What pair a record is half of."""
    for event in found:
        match event:
            case events.ToolCalled(call_id=call_id):
                return Pair(Half.ASKS, "tool", call_id)
            case events.ToolAnswered(call_id=call_id):
                return Pair(Half.ANSWERS, "tool", call_id)
            case events.ToolRequested(call_id=call_id):
                return Pair(Half.ASKS, "report", call_id)
            case events.ToolReported(call_id=call_id):
                return Pair(Half.ANSWERS, "report", call_id, "tool")
            case events.ToolStarted(call_id=call_id):
                return Pair(Half.ASKS, "run", call_id)
            case events.ToolFinished(call_id=call_id):
                return Pair(Half.ANSWERS, "run", call_id, "tool")
            case events.ToolAsked(call_id=call_id):
                return Pair(Half.ASKS, "decision", call_id)
            case events.ToolDecided(call_id=call_id):
                return Pair(Half.ANSWERS, "decision", call_id)
            case events.Pinged(ping_id=ping_id):
                return Pair(Half.ASKS, "ping", ping_id)
            case events.PongSent(ping_id=ping_id):
                return Pair(Half.ANSWERS, "ping", ping_id)
            case events.InitiationSent():
                return Pair(Half.ASKS, "initiation", None)
            case events.ConversationStarted():
                return Pair(Half.ANSWERS, "initiation", None)
            case events.PlaybackStarted(reply_id=reply_id):
                return Pair(Half.ASKS, "playback", reply_id)
            case events.PlaybackFinished(reply_id=reply_id):
                return Pair(Half.ANSWERS, "playback", reply_id)
            case events.PlaybackFlushed(reply_id=reply_id):
                return Pair(Half.ANSWERS, "playback", reply_id)
    return None


def partner(number: int, reader: JournalReader, categories: Categories) -> tuple[int | None, str]:
    """The record that answers `number`, or that it answers; else None and why."""
    mine = pair_of(categories.events_of(number))
    if mine is None:
        return None, "it asks for nothing and answers nothing"
    half = mine.half
    left = FARTHEST
    never: set[int] = set()
    """Sorts whose records all mean the same, and that is no such half."""
    for near in _away(number, half, len(reader)):
        sort = categories.sort(near)
        if sort in never:
            continue
        met = pair_of(categories.events_of(near))
        if (met is None or met.what not in (mine.what, mine.also)) and categories.of_sort(near):
            never.add(sort)
            continue
        left -= 1
        if not left:
            break
        if mine.fits(met):
            return near, ""
    missing = "answer" if half is Half.ASKS else "question"
    return None, f"its {missing} is not in the journal"


def _away(number: int, half: Half, records: int) -> Iterator[int]:
    """Answers come after, questions before."""
    if half is Half.ASKS:
        return iter(range(number + 1, min(records, number + FARTHEST_RECORDS)))
    return iter(range(number - 1, max(number - FARTHEST_RECORDS, -1), -1))
