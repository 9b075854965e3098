"""Frames in and out as text: what the agent writes, and how it takes what a client wrote.

Knows the wire structs and JSON; no socket, no conversation. Frames that are only ever sent here
are plain objects, built by the functions below.
"""

import binascii
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from tui.agent.elevenlabs.errors import CODES
from tui.agent.speech.alignment import Aligned
from tui.providers.elevenlabs import frames as wire

IGNORED = frozenset({"enclave_setup_config"})
"""Published client types that need no action here."""
MODEL, CONTEXT_LIMIT = "local-rules", 8_192
"""What `context_usage` tells of: no language model, so the figures are made of words."""

RawFrame = dict[str, Any]
ServerFrame = wire.ServerFrame | RawFrame


class ChunkReceived(msgspec.Struct, frozen=True):
    """User audio, still in the negotiated input format."""

    audio: bytes


class InvalidClientFrame(msgspec.Struct, frozen=True):
    """What could not be understood; `type` is None when even that could not be read."""

    type: str | None
    reason: str


ClientFrame = (
    wire.Initiation
    | wire.Pong
    | wire.UserMessage
    | wire.UserActivity
    | wire.ContextualUpdate
    | wire.ClientToolResult
    | wire.MultimodalMessage
    | wire.Feedback
    | wire.McpToolApprovalResult
)
ClientSaid = ClientFrame | ChunkReceived | InvalidClientFrame


class _Head(msgspec.Struct):
    type: str | None = None
    user_audio_chunk: str | None = None


_HEAD = msgspec.json.Decoder(_Head)
_BODY: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_ENCODER = msgspec.json.Encoder()


def read(text: str, strict: bool = False) -> ClientSaid | None:
    """A client's frame; None for a published type that is of no interest here. `strict` takes
    nothing that the description does not have."""
    try:
        head = _HEAD.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return InvalidClientFrame(None, str(error))
    if head.user_audio_chunk is not None:
        return _chunk(head.user_audio_chunk, strict)
    if head.type in IGNORED:
        return None
    try:
        body = _BODY.decode(text)
    except msgspec.DecodeError as error:
        return InvalidClientFrame(head.type, str(error))
    return _strictly(body) if strict else body


def write(frame: ServerFrame) -> str:
    return _ENCODER.encode(frame).decode()


def text_of(frame: ClientFrame) -> str:
    """A client's frame as JSON again."""
    return _ENCODER.encode(frame).decode()


def audio(chunk: bytes, event_id: int, last: bool, aligned: Aligned | None) -> wire.Audio:
    payload = wire.AudioPayload(
        audio_base_64=b64encode(chunk).decode(),
        event_id=event_id,
        alignment=_alignment(aligned) if aligned else None,
        is_final=last,
    )
    return wire.Audio(audio_event=payload)


def response_complete(event_id: int) -> RawFrame:
    return {
        "type": "agent_response_complete",
        "agent_response_complete_event": {"event_id": event_id},
    }


def context_usage(event_id: int, tokens: int) -> RawFrame:
    payload = {
        "event_id": event_id,
        "model": MODEL,
        "context_tokens": min(tokens, CONTEXT_LIMIT),
        "context_limit_tokens": CONTEXT_LIMIT,
    }
    return {"type": "context_usage", "context_usage_event": payload}


def reasoning_part(kind: str, text: str, event_id: int) -> RawFrame:
    """`kind`: start, delta or stop. The id of reasoning is a string by contract."""
    payload = {"text": text, "type": kind, "event_id": f"reasoning_{event_id}"}
    return {"type": "agent_reasoning_response_part", "reasoning_response_part": payload}


def tool_request(
    name: str, call_id: str, tool_type: str, event_id: int, *, expects: bool, timeout_s: int
) -> RawFrame:
    payload = {
        "tool_name": name,
        "tool_call_id": call_id,
        "tool_type": tool_type,
        "event_id": event_id,
        "expects_response": expects,
        "disable_interruptions": False,
        "response_timeout_secs": timeout_s,
        "execution_mode": "immediate",
    }
    return {"type": "agent_tool_request", "agent_tool_request": payload}


def mcp_call(
    state: str, service_id: str, name: str, call_id: str, parameters: RawFrame, **extra: object
) -> RawFrame:
    payload = {
        "service_id": service_id,
        "tool_call_id": call_id,
        "tool_name": name,
        "tool_description": "Looks for a word in the library.",
        "parameters": parameters,
        "timestamp": datetime.now(UTC).isoformat(),
        "state": state,
        **extra,
    }
    return {"type": "mcp_tool_call", "mcp_tool_call": payload}


def mcp_status(service_ids: Sequence[str]) -> RawFrame:
    integrations = [
        {
            "integration_id": service_id,
            "integration_type": "mcp_server",
            "is_connected": True,
            "tool_count": 1,
        }
        for service_id in service_ids
    ]
    return {
        "type": "mcp_connection_status",
        "mcp_connection_status": {"integrations": integrations},
    }


def queue_status(status: str) -> RawFrame:
    """`status`: waiting, admitted or timed_out."""
    return {"type": "queue_status", "queue_status_event": {"status": status}}


def guardrail(name: str) -> RawFrame:
    return {"type": "guardrail_triggered", "guardrail_triggered_event": {"guardrail_name": name}}


def error(error_type: str, message: str) -> RawFrame:
    payload = {"code": CODES[error_type], "error_type": error_type, "message": message}
    return {"type": "error", "error_event": payload}


def client_error(error_type: str, message: str) -> RawFrame:
    payload = {"code": CODES[error_type], "error_name": error_type, "message": message}
    return {"type": "client_error", "error_event": payload}


def _alignment(aligned: Aligned) -> wire.AlignmentPayload:
    return wire.AlignmentPayload(
        chars=aligned.chars,
        char_start_times_ms=aligned.starts_ms,
        char_durations_ms=aligned.durations_ms,
    )


def _chunk(encoded: str, strict: bool) -> ChunkReceived | InvalidClientFrame:
    try:
        return ChunkReceived(binascii.a2b_base64(encoded, strict_mode=strict))
    except (binascii.Error, ValueError) as error:
        return InvalidClientFrame("user_audio_chunk", str(error))


def _strictly(frame: ClientFrame) -> ClientSaid:
    """`frame`, or a InvalidClientFrame for what clients are forgiven elsewhere."""
    match frame:
        case wire.ClientToolResult(result=result) if not isinstance(result, str):
            return InvalidClientFrame("client_tool_result", "result is not a string")
        case wire.Feedback(score=score) if score not in ("like", "dislike", None):
            return InvalidClientFrame("feedback", "score is not like, dislike or null")
        case wire.MultimodalMessage(text=None, file=None, files=[]):
            return InvalidClientFrame("multimodal_message", "neither text nor file")
        case _:
            return frame
