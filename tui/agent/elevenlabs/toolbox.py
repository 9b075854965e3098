"""Tools at work: calls that wait for the client's result or approval, and the frames around them.

Knows calls and frames; what is called, and what is said about it, is decided elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tui.agent.elevenlabs import frames
from tui.agent.responder.replies import CallMcp, CallTool
from tui.agent.responder.triggers import BOOKS, found
from tui.providers.elevenlabs import frames as wire

APPROVAL_S = 300

Send = Callable[[frames.ServerFrame], Awaitable[None]]


class ToolRequests:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._results: dict[str, asyncio.Future[wire.ClientToolResult]] = {}
        self._approvals: dict[str, asyncio.Future[bool]] = {}

    def answered(self, result: wire.ClientToolResult) -> bool:
        """Gives False for a call that nobody waits for (any more)."""
        waiting = self._results.get(str(result.tool_call_id))
        if waiting is None or waiting.done():
            return False
        waiting.set_result(result)
        return True

    def approved(self, result: wire.McpToolApprovalResult) -> bool:
        """One answer a call; gives False for any other."""
        waiting = self._approvals.get(str(result.tool_call_id))
        if waiting is None or waiting.done():
            return False
        waiting.set_result(result.is_approved)
        return True

    async def call(self, event_id: int, call: CallTool) -> wire.ClientToolResult:
        """The client's result; an error when none came in time, an empty one when none is due."""
        call_id = f"tool_call_{event_id}"
        waiting: asyncio.Future[wire.ClientToolResult] = asyncio.get_running_loop().create_future()
        self._results[call_id] = waiting
        try:
            await self._ask(event_id, call_id, call)
            if not call.expects_response:
                return wire.ClientToolResult(tool_call_id=call_id, result="", is_error=False)
            async with asyncio.timeout(call.timeout_s):
                result = await waiting
        except TimeoutError:
            result = wire.ClientToolResult(tool_call_id=call_id, result="timeout", is_error=True)
        finally:
            del self._results[call_id]
        await self.report(call.name, call_id, "client", result.is_error, event_id)
        return result

    async def call_mcp(self, event_id: int, call: CallMcp) -> str:
        """What the agent has to say about it: found, denied, or nobody answered."""
        call_id = f"mcp_call_{event_id}"
        request = frames.tool_request(
            call.name, call_id, "mcp", event_id, expects=True, timeout_s=APPROVAL_S
        )
        await self._send(request)
        await self._show(call, call_id, "awaiting_approval", approval_timeout_secs=APPROVAL_S)
        denied = await self._denied(call_id)
        if denied:
            await self._show(call, call_id, "failure", error_message=denied)
            await self.report(call.name, call_id, "mcp", True, event_id)
            return f"I did not search: {denied}."
        await self._show(call, call_id, "loading")
        books = [{"type": "text", "text": book} for book in BOOKS]
        await self._show(call, call_id, "success", result=books)
        await self.report(call.name, call_id, "mcp", False, event_id)
        return found(call)

    async def report(
        self, name: str, call_id: str, tool_type: str, is_error: bool, event_id: int
    ) -> None:
        payload = wire.ToolResponsePayload(
            tool_name=name,
            tool_call_id=call_id,
            tool_type=tool_type,
            is_error=is_error,
            event_id=event_id,
        )
        await self._send(wire.AgentToolResponse(agent_tool_response=payload))

    async def _ask(self, event_id: int, call_id: str, call: CallTool) -> None:
        request = frames.tool_request(
            call.name,
            call_id,
            "client",
            event_id,
            expects=call.expects_response,
            timeout_s=call.timeout_s,
        )
        await self._send(request)
        payload = wire.ToolCallPayload(
            tool_name=call.name,
            tool_call_id=call_id,
            parameters=call.parameters,
            event_id=event_id,
            expects_response=call.expects_response,
        )
        await self._send(wire.ClientToolCall(client_tool_call=payload))

    async def _denied(self, call_id: str) -> str:
        """Why it may not be done, "" when it may."""
        waiting = asyncio.get_running_loop().create_future()
        self._approvals[call_id] = waiting
        try:
            async with asyncio.timeout(APPROVAL_S):
                return "" if await waiting else "the user denied it"
        except TimeoutError:
            return "nobody approved it in time"
        finally:
            del self._approvals[call_id]

    async def _show(self, call: CallMcp, call_id: str, state: str, **extra: object) -> None:
        frame = frames.mcp_call(
            state, call.service_id, call.name, call_id, call.parameters, **extra
        )
        await self._send(frame)
