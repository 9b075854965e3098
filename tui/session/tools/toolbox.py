"""Client tools of one conversation: what the agent asks for, the user allows, a child does.

Knows the rules; processes are `tool_process`, schemas `tool_check`, the agent's own tools
`tool_mcp`, what waits for the user `tool_ask`.

Theory of operation: each call is a task that asks (where it must), waits for a slot, runs and
answers; whatever happens to it, exactly one answer leaves. Only names in the user's configuration
run. The time-out counts from the moment a call is allowed, its wait for a slot included, so an
agent that floods us is answered in time as well.
"""

import asyncio
import json
import time
from collections.abc import Callable

from tui.commands import AnswerMcp, AnswerTool, DecideTool
from tui.events import Event, McpToolChanged, Noted, ToolCalled, ToolFinished, ToolStarted
from tui.journal.redact import Redactor
from tui.notices import PendingTool
from tui.plan import ClientTool
from tui.session.tools.approvals import McpApprovals, Questions
from tui.session.tools.process import run_tool
from tui.session.tools.schema import Checker

ASK_S = 20.0
"""The user's silence is a no."""
AT_ONCE = 8
IN_HAND = 64
"""Calls that run or wait; more are refused at once."""
MAX_IDS = 10_000
"""Calls whose ids are remembered; of a call before them, one with its id is another call."""


class Toolbox:
    """Answers every `ToolCalled` of a conversation once, and asks about MCP calls that wait."""

    def __init__(
        self,
        tools: dict[str, ClientTool],
        folder: str,
        emit: Callable[[Event], None],
        redact: Redactor,
    ) -> None:
        self._tools = tools
        self._folder = folder
        self._emit = emit
        self._redact = redact
        self._answer: Callable[[AnswerTool], None] = lambda answer: None
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._questions = Questions(emit)
        self._mcp = McpApprovals(self._questions, emit, redact)
        self._checker = Checker()
        self._seen: dict[str, None] = {}
        self._closed = False

    def begin(self, answer: Callable[[AnswerTool | AnswerMcp], None]) -> None:
        """A conversation starts: call ids and the user's `always` are of it alone."""
        self._answer = answer
        self._mcp.begin(answer)
        self._questions.forget()
        self._seen.clear()
        self._closed = False

    @property
    def busy(self) -> bool:
        """A call runs, or waits for the user's word."""
        return bool(self._tasks or self.pending)

    @property
    def pending(self) -> tuple[PendingTool, ...]:
        """Calls that wait for the user's word, the oldest first."""
        return self._questions.pending

    def change(self, call: McpToolChanged) -> None:
        """Take a state of a tool that runs at the agent; never blocks."""
        self._mcp.change(call)

    def call(self, call: ToolCalled) -> None:
        """Take a call; never blocks."""
        if call.call_id in self._seen:
            self._emit(Noted(text=f"tool call {call.call_id} came again: ignored"))
            return
        if call.call_id:  # calls without one are not told from each other
            self._seen[call.call_id] = None
            if len(self._seen) > MAX_IDS:
                del self._seen[next(iter(self._seen))]
        tool = self._tools.get(call.name)
        if tool is None:
            text = f"There is no tool named {call.name} on this client: [tools] does not have it."
            self._refuse(call, text, "unknown")
        elif call.problem:
            self._refuse(call, f"Invalid arguments: {call.problem}")
        elif len(self._tasks) >= IN_HAND:
            self._refuse(call, "This client has too many tool calls in hand.", "busy")
        else:
            task = asyncio.create_task(self._answered(tool, call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def decide(self, decision: DecideTool) -> None:
        """The user's word, on either kind of tool."""
        self._questions.decide(decision)

    async def close(self) -> None:
        """The conversation is over: nothing runs on."""
        self._closed = True
        await self._mcp.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._checker.close()

    # ── One call ─────────────────────────────────────────────────────────────────────────────────

    def _refuse(self, call: ToolCalled, problem: str, outcome: str = "invalid") -> None:
        self._emit(
            ToolFinished(name=call.name, call_id=call.call_id, outcome=outcome, elapsed_ms=0.0)
        )
        self._tell(call, problem, is_error=True)

    async def _answered(self, tool: ClientTool, call: ToolCalled) -> None:
        """One answer, whatever goes wrong on the way to it."""
        try:
            if problem := await self._checker.problem(tool.parameters, call.parameters):
                self._refuse(call, f"Invalid arguments: {problem}")
            else:
                await self._handle(tool, call)
        except Exception as error:  # noqa: BLE001, RUF100  an agent that is not answered is mute
            reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            self._refuse(call, f"The tool could not be run: {reason}", "failed")

    async def _handle(self, tool: ClientTool, call: ToolCalled) -> None:
        came_ns = time.monotonic_ns()
        asked, refusal = await self._refused(tool, call)
        if refusal:
            self._tell(call, refusal, is_error=True)
            return
        began_ns = time.monotonic_ns()
        waited_ms = _ms(began_ns - came_ns) if asked else 0.0
        try:
            async with asyncio.timeout(tool.timeout_s), self._slots:
                began_ns = time.monotonic_ns()
                self._emit(ToolStarted(name=call.name, call_id=call.call_id))
                done = await run_tool(tool, call.parameters, self._folder)
        except TimeoutError:
            self._finish(call, "timeout", began_ns, waited_ms)
            self._tell(call, f"No result within {tool.timeout_s:g} s.", is_error=True)
        except asyncio.CancelledError:
            self._finish(call, "cancelled", began_ns, waited_ms)
            raise
        else:
            self._finish(call, "failed" if done.failed else "ok", began_ns, waited_ms)
            if done.stderr:
                self._emit(Noted(text=f"{call.name} said on standard error: {done.stderr}"))
            self._tell(call, done.result, is_error=done.failed)

    async def _refused(self, tool: ClientTool, call: ToolCalled) -> tuple[bool, str]:
        """Whether somebody was asked, and why the call may not run, "" when it may."""
        if tool.approve == "auto" or self._questions.trusts("", call.name):
            by = "rule" if tool.approve == "auto" else "user"
            self._questions.record(call.call_id, approved=True, by=by)
            return False, ""
        try:
            approved, by = await self._ask(call)
        except asyncio.CancelledError:
            self._questions.record(call.call_id, approved=False, by="hang-up")
            raise
        self._questions.record(call.call_id, approved, by)
        return True, "" if approved else "The user did not allow this."

    async def _ask(self, call: ToolCalled) -> tuple[bool, str]:
        if self._questions.asks(call.call_id):  # an id that an MCP call has: one answer for two
            return False, "rule"
        deadline_ns = time.monotonic_ns() + round(ASK_S * 1e9)
        text = json.dumps(call.parameters, ensure_ascii=False)
        pending = PendingTool(call.call_id, call.name, self._redact(text), deadline_ns)
        return await self._questions.ask(pending, ASK_S)

    def _finish(self, call: ToolCalled, outcome: str, began_ns: int, waited_ms: float) -> None:
        self._emit(
            ToolFinished(
                name=call.name,
                call_id=call.call_id,
                outcome=outcome,
                elapsed_ms=_ms(time.monotonic_ns() - began_ns),
                waited_ms=waited_ms,
            )
        )

    def _tell(self, call: ToolCalled, result: str, *, is_error: bool) -> None:
        if not self._closed:
            # A tool may have read a secret of ours from a file: the agent must not hear it.
            said = self._redact.ours(result)
            self._answer(AnswerTool(call_id=call.call_id, result=said, is_error=is_error))


def _ms(ns: int) -> float:
    return round(ns / 1e6, 1)
