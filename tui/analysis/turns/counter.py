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
    ReplyId,
    TextSent,
    UserTranscribed,
    UserTranscriptGuessed,
    UserTurnId,
    UserTurnTaken,
)


class TurnCounter:
    """The number that a record carries: 0 before the first user turn.

    A turn begins with a typed text or a file, with a transcript under a new id, or when the agent
    takes it, where the transcript comes later. A guess that
    got neither a final transcript nor a reply is no turn of its own: the next transcript goes on
    with it.
    """

    def __init__(self) -> None:
        self._current = 0
        self._seen: set[UserTurnId] = set()
        self._taken: set[UserTurnId] = set()
        """Those of `_seen` that were told to be over, before their words."""
        self._replies: set[ReplyId] = set()
        self._is_awaited = True
        """A reply to what was before the guess: at first that is the agent's first message."""
        self._guess: UserTurnId | None = None

    def observe(self, events: Iterable[Event]) -> int:
        """The turn that a record with these events belongs to."""
        for event in events:
            match event:
                case AudioReceived(reply_id=key) | AgentResponded(reply_id=key):
                    self._answered(key)
                case AgentResponseStreamed(reply_id=key):
                    self._answered(key)
                case UserTurnTaken(user_turn_id=key):
                    self._taken.add(key)
                    self._transcribed(key)
                    self._guess = None
                    self._is_awaited = True
                case UserTranscribed(user_turn_id=key) if key in self._taken:
                    pass  # a turn of before, whose words come late
                case UserTranscribed(user_turn_id=key):
                    self._transcribed(key)
                    self._guess = None
                    self._is_awaited = key not in self._replies
                case UserTranscriptGuessed(user_turn_id=key):
                    if self._transcribed(key):
                        self._guess = key
                case TextSent() | FilesSent():
                    self._current += 1
                    self._guess = None
                    self._is_awaited = True
                case LinkOpening():  # a new conversation has ids of its own
                    self._seen.clear()
                    self._taken.clear()
                    self._replies.clear()
                    self._guess = None
                    self._is_awaited = True
                case _:
                    pass
        return self._current

    def _transcribed(self, key: UserTurnId) -> bool:
        """Whether `key` is new."""
        if key in self._seen:
            return False
        self._seen.add(key)
        self._current += self._guess is None
        return True

    def _answered(self, key: ReplyId) -> None:
        """A new reply answers the guess of its id, else the turn that waits, else the guess."""
        if key == self._guess:
            self._guess = None
        elif key not in self._replies:
            self._guess = self._guess if self._is_awaited else None
            self._is_awaited = False
        self._replies.add(key)
