"""The tool lines of a conversation: what was asked, where it stands, what came of it.

Knows entries; no place in the transcript, no screen. A call is known by its id, whoever tells of
it: the agent's frames, our answers, or the facts of a tool that runs here.
"""

from tui.analysis.entry import Entry
from tui.analysis.transcript.line import Line, Role
from tui.analysis.turns.turn import NS_PER_MS
from tui.events import (
    McpAnswered,
    McpToolChanged,
    ToolAnswered,
    ToolAsked,
    ToolCalled,
    ToolDecided,
    ToolFinished,
    ToolReported,
    ToolRequested,
    ToolStarted,
)

ToolEvent = (
    ToolCalled
    | ToolRequested
    | ToolAnswered
    | ToolReported
    | ToolAsked
    | ToolDecided
    | ToolStarted
    | ToolFinished
    | McpToolChanged
    | McpAnswered
)

WAITING = "waiting for approval"
RUNNING = "running"
_REFUSED = {
    "rule": "refused by rule",
    "timeout": "not approved in time",
    "hang-up": "cancelled",
}
_OUTCOMES = {
    "ok": "",
    "timeout": "timed out",
    "invalid": "invalid arguments",
    "unknown": "no tool of that name here: [tools] lacks it",
    "busy": "too many calls in hand",
}
_MCP_STATES = {"loading": RUNNING, "awaiting_approval": WAITING, "success": "", "failure": ""}


class ToolLines:
    """Of one conversation, by call id."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def apply(self, event: ToolEvent, entry: Entry) -> tuple[Line | None, bool]:
        """The line that `event` changed, None where it tells of no known call; is it new?"""
        line = self._lines.get(event.call_id)
        if isinstance(event, ToolCalled) and line is not None and line.parameters is not None:
            line = None  # an id used twice is two calls
        if line is not None:
            _change(line, event, entry)
            return line, False
        line = _begun(event, entry)
        if line is not None:
            self._lines[event.call_id] = line
            _change(line, event, entry)
        return line, line is not None


def _begun(event: ToolEvent, entry: Entry) -> Line | None:
    """An answer to nothing is a row of the event log, not a line."""
    match event:
        case ToolCalled(reply_id=key) | ToolRequested(reply_id=key) | ToolReported(reply_id=key):
            reply_id = key
        case McpToolChanged():
            reply_id = None
        case _:
            return None
    line = Line(Role.TOOL, entry.time_ns, entry.turn, event.name, reply_id)
    line.call_id, line.final = event.call_id, False
    return line


def _change(line: Line, event: ToolEvent, entry: Entry) -> None:
    match event:
        case ToolCalled(parameters=parameters):
            line.parameters, line.tool_type = parameters, "client"
        case ToolRequested(tool_type=tool_type):
            line.tool_type = tool_type
        case ToolAnswered(result=result, is_error=is_error):
            line.result = result
            _end(line, entry, is_error)
        case ToolReported():
            _report(line, event, entry)
        case McpToolChanged():
            _change_mcp(line, event, entry)
        case McpAnswered(approved=approved):
            _decide(line, approved, "user")
        case ToolAsked() | ToolDecided() | ToolStarted() | ToolFinished():
            _change_here(line, event, entry)


def _change_here(
    line: Line, event: ToolAsked | ToolDecided | ToolStarted | ToolFinished, entry: Entry
) -> None:
    match event:
        case ToolAsked(deadline_ns=deadline_ns):
            line.state, line.deadline_ns, line.asked_ns = WAITING, deadline_ns, entry.time_ns
        case ToolDecided(approved=approved, by=by):
            _decide(line, approved, by)
            if line.asked_ns is not None:
                line.waited_ms = max(entry.time_ns - line.asked_ns, 0) / NS_PER_MS
                line.asked_ns = None
        case ToolStarted():
            line.state = RUNNING
        case ToolFinished(outcome=outcome, elapsed_ms=elapsed_ms):
            _end(line, entry, outcome != "ok")
            line.state, line.ran_ms = _OUTCOMES.get(outcome, outcome), elapsed_ms


def _decide(line: Line, approved: bool, by: str) -> None:
    line.state = "approved" if approved else _REFUSED.get(by, "refused")
    line.deadline_ns = None


def _report(line: Line, event: ToolReported, entry: Entry) -> None:
    _end(line, entry, event.is_error)
    line.tool_type = event.tool_type
    if line.result is None:
        line.result = event.result
    if event.is_blocked:
        line.state = "blocked by a guardrail"
    elif not event.is_called and not line.state:
        line.state = "not run"


def _change_mcp(line: Line, event: McpToolChanged, entry: Entry) -> None:
    line.parameters, line.tool_type = event.parameters, "mcp"
    if event.state in ("success", "failure"):
        _end(line, entry, event.state == "failure")
        line.result = event.detail
        return
    line.state, line.deadline_ns = _MCP_STATES.get(event.state, event.state), None
    if line.state == WAITING and event.approval_timeout_s is not None:
        line.deadline_ns = entry.time_ns + event.approval_timeout_s * 1000 * NS_PER_MS


def _end(line: Line, entry: Entry, is_error: bool) -> None:
    if not line.final and entry.time_ns > line.time_ns:
        line.duration_ms = (entry.time_ns - line.time_ns) / NS_PER_MS
    if line.state in (RUNNING, WAITING, "approved"):
        line.state, line.deadline_ns = "", None
    if line.ran_ms is None and line.waited_ms is not None and line.duration_ms is not None:
        line.ran_ms = max(line.duration_ms - line.waited_ms, 0.0)  # elsewhere: as seen from here
    line.final = True
    line.is_error = line.is_error or is_error
