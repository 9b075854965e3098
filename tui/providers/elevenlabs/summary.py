"""One line that tells a reader of the event log what an ElevenLabs frame says.

Knows frame shapes; no state, no screen. Texts are as the server sent them: the screen cleans them.
"""

from typing import Any

import msgspec

from tui.providers.nesting import too_deep

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.encode

# What to show of a frame, by the last name on the way to it, in this order.
_FIELDS = (
    "user_transcript",
    "agent_response",
    "corrected_agent_response",
    "tentative_agent_response",
    "part",
    "text",
    "files",
    "vad_score",
    "turn_probability",
    "tool_name",
    "parameters",
    "result",
    "state",
    "status",
    "is_error",
    "is_approved",
    "score",
    "full_tool_result",
    "error_message",
    "guardrail_name",
    "component",
    "props",
    "is_typing",
    "duration_ms",
    "integrations",
    "metadata",
    "message",
    "error_type",
    "error_name",
    "code",
    "conversation_id",
    "user_input_audio_format",
    "agent_output_audio_format",
    "context_tokens",
    "context_limit_tokens",
    "model",
    "tool_call_id",
    "event_id",
    "ping_ms",
    "reason",
)
# That a tool failed, and why: no name or number pushes it off the screen.
_FAILED = ("is_error", *(name for name in _FIELDS if name != "is_error"))
_QUOTED = {
    "user_transcript",
    "agent_response",
    "corrected_agent_response",
    "tentative_agent_response",
    "text",
}
_BARE = set(
    """tool_name parameters vad_score turn_probability state status part component props
    guardrail_name metadata""".split()
)
_SHORT = {
    "conversation_id": "",
    "user_input_audio_format": "in=",
    "agent_output_audio_format": "out=",
    "tool_call_id": "",
    "event_id": "id=",
    "context_tokens": "tokens=",
    "context_limit_tokens": "of=",
}


def summarize(kind: str, text: str) -> str:
    """`text` is a frame's text with its audio left out."""
    if too_deep(text):
        return text[:200]
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return text[:200]
    if not isinstance(frame, dict):
        return text[:200]
    if kind == "conversation_initiation_client_data":
        return _encode({k: v for k, v in frame.items() if k != "type" and v}).decode()
    fields = _flatten(frame)
    failed = fields.get("is_error") is True
    order, bare = (_FAILED, _BARE | {"result"}) if failed else (_FIELDS, _BARE)
    shown = [_show(name, fields[name], bare) for name in order if fields.get(name) is not None]
    if shown:
        return " ".join(shown)
    rest = {k: v for k, v in frame.items() if k != "type"}
    return _encode(rest).decode()[:200] if rest else ""


def _flatten(frame: dict[str, Any]) -> dict[str, Any]:
    """The fields of the frame and of its payload object, under their own names."""
    fields: dict[str, Any] = {}
    for name, value in frame.items():
        if isinstance(value, dict) and name != "parameters":
            fields.update({k: v for k, v in value.items() if k != "type"})
            if name.endswith("_part"):  # of a stream: start, delta or stop
                fields["part"] = value.get("type")
        elif name != "type":
            fields[name] = value
    return fields


def _show(name: str, value: Any, bare: set[str]) -> str:
    if name in _QUOTED and isinstance(value, str):
        return f'"{value}"'
    if name == "parameters" or isinstance(value, (dict, list)):
        text = _encode(value).decode()
        return text if name in bare else f"{name}={text}"
    if isinstance(value, float):
        value = f"{value:.2f}"
    if name in bare:
        return str(value)
    return f"{_SHORT.get(name, name + '=')}{value}"
