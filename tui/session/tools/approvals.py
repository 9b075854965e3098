"""Questions to the user about tools: what waits for a word, until when, and what the word was.

Knows questions and answers; not who runs what, nor where.
"""

import asyncio
import json
import time
from collections.abc import Callable

from tui.commands import AnswerMcp, DecideTool
from tui.events import Event, McpToolChanged, Noted, ToolAsked, ToolDecided
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


AWAITING = "awaiting_approval"
APPROVAL_S = 300
"""What the hosted service waits where a call does not say."""
LONGEST_S = 3600
AT_ONCE = 64
"""Questions that wait; more are refused at once."""
MAX_IDS = 10_000
"""Calls whose ids are remembered, the newest."""


class McpApprovals:
    """Of one conversation after another; `begin` starts each."""

    def __init__(
        self,
        questions: Questions,
        emit: Callable[[Event], None],
        redact: Callable[[str], str],
    ) -> None:
        self._questions = questions
        self._emit = emit
        self._redact = redact
        self._answer: Callable[[AnswerMcp], None] = lambda answer: None
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._seen: dict[str, None] = {}

    def begin(self, answer: Callable[[AnswerMcp], None]) -> None:
        self._answer = answer
        self._seen.clear()

    def change(self, call: McpToolChanged) -> None:
        """Take a state; never blocks."""
        if call.state != AWAITING:
            if waiting := self._waiting.get(call.call_id):
                waiting.cancel()
            return
        if call.call_id in self._waiting:
            return  # told twice, asked once
        if call.call_id in self._seen or self._questions.asks(call.call_id):
            self._emit(Noted(text=f"approval of {call.call_id} was asked again: ignored"))
            return
        self._seen[call.call_id] = None
        if len(self._seen) > MAX_IDS:
            del self._seen[next(iter(self._seen))]
        if self._questions.trusts(call.service_id, call.name):
            self._decide(call.call_id, approved=True, by="user")
        elif len(self._waiting) >= AT_ONCE:
            self._decide(call.call_id, approved=False, by="rule")
        else:
            self._waiting[call.call_id] = task = asyncio.create_task(self._ask(call))
            task.add_done_callback(lambda _: self._waiting.pop(call.call_id, None))

    async def close(self) -> None:
        """The conversation is over: nobody is left to tell."""
        for call_id, task in self._waiting.items():
            if task.cancel():
                self._questions.record(call_id, approved=False, by="hang-up")
        if self._waiting:
            await asyncio.wait(tuple(self._waiting.values()))

    async def _ask(self, call: McpToolChanged) -> None:
        given = APPROVAL_S if call.approval_timeout_s is None else call.approval_timeout_s
        seconds = min(max(given, 0), LONGEST_S)
        pending = PendingTool(
            call_id=call.call_id,
            name=call.name,
            arguments=self._redact(json.dumps(call.parameters, ensure_ascii=False)),
            deadline_ns=time.monotonic_ns() + seconds * 1_000_000_000,
            server=call.service_id,
        )
        approved, by = await self._questions.ask(pending, seconds)
        self._decide(call.call_id, approved=approved, by=by)

    def _decide(self, call_id: str, *, approved: bool, by: str) -> None:
        self._questions.record(call_id, approved, by)
        self._answer(AnswerMcp(call_id=call_id, approved=approved))
