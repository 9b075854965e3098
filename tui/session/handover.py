"""The last turns of a conversation, for an agent that has not heard them.

Knows events that carry words; no wire, no clock. Bounded: old turns are forgotten.
"""

from collections import deque

from tui.events import AgentCorrected, AgentResponded, Event, FilesSent, TextSent, UserTranscribed
from tui.events.sent import LOST

MAX_TURNS = 40
LIMIT = 2_000
"""Characters of the whole hand-over: enough to go on from, little of a model's context."""


class Handover:
    """Listens to a session's events; `handover` says what was said."""

    def __init__(self) -> None:
        self._turns: deque[tuple[str, str]] = deque(maxlen=MAX_TURNS)

    def observe(self, event: Event) -> None:
        match event:
            case UserTranscribed(text=text) | TextSent(text=text) | FilesSent(text=text):
                self._say("User", text)
            case AgentResponded(text=text):
                self._say("Agent", text)
            case AgentCorrected(original=original, corrected=corrected):
                self._correct(original, corrected)
            case _:
                pass

    def forget(self) -> None:
        """Another call begins, which has nothing to do with the one before."""
        self._turns.clear()

    def handover(self, opening: str = LOST) -> str:
        """The newest turns that fit `LIMIT` characters; "" when nothing was said."""
        lines: list[str] = []
        room = LIMIT - len(opening)
        for who, text in reversed(self._turns):
            line = f"{who}: {text}"
            if len(line) >= room:
                lines.append(f"{line[: room - 1]}…" if not lines else "…")
                break
            lines.append(line)
            room -= len(line) + 1
        return opening + "\n".join(reversed(lines)) if lines else ""

    def _say(self, who: str, text: str) -> None:
        # A text is read back from the wire and may be transcribed by the agent as well.
        if text.strip() and (who, text) not in list(self._turns)[-2:]:
            self._turns.append((who, text))

    def _correct(self, original: str, corrected: str) -> None:
        for index in range(len(self._turns) - 1, -1, -1):
            if self._turns[index] == ("Agent", original):
                if corrected.strip():
                    self._turns[index] = ("Agent", corrected)
                else:  # nothing of it was heard
                    del self._turns[index]
                return
