"""How the present conversation stands by what the agent tells beside the talk: how full its
model's context is, and how sure it is that the user's turn is over.

Knows events only. What has not been told, or was of another conversation, is None.
"""

from tui.events import ContextUsed, Event, LinkOpening, TurnScored, UsageReported, UserTranscribed

FULL = 0.8
"""From this share on the context is nearly used up: what was said first may be forgotten."""


class AgentStateFold:
    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.context: ContextUsed | None = None
        self.tokens = 0
        """Charged for up to now."""
        self.turn_over: float | None = None
        """0..1, of the user's turn that is being heard."""

    def add(self, event: Event) -> None:
        match event:
            case LinkOpening():
                self._clear()
            case ContextUsed():
                self.context = event
            case TurnScored(probability=probability):
                self.turn_over = probability
            case UsageReported():
                self.tokens += event.input.total + event.output.total
            case UserTranscribed():
                self.turn_over = None  # it was over
            case _:
                pass

    @property
    def context_share(self) -> float | None:
        """Used of the limit; None where the limit is not told."""
        if self.context is None or self.context.limit <= 0:
            return None
        return max(self.context.tokens, 0) / self.context.limit

    @property
    def nearly_full(self) -> bool:
        share = self.context_share
        return share is not None and share > FULL
