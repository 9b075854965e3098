"""Recorded frames as a scenario (TOML) that the local agent can act out again.

Knows the wire and the scenario's keys (docs/local-agent.md); no journal, no file.

What the agent sent is sent again, at its own distances. A reply whose text is among the frames is
spoken anew (`say`), because its audio would drown the file; audio without a text stays as it was.
What the client sent becomes something to wait for, where the agent can only have gone on because
of it. Metadata, pings and the user's own audio come about by themselves.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from tui.provider import Recorded

TYPED = "user_message"
AWAITED = (
    TYPED,
    "contextual_update",
    "client_tool_result",
    "multimodal_message",
    "feedback",
    "mcp_tool_approval_result",
)
METADATA = "conversation_initiation_metadata"
BY_THEMSELVES = (METADATA, "ping")
SPOKEN = ("agent_response", "audio")
SHORTEST_DELAY_MS = 20
LONGEST_DELAY_MS = 600_000
DEEPEST = 20


def write_scenario(about: str, frames: Sequence[Recorded]) -> str:
    """TOML of a scenario. Raises ValueError where nothing in `frames` can be acted out."""
    steps: list[str] = []
    said: set[Any] = set()
    replies = _replies(frames)
    before_ns = 0
    for frame in frames:
        step = _sent_again(frame, replies, said) if frame.received else _awaited(frame)
        if not step:
            continue
        if frame.received and before_ns:
            steps += _pause(frame.time_ns - before_ns)
        steps.append(step)
        before_ns = frame.time_ns
    if not steps:
        raise ValueError("nothing in this selection can be acted out: it has no agent's frames")
    head = [f"about = {_toml(about)}", *_formats(frames)]
    return "\n".join(head) + "\n" + "".join(f"\n[[step]]\n{step}\n" for step in steps)


def _formats(frames: Sequence[Recorded]) -> list[str]:
    for frame in frames:
        event = _event(frame, METADATA)
        if event is not None:
            names = {
                "input_format": event.get("user_input_audio_format"),
                "output_format": event.get("agent_output_audio_format"),
            }
            return [f"{key} = {_toml(name)}" for key, name in names.items() if name]
    return []


def _replies(frames: Sequence[Recorded]) -> dict[Any, str]:
    """Text by event id, of the replies that were spoken."""
    audible = {_id(frame, "audio") for frame in frames if frame.kind == "audio"}
    texts: dict[Any, str] = {}
    for frame in frames:
        event = _event(frame, "agent_response")
        key = _id(frame, "agent_response")
        if event is not None and key in audible and isinstance(key, int):
            text = str(event.get("agent_response", "")).strip()
            texts[key] = f"{texts[key]} {text}" if key in texts else text
    return {key: text for key, text in texts.items() if text}


def _sent_again(frame: Recorded, replies: dict[Any, str], said: set[Any]) -> str:
    if frame.kind in BY_THEMSELVES:
        return ""
    key = _id(frame, frame.kind) if frame.kind in SPOKEN else None
    if key in replies:
        if key in said:
            return ""
        said.add(key)
        return f"say = {_toml(replies[key])}\nevent_id = {key}"
    value = _object(frame.text)
    if value is None or not _fits_toml(value):
        return f"send_text = {_toml(frame.text)}"
    return f"send = {_toml(value)}"


def _awaited(frame: Recorded) -> str:
    if frame.kind not in AWAITED:
        return ""
    value = _object(frame.text) or {}
    step = f"wait_for = {_toml(frame.kind)}"
    call = value.get("tool_call_id")
    return f"{step}\ncontains = {_toml(call)}" if isinstance(call, str) and call else step


def _pause(elapsed_ns: int) -> list[str]:
    ms = min(round(elapsed_ns / 1e6), LONGEST_DELAY_MS)
    return [f"delay_ms = {ms}"] if ms >= SHORTEST_DELAY_MS else []


def _event(frame: Recorded, kind: str) -> dict[str, Any] | None:
    value = _object(frame.text) if frame.kind == kind else None
    event = value.get(f"{kind}_event") if value else None
    return event if isinstance(event, dict) else None


def _id(frame: Recorded, kind: str) -> Any:
    event = _event(frame, kind) or {}
    key = event.get("event_id")
    return key if isinstance(key, int) else None


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fits_toml(value: Any, depth: int = 0) -> bool:
    """TOML has no null and no numbers without end, and nobody reads a very deep line."""
    if isinstance(value, dict | list) and depth < DEEPEST:
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        return all(_fits_toml(item, depth + 1) for item in inside)
    if isinstance(value, str):  # half a surrogate pair stands in no file
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and -(2**63) <= value < 2**63


def _toml(value: Any) -> str:
    """`value` as an inline TOML value; strings with every odd character escaped."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case list():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case dict():
            inside = ", ".join(f"{_string(key)} = {_toml(item)}" for key, item in value.items())
            return f"{{ {inside} }}" if inside else "{ }"
        case _:
            return repr(value)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but for the pairs that JSON makes of rare characters, and DEL.
    quoted = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return quoted.replace("\x7f", "\\u007f")
