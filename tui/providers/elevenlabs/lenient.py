"""Frames of an ElevenLabs agent as other writers make them: read for what they mean.

Knows shapes; no state. Asked only after the strict reader refused a frame, so that a usual frame
costs nothing. A number may be written `7.0` or `"9"`, an id may be missing, a text may hold half a
surrogate pair; what a program acts on (a tool's arguments) is never guessed.
"""

import json
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import msgspec

from tui import events
from tui.providers.elevenlabs import frames as wire
from tui.providers.lenient import halves_out, loads, real, whole

_FRAMES: Mapping[str, type[wire.ServerFrame]] = types.MappingProxyType(
    {str(frame.__struct_config__.tag): frame for frame in wire.AnyServerFrame.__args__}
)
_STREAMED = (wire.AgentChatResponsePart, wire.AgentReasoningPart)
_NOT_TO_BE_GUESSED = (wire.ClientToolCall, wire.McpToolCall)


def mend(text: str, newest_id: int) -> wire.AnyServerFrame | None:
    """The frame, with `newest_id` for an id that is missing; None where it cannot be told.

    Pieces of a stream may begin and end with half a surrogate pair."""
    try:
        frame, lost = loads(text)
    except (ValueError, RecursionError):
        return None
    shape = _FRAMES.get(str(frame.get("type"))) if isinstance(frame, dict) else None
    if shape is None or (lost and shape in _NOT_TO_BE_GUESSED):
        return None
    if shape in (wire.Error, wire.ClientError):
        frame = _error(frame)
    if shape not in _STREAMED:
        frame = _whole_texts(frame)
    try:
        mended: wire.AnyServerFrame = msgspec.convert(
            _fitted(frame, shape, newest_id), wire.AnyServerFrame, strict=False
        )
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
    return mended


def _whole_texts(value: Any) -> Any:
    match value:
        case str():
            return halves_out(value)
        case dict():
            return {halves_out(name): _whole_texts(inner) for name, inner in value.items()}
        case list():
            return [_whole_texts(inner) for inner in value]
        case _:
            return value


def _fitted(data: dict[str, Any], shape: type[msgspec.Struct], newest_id: int) -> dict[str, Any]:
    fitted = dict(data)
    for field in msgspec.structs.fields(shape):
        kinds = _kinds(field.type)
        inner = next((k for k in kinds if _is_struct(k)), None)
        value = fitted.get(field.name)
        if inner is not None and isinstance(value, dict):
            fitted[field.name] = _fitted(value, inner, newest_id)
            if type(None) in kinds and not _converts(fitted[field.name], inner):
                fitted[field.name] = None  # subtitles, say: what they belong to counts more
        elif int in kinds and not (str in kinds and isinstance(value, str)):
            _put(fitted, field, whole(value, down=field.name == "event_id"), newest_id)
        elif float in kinds and isinstance(value, str):
            _put(fitted, field, real(value), newest_id)
        elif str in kinds and isinstance(value, int | float) and not isinstance(value, bool):
            fitted[field.name] = str(value)
    return fitted


def _put(
    fitted: dict[str, Any],
    field: msgspec.structs.FieldInfo,
    value: int | float | None,
    newest_id: int,
) -> None:
    if value is not None:
        fitted[field.name] = value
    elif not field.required:
        fitted.pop(field.name, None)
    elif field.name == "event_id":
        fitted[field.name] = newest_id


def _error(frame: dict[str, Any]) -> dict[str, Any]:
    """An error is said wherever its words are: in its payload, in place of it, or beside it."""
    payload = frame.get("error_event")
    if isinstance(payload, str):
        payload = {"message": payload}
    elif not isinstance(payload, dict):
        payload = {name: value for name, value in frame.items() if name != "type"}
    words = {
        k: v if isinstance(v, str | int | float | None) else _told(v) for k, v in payload.items()
    }
    return {"type": frame["type"], "error_event": words}


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kinds(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _converts(data: dict[str, Any], shape: type[msgspec.Struct]) -> bool:
    try:
        msgspec.convert(data, shape, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return False
    return True


# ── Calls of tools ───────────────────────────────────────────────────────────────────────────────


class _Call(msgspec.Struct):
    tool_name: Any = None
    tool_call_id: Any = None
    parameters: msgspec.Raw = msgspec.Raw()
    event_id: Any = 0


class _Frame(msgspec.Struct, tag="client_tool_call"):
    client_tool_call: _Call


_decode_call = msgspec.json.Decoder(_Frame).decode


def call_at_least(text: str) -> tuple[events.ToolCalled, ...]:
    """The call in a frame whose arguments nobody can read: it is answered all the same."""
    try:
        call = _decode_call(text).client_tool_call
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
