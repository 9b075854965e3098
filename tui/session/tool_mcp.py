"""Tools of the agent's own MCP servers: they run there, but may wait for the user's word here.

Knows their states and the question; no process, since nothing of them runs on this machine.

Theory of operation: a call that reports `awaiting_approval` is asked about, once by its id, until
its own deadline; the answer leaves as a frame. Any other state of that call means that the agent
has moved on, with our answer or without one: the question goes away and nothing is sent.
"""

import asyncio
import json
import time
from collections.abc import Callable

from tui.commands import AnswerMcp
from tui.events import Event, McpToolChanged, Noted
from tui.notices import PendingTool
from tui.session.tool_ask import Questions

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
