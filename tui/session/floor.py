"""Who is speaking: which reply is being given, and what became of one that the user stopped.

Knows events and the speaker; no frames, no socket. The wire has no message for an interruption: the
agent may give way by itself to a typed text, later, or never. What is heard ends here at once all
the same; whether and when the agent followed is put on record.
"""

import time
from collections.abc import Callable

from tui.events import (
    AgentCorrected,
    AgentHeardStart,
    AgentResponded,
    AudioReceived,
    Event,
    Interrupted,
    ReplyId,
    YieldSettled,
)
from tui.session.sound.speaker import Speaker


class Floor:
    """Of one conversation; `emit` takes what is to be put on record."""

    def __init__(self, speaker: Speaker, emit: Callable[[Event], None]) -> None:
        self._speaker = speaker
        self._emit = emit
        self._reply: ReplyId | None = None
        self._begun: set[ReplyId] = set()
        self._typed_over: tuple[ReplyId, int] | None = None
        """The reply that a typed text cut, and when, until the agent has reacted."""

    def interrupt(self) -> ReplyId | None:
        """The stop key; the reply that it stopped."""
        return self._reply if self._speaker.silence(self._reply) else None

    def typed(self) -> None:
        """The user took the floor in writing."""
        silenced = self._speaker.silence(self._reply, "text")
        if silenced and self._reply is not None and self._typed_over is None:
            self._typed_over = self._reply, time.monotonic_ns()

    def follow(self, event: Event) -> None:
        """What the agent does, before it is acted on."""
        match event:
            case AudioReceived(reply_id=key) | AgentResponded(reply_id=key):
                self._reply = key
                if key not in self._begun:
                    self._begun.add(key)
                    self._settle(confirmed=False)
            case AgentHeardStart(yields=True):
                self._speaker.flush("interruption")
            case Interrupted():
                self._settle(confirmed=True)
                self._speaker.flush("interruption")
                self._speaker.yielded()
            case AgentCorrected():
                self._settle(confirmed=True)
            case _:
                pass

    def end(self) -> None:
        self._settle(confirmed=False)
        self._speaker.flush("call ended")

    def _settle(self, *, confirmed: bool) -> None:
        if self._typed_over is None:
            return
        (reply, since_ns), self._typed_over = self._typed_over, None
        elapsed_ms = round((time.monotonic_ns() - since_ns) / 1e6, 1)
        self._emit(YieldSettled(reply_id=reply, confirmed=confirmed, elapsed_ms=elapsed_ms))
