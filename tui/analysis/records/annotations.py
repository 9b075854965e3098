"""What was made of a record beyond what it says: dropped, late, answered, replaced.

Knows entries only; no file, no screen. Only what is out of the ordinary, or belongs to another
record, is kept: a few words for a few records. Pings, which are many, are left to whoever looks.
"""

from typing import NamedTuple

from tui.analysis.entry import Entry
from tui.analysis.turns.turn import NS_PER_MS
from tui.events import (
    AgentCorrected,
    AgentResponded,
    AudioDropped,
    AudioReceived,
    Event,
    Interrupted,
    LinkOpening,
    PlaybackFinished,
    PlaybackStarted,
    ProtocolErred,
    ReplyId,
    ReplySilenced,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolReported,
    UserTranscribed,
)


class Annotation(NamedTuple):
    """`text` says it; `other` is the record that it has to do with, where there is one."""

    text: str
    other: int | None = None


class AnnotationFold:
    """Verdicts of all records of a journal, by number."""

    def __init__(self) -> None:
        self._found: dict[int, list[Annotation]] = {}
        self._begin()

    def of(self, number: int) -> list[Annotation]:
        return self._found.get(number, [])

    def add(self, entry: Entry) -> None:
        for event in entry.events:
            self._add(event, entry)

    def _begin(self) -> None:
        """Ids begin again with each conversation."""
        self._calls: dict[str, Entry] = {}
        self._audio: dict[ReplyId, Entry] = {}
        self._texts: dict[str, Entry] = {}
        self._silenced: dict[ReplyId, tuple[Entry, str]] = {}
        self._interrupted: Entry | None = None

    def _add(self, event: Event, entry: Entry) -> None:
        match event:
            case LinkOpening():
                self._begin()
            case ProtocolErred(reason=reason):
                self._say(entry, f"not understood: {reason}")
            case AudioDropped(reason=reason):
                self._dropped(entry, reason)
            case AudioReceived(reply_id=key):
                self._heard(entry, key)
            case Interrupted():
                self._interrupted = entry
                self._silenced = {k: s for k, s in self._silenced.items() if s[1] != "text"}
            case ReplySilenced(reply_id=key, cause=cause):
                self._silenced[key] = entry, cause
            case PlaybackStarted(reply_id=key) | PlaybackFinished(reply_id=key):
                self._played(event, key)
            case UserTranscribed(user_turn_id=key, came_after=later) if later is not None:
                text = f"late: event id {key} came after {later}; it is shown in its place"
                self._say(entry, text)
            case AgentCorrected(reply_id=key):
                self._say(entry, f"replaces the text of reply {key}")
            case _:
                self._answers(event, entry)

    def _answers(self, event: Event, entry: Entry) -> None:
        """Requests and what answers them."""
        match event:
            case TextSent(id=key) if key:
                self._texts[key] = entry
            case AgentResponded(answers=answers) if answers:
                for asked in (self._texts[one] for one in answers if one in self._texts):
                    self._say(entry, f"answers the text of {_ms(asked, entry)} before", asked)
            case ToolCalled(call_id=call_id):
                self._calls[call_id] = entry
            case ToolAnswered(call_id=call_id) if call_id in self._calls:
                asked = self._calls[call_id]
                self._pair(asked, entry, "answered by its result", "answers the call")
            case ToolReported(call_id=call_id) if call_id in self._calls:
                self._say(entry, _since("reported", self._calls[call_id], entry), entry)
            case _:
                pass

    def _dropped(self, entry: Entry, reason: str) -> None:
        text, other = f"dropped: {reason}", self._interrupted
        if other:
            text += f"; it came {_ms(other, entry)} later"
        self._say(entry, text, other)

    def _heard(self, entry: Entry, key: ReplyId) -> None:
        if key in self._silenced:
            silenced, cause = self._silenced[key]
            how = "typed over" if cause == "text" else "stopped by key"
            text = f"not played: reply {key} was {how} {_ms(silenced, entry)} before"
            self._say(entry, text, silenced)
        self._audio.setdefault(key, entry)

    def _played(self, event: Event, key: ReplyId) -> None:
        """Told at the reply's first frame of audio: that is where a reader looks."""
        first = self._audio.get(key)
        if first is None:
            return
        match event:
            case PlaybackStarted(at_ns=at_ns):
                ms = (at_ns - first.time_ns) / NS_PER_MS
                self._say(first, f"its first sample was at the converter {ms:.0f} ms later")
            case PlaybackFinished(heard_ms=heard_ms):
                self._say(first, f"the reply was heard to its end: {heard_ms:.0f} ms")
            case _:
                pass

    def _pair(self, first: Entry, second: Entry, answered: str, answers: str) -> None:
        self._say(first, _since(answered, first, second), second)
        self._say(second, f"{answers} of {_ms(first, second)} before", first)

    def _say(self, entry: Entry, text: str, other: Entry | None = None) -> None:
        number = other.number if other is not None and other is not entry else None
        self._found.setdefault(entry.number, []).append(Annotation(text, number))


def _since(what: str, first: Entry, second: Entry) -> str:
    return f"{what} after {_ms(first, second)}"


def _ms(first: Entry, second: Entry) -> str:
    return f"{(second.time_ns - first.time_ns) / NS_PER_MS:.0f} ms"
