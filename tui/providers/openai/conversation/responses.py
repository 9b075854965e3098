"""The order of responses: one at a time, and none that the server gives unasked is asked for again.

Knows responses by id, and the items that each answers; no audio, no words.

Theory of operation. A wish for a response waits until none is under way, no question of ours is
open, and the user is not being heard (the server will answer that by itself). A response that the
server begins by itself answers every item that it had confirmed before: wishes for those are
dropped. Our own are known by their metadata. A question that is refused is over at once; it is
repeated only where another response was in its way, after that one.
"""

import msgspec

from tui.provider import Frame
from tui.providers.openai.client_frames import Writer

BUSY = "conversation_already_has_active_response"
NOT_ACTIVE = "response_cancel_not_active"
_SOME = "?"
"""Stands for a response whose beginning was not seen."""


class Wish(msgspec.Struct, frozen=True):
    """A response that is to come: to which items; `instructions` in place of the session's."""

    items: tuple[str, ...] = ()
    instructions: str = ""
    urgent: bool = False
    """The user waits for it, also while speaking."""


class Responses:
    """What is under way, and what is to come. Each method gives the frames to send."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.active = ""
        """The response under way; "" for none."""
        self._ends = False
        """It was cancelled, here or there."""
        self._asked: tuple[str, Wish] | None = None
        """Our question that has no answer yet, by its id."""
        self._covered = False
        """What it asks for is being answered already."""
        self._wishes: list[Wish] = []
        self._confirmed: set[str] = set()
        self._heard = ""
        """The user is heard (begun), or was and is to be answered (ended)."""

    def want(self, wish: Wish) -> tuple[Frame, ...]:
        last = self._wishes[-1] if self._wishes else None
        if last is not None and not last.instructions and not wish.instructions:
            urgent = last.urgent or wish.urgent
            self._wishes[-1] = Wish((*last.items, *wish.items), urgent=urgent)
        else:
            self._wishes.append(wish)
        return self._next()

    def _next(self) -> tuple[Frame, ...]:
        if self.active or self._asked or not self._wishes:
            return ()
        if self._heard == "ended" or (self._heard and not self._wishes[0].urgent):
            return ()
        wish = self._wishes.pop(0)
        frame, asked_by = self._writer.create(wish.items, wish.instructions)
        self._asked, self._covered = (asked_by, wish), False
        return (frame,)

    # ── What the server does ─────────────────────────────────────────────────────────────────────

    def confirmed(self, item_id: str) -> None:
        """The item is in the conversation: what begins from now on knows it."""
        self._confirmed.add(item_id)

    def created(self, response_id: str, asked_by: str) -> None:
        """A response began; `asked_by` is the id of the question in its metadata."""
        self.active, self._ends = response_id or _SOME, False
        ours = self._asked is not None and (
            asked_by == self._asked[0] or not (asked_by or self._heard)
        )
        if ours:  # a server that knows no metadata gives none back
            self._asked = None
        else:
            self._wishes = [one for one in self._wishes if not self._answered(one)]
            self._covered = self._asked is not None and self._answered(self._asked[1])
        if self._heard == "ended":
            self._heard = ""

    def _answered(self, wish: Wish) -> bool:
        return not wish.instructions and self._confirmed.issuperset(wish.items)

    def done(self, response_id: str) -> tuple[Frame, ...]:
        if self.active in (response_id, _SOME) or not response_id:
            self.active = ""
        return self._next()

    def refused(self, event_id: str, code: str) -> tuple[Frame, ...]:
        """An error for our frame of that id ("" where the server does not say which)."""
        if code == NOT_ACTIVE:  # its end was not told, or not seen
            self.active = ""
            return self._next()
        if self._asked is None or event_id not in (self._asked[0], ""):
            return ()
        if not event_id and code != BUSY:
            return ()
        (_, wish), self._asked = self._asked, None
        if code == BUSY:
            self.active = self.active or _SOME
            if not self._covered:
                self._wishes.insert(0, wish)
        return self._next()

    # ── The user's voice ─────────────────────────────────────────────────────────────────────────

    def hears(self, *, answers: bool, yields: bool) -> None:
        """The user began to speak; the server answers by itself, and ends what is under way."""
        self._heard = "begun" if answers else ""
        self._ends = self._ends or (yields and bool(self.active))

    def heard(self) -> None:
        """The user's turn is over."""
        self._heard = self._heard and "ended"

    def let_go(self) -> tuple[Frame, ...]:
        """What was heard gets no answer by itself."""
        if self._heard == "ended":
            self._heard = ""
        return self._next()

    # ── What the user wants ──────────────────────────────────────────────────────────────────────

    def stop(self, response_id: str = "") -> tuple[Frame, ...]:
        """End the response under way, or only if it is that one."""
        if response_id:
            if self._ends or self.active != response_id:
                return ()
        elif self._ends or not (self.active or self._asked):
            return ()
        self._ends = bool(self.active)
        named = self.active if self.active != _SOME else ""
        return (self._writer.cancel(named),)
