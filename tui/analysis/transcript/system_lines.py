"""What happened around a conversation, in words: the transcript's system lines.

Knows events only. Texts of the provider are as they came: the screen cleans them.
"""

import json
from typing import Any

from tui.analysis.records.fact_text import report_text
from tui.events import (
    AgentAnnotated,
    AgentHandedOver,
    CallReported,
    Closer,
    ContextReceived,
    ContextSent,
    Event,
    GuardrailTriggered,
    LimitNeared,
    LinkClosed,
    LinkFailed,
    LinkRetrying,
    McpServersChanged,
    PreflightFound,
    ProviderErred,
    QueueMoved,
    RichContentReceived,
    SetupChosen,
    UploadFailed,
)

MOST = 200
_QUEUE = {
    "waiting": "waiting for a free line",
    "admitted": "a line is free",
    "timed_out": "no line became free in time",
}


def system_line(event: Event) -> str:  # noqa: PLR0911, PLR0912  one an event
    """What a user wants to be told of `event`; "" for most."""
    match event:
        case LinkClosed() | LinkFailed():
            return ending(event)
        case ProviderErred():
            return _erred(event)
        case LinkRetrying(attempt=attempt, delay_ms=delay_ms, reason=reason):
            when = f"reconnecting, attempt {attempt}, next in {delay_ms / 1000:.1f} s"
            return f"{when}: {reason}" if reason else when
        case LimitNeared(text=text, share=share) if share < 1:  # at its end, the ending says it
            return text
        case QueueMoved(status=status):
            return _QUEUE.get(status, f"queue: {status}")
        case GuardrailTriggered(name=name):
            return f"a guardrail was triggered: {name}" if name else "a guardrail was triggered"
        case AgentHandedOver(connected=connected):
            return "a person has joined the call" if connected else "the person has left the call"
        case McpServersChanged(servers=servers):
            lost = ", ".join(server.id for server in servers if not server.connected)
            return f"MCP server not connected: {lost}" if lost else ""
        case RichContentReceived(component=component):
            return f"the agent shows {component}"
        case SetupChosen(names=names):
            return f"asked of the agent: {', '.join(names)}" if names else ""
        case PreflightFound(problems=problems):
            return f"before the call: {'; '.join(problems)}" if problems else ""
        case AgentAnnotated(metadata=metadata):
            return f"with the reply: {_cut(_pairs(metadata))}" if metadata else ""
        case ContextReceived(text=text):
            return f"the agent was told: {_cut(text)}" if text else ""
        case ContextSent(text=text):
            return f"you told the agent: {_cut(text)}" if text else ""
        case CallReported():
            return f"on the provider's record: {report_text(event)}"
        case UploadFailed(name=name, reason=reason):
            return f"{name} was not uploaded: {reason}"
        case _:
            return ""


def _pairs(metadata: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in metadata.items()
    )


def _cut(text: str) -> str:
    """A line's worth; the event log has the whole."""
    return text if len(text) <= MOST else f"{text[:MOST]}…"


def ending(event: LinkClosed | LinkFailed) -> str:  # noqa: PLR0911  one a way to end
    """How a conversation ended, or why none came about, in words."""
    if isinstance(event, LinkFailed):
        return f"{event.reason}; {event.advice}" if event.advice else event.reason
    detail = f": {event.reason}" if event.reason else ""
    match event.by:
        case Closer.USER if event.renewed:
            return "the session is renewed before its end: what was said is told as text, no sound"
        case Closer.USER:
            return "you hung up"
        case Closer.LIMIT:
            return f"hung up at your limit{detail}"
        case Closer.AGENT:
            return f"the agent ended the call{detail}"
        case Closer.ERROR if event.refused:
            return f"a frame of the agent's was refused: code {event.code}{detail}"
        case Closer.ERROR if event.code == 1006:  # RFC 6455 7.1.5: no close frame came
            return f"the connection broke: code 1006{detail and f', {event.reason}'}"
        case Closer.ERROR:
            return f"the agent closed the call: code {event.code}{detail and f', {event.reason}'}"


def _erred(event: ProviderErred) -> str:
    marks = [str(mark) for mark in (event.code, event.error_type) if mark is not None]
    return f"the agent reports an error: {event.message}" + (f" ({' '.join(marks)})" * bool(marks))
