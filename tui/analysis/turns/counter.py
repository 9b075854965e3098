"""Counts the user's turns: the number that each record of a journal carries.

Knows events only.
"""

from collections.abc import Iterable

from tui.events import (
    AgentResponded,
    AgentResponseStreamed,
    AudioReceived,
    Event,
    FilesSent,
    LinkOpening,
    TextSent,
    UserTranscribed,
    UserTranscriptGuessed,
)


class TurnCounter:
    """The number that a record carries: 0 before the first user turn.

    A turn begins with a typed text or a file, or with a transcript under a new id. A guess that
    got neither a final transcript nor a reply is no turn of its own: the next transcript goes on
    with it.
    """

    def __init__(self) -> None:
        self._current = 0
        self._seen: set[int] = set()
        self._guess: int | None = None

    def observe(self, events: Iterable[Event]) -> int:
        """The turn that a record with these events belongs to."""
        for event in events:
            match event:
                case AudioReceived(event_id=key) | AgentResponded(event_id=key):
                    self._answered(key)
                case AgentResponseStreamed(event_id=key):
                    self._answered(key)
                case UserTranscribed(event_id=key):
                    self._transcribed(key)
                    self._guess = None
                case UserTranscriptGuessed(event_id=key):
                    if self._transcribed(key):
                        self._guess = key
                case TextSent() | FilesSent():
                    self._current += 1
                    self._guess = None
                case LinkOpening():  # a new conversation counts its event ids from the start
                    self._seen.clear()
                    self._guess = None
                case _:
                    pass
        return self._current

    def _transcribed(self, key: int) -> bool:
        """Whether `key` is new."""
        if key in self._seen:
            return False
        self._seen.add(key)
        self._current += self._guess is None
        return True

    def _answered(self, key: int) -> None:
        if self._guess is not None and key >= self._guess:
            self._guess = None
