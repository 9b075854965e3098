"""Questions to the user about tools: what waits for a word, until when, and what the word was.

Knows questions and answers; not who runs what, nor where.
"""

import asyncio
from collections.abc import Callable

from tui.commands import DecideTool
from tui.events import Event, ToolAsked, ToolDecided
from tui.notices import PendingTool


class Questions:
    """Open questions by call id; `emit` takes what is to be put on record."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._open: dict[str, tuple[PendingTool, asyncio.Future[bool]]] = {}
        self._trusted: set[tuple[str, str]] = set()

    def forget(self) -> None:
        """Another conversation: the user's `always` was of the one before."""
        self._trusted.clear()

    @property
    def pending(self) -> tuple[PendingTool, ...]:
        """What waits for the user's word, the oldest first."""
        return tuple(pending for pending, _ in self._open.values())

    def trusts(self, server: str, name: str) -> bool:
        """The user said `always` of this tool of this server."""
        return (server, name) in self._trusted

    def asks(self, call_id: str) -> bool:
        return call_id in self._open

    def decide(self, decision: DecideTool) -> None:
        """The user's word; one for a call that does not wait any more is nothing."""
        pending, answer = self._open.get(decision.call_id, (None, None))
        if pending is None or answer is None or answer.done():
            return
        if decision.always and decision.approved:
            self._trusted.add((pending.server, pending.name))
        answer.set_result(decision.approved)

    async def ask(self, pending: PendingTool, seconds: float) -> tuple[bool, str]:
        """What was decided and by whom; silence is a no. The decision is the caller's to record,
        but for a cancelled question, which nobody decides."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._open[pending.call_id] = (pending, answer)
        self._emit(
            ToolAsked(name=pending.name, call_id=pending.call_id, deadline_ns=pending.deadline_ns)
        )
        try:
            return await asyncio.wait_for(answer, seconds), "user"
        except TimeoutError:
            return False, "timeout"
        finally:
            del self._open[pending.call_id]

    def record(self, call_id: str, approved: bool, by: str) -> None:
        self._emit(ToolDecided(call_id=call_id, approved=approved, by=by))
