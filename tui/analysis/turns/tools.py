"""The calls of tools, as events tell of them.

Knows events and times; not which turn a call is of.
"""

from tui.analysis.turns.tool_span import ToolSpan
from tui.events import (
    Event,
    McpAnswered,
    McpToolChanged,
    ToolAnswered,
    ToolAsked,
    ToolCalled,
    ToolDecided,
    ToolFinished,
    ToolReported,
    ToolRequested,
)


class ToolSpans:
    """Of one conversation, by call id."""

    def __init__(self) -> None:
        self._spans: dict[str, ToolSpan] = {}

    def add(self, event: Event, time_ns: int) -> tuple[ToolSpan | None, bool]:
        """The call that `event` tells of, None where it tells of none; is it new?"""
        match event:
            case ToolCalled() | ToolRequested() | McpToolChanged() | ToolReported():
                span = self._spans.get(event.call_id)
                again = isinstance(event, ToolCalled) and span and span.ended_ns is not None
                if span is None or again:  # an id used twice is two calls
                    span = self._spans[event.call_id] = ToolSpan(event.name, time_ns)
                    _change(span, event, time_ns)
                    return span, True
            case ToolAnswered() | ToolAsked() | ToolDecided() | ToolFinished() | McpAnswered():
                span = self._spans.get(event.call_id)
            case _:
                return None, False
        if span is not None:
            _change(span, event, time_ns)
        return span, False


def _change(span: ToolSpan, event: Event, time_ns: int) -> None:
    match event:
        case McpToolChanged(state="awaiting_approval"):
            span.held_ns = span.held_ns or time_ns
        case McpToolChanged(state="success" | "failure") | ToolAnswered() | ToolReported():
            span.ended_ns = span.ended_ns or time_ns
        case ToolFinished(elapsed_ms=elapsed_ms):
            span.ended_ns, span.ran_ns = span.ended_ns or time_ns, round(elapsed_ms * 1e6)
        case ToolAsked():
            span.asked_ns = span.asked_ns or time_ns
        case ToolDecided():
            span.held_ns = None  # by rule, where nobody was asked
            span.decided_ns = span.decided_ns or time_ns
        case McpAnswered() if span.held_ns is not None:
            span.asked_ns, span.decided_ns = span.asked_ns or span.held_ns, time_ns
        case _:
            pass
