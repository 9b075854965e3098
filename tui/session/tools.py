"""Client tools of one conversation: what the agent asks for, the user allows, a child does.

Knows the rules; processes are `tool_process`, schemas `tool_check`, the agent's own tools
`tool_mcp`, what waits for the user `tool_ask`.

Theory of operation: each call is a task that asks (where it must), waits for a slot, runs and
answers; whatever happens to it, exactly one answer leaves. Only names in the user's configuration
run. The time-out counts from the moment a call is allowed, its wait for a slot included, so an
agent that floods us is answered in time as well.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

from tui.commands import AnswerMcp, AnswerTool, DecideTool
from tui.events import Event, McpToolChanged, Noted, ToolCalled, ToolFinished, ToolStarted
from tui.notices import PendingTool
from tui.session.plan import Tool
from tui.session.tool_ask import Questions
from tui.session.tool_mcp import McpApprovals
from tui.session.tool_process import run_tool

ASK_S = 20.0
"""The user's silence is a no."""
AT_ONCE = 8
IN_HAND = 64
"""Calls that run or wait; more are refused at once."""
MAX_IDS = 10_000


class Toolbox:
    """Answers every `ToolCalled` of a conversation once, and asks about MCP calls that wait."""

    def __init__(
        self,
        tools: dict[str, Tool],
        folder: str,
        emit: Callable[[Event], None],
        redact: Callable[[str], str],
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
        self._seen: set[str] = set()
        self._closed = False

    def begin(self, answer: Callable[[AnswerTool | AnswerMcp], None]) -> None:
        """A conversation starts: call ids and the user's `always` are of it alone."""
        self._answer = answer
        self._mcp.begin(answer)
        self._questions.forget()
        self._seen.clear()
        self._closed = False

    @property
    def pending(self) -> tuple[PendingTool, ...]:
        """Calls that wait for the user's word, the oldest first."""
        return self._questions.pending

    def change(self, call: McpToolChanged) -> None:
        """Take a state of a tool that runs at the agent; never blocks."""
        self._mcp.change(call)

    def call(self, call: ToolCalled) -> None:
        """Take a call; never blocks."""
        if call.call_id in self._seen or len(self._seen) >= MAX_IDS:
            self._emit(Noted(text=f"tool call {call.call_id} came again: ignored"))
            return
        self._seen.add(call.call_id)
        tool = self._tools.get(call.name)
        problem = self._refusal(tool, call)
        if tool is None or problem:
            self._refuse(call, problem)
            return
        task = asyncio.create_task(self._handle(tool, call))
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

    # ── One call ────────────────────────────────────────────────────────────────────────────────

    def _refusal(self, tool: Tool | None, call: ToolCalled) -> str:
        if tool is None:
            return f"There is no tool named {call.name} on this client."
        if len(self._tasks) >= IN_HAND:
            return "This client has too many tool calls in hand."
        from tui.session.tool_check import problem_of_arguments  # noqa: PLC0415  slow to load

        problem = problem_of_arguments(tool.parameters, call.parameters)
        return f"Invalid arguments: {problem}" if problem else ""

    def _refuse(self, call: ToolCalled, problem: str) -> None:
        finished = ToolFinished(
            name=call.name, call_id=call.call_id, outcome="invalid", elapsed_ms=0.0
        )
        self._emit(finished)
        self._tell(call, problem, is_error=True)

    async def _handle(self, tool: Tool, call: ToolCalled) -> None:
        refusal = await self._refused(tool, call)
        if refusal:
            self._tell(call, refusal, is_error=True)
            return
        began_ns = time.monotonic_ns()
        try:
            async with asyncio.timeout(tool.timeout_s), self._slots:
                began_ns = time.monotonic_ns()
                self._emit(ToolStarted(name=call.name, call_id=call.call_id))
                done = await run_tool(tool, call.parameters, self._folder)
        except TimeoutError:
            self._finish(call, "timeout", began_ns)
            self._tell(call, f"No result within {tool.timeout_s:g} s.", is_error=True)
        except asyncio.CancelledError:
            self._finish(call, "cancelled", began_ns)
            raise
        except OSError as error:
            self._finish(call, "failed", began_ns)
            self._tell(call, f"The tool could not be started: {error.strerror}", is_error=True)
        else:
            self._finish(call, "failed" if done.failed else "ok", began_ns)
            if done.stderr:
                self._emit(Noted(text=f"{call.name} said on standard error: {done.stderr}"))
            fallback = f"The tool failed with code {done.exit_code}." if done.failed else ""
            self._tell(call, done.result or fallback, is_error=done.failed)

    async def _refused(self, tool: Tool, call: ToolCalled) -> str:
        """Why the call may not run, "" when it may."""
        if tool.approve == "auto" or self._questions.trusts("", call.name):
            by = "rule" if tool.approve == "auto" else "user"
            self._questions.record(call.call_id, approved=True, by=by)
            return ""
        try:
            approved, by = await self._ask(call)
        except asyncio.CancelledError:
            self._questions.record(call.call_id, approved=False, by="hang-up")
            raise
        self._questions.record(call.call_id, approved, by)
        return "" if approved else "The user did not allow this."

    async def _ask(self, call: ToolCalled) -> tuple[bool, str]:
        if self._questions.asks(call.call_id):  # an id that an MCP call has: one answer for two
            return False, "rule"
        deadline_ns = time.monotonic_ns() + round(ASK_S * 1e9)
        text = msgspec.json.encode(call.parameters).decode()
        pending = PendingTool(call.call_id, call.name, self._redact(text), deadline_ns)
        return await self._questions.ask(pending, ASK_S)

    def _finish(self, call: ToolCalled, outcome: str, began_ns: int) -> None:
        elapsed_ms = round((time.monotonic_ns() - began_ns) / 1e6, 1)
        self._emit(
            ToolFinished(
                name=call.name, call_id=call.call_id, outcome=outcome, elapsed_ms=elapsed_ms
            )
        )

    def _tell(self, call: ToolCalled, result: str, *, is_error: bool) -> None:
        if not self._closed:
            # A tool may have read a secret of ours from a file: the agent must not hear it.
            said = self._redact(result)
            self._answer(AnswerTool(call_id=call.call_id, result=said, is_error=is_error))
