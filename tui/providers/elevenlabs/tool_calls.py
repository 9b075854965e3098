"""Calls of tools as writers of back ends make them: no arguments, arguments as text, odd ids.

Knows what stands in a call and what can be meant by it; no state.
"""

import json
from typing import Any

import msgspec

from tui import events
from tui.providers.elevenlabs import frames as wire


class _Call(msgspec.Struct):
    tool_name: Any = None
    tool_call_id: Any = None
    parameters: msgspec.Raw = msgspec.Raw()
    event_id: Any = 0


class _Frame(msgspec.Struct, tag="client_tool_call"):
    client_tool_call: _Call


_decode = msgspec.json.Decoder(_Frame).decode


def call_at_least(text: str) -> tuple[events.ToolCalled, ...]:
    """The call in a frame whose arguments nobody can read: it is answered all the same."""
    try:
        call = _decode(text).client_tool_call
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return ()
    called = events.ToolCalled(
        name=as_text(call.tool_name),
        call_id=as_text(call.tool_call_id),
        parameters={},
        reply_id=call.event_id if isinstance(call.event_id, int) else 0,
        problem="they are nested too deeply, or hold a number out of range",
    )
    return (called,)


def as_text(given: Any) -> str:
    """A name or an id that should be a text; "" for none."""
    if isinstance(given, str):
        return given
    return "" if given is None else json.dumps(given)


def odd_id(frame: wire.AnyServerFrame) -> dict[str, Any]:
    """The id of a call that is known by something else than a text, by what stands for it here."""
    match frame:
        case wire.ClientToolCall(client_tool_call=call):
            given = call.tool_call_id
        case wire.McpToolCall(mcp_tool_call=call):
            given = call.tool_call_id
        case _:
            return {}
    return {} if isinstance(given, str) and given else {as_text(given): given}
