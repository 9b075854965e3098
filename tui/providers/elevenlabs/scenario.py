"""Recorded frames as a scenario (TOML) that the local agent can act out again.

Knows the wire and the scenario's keys (docs/local-agent.md); no journal, no file.

What the agent sent is sent again, at its own distances. A reply whose text is among the frames is
spoken anew (`say`), because its audio would drown the file; audio without a text stays as it was.
What the client sent becomes something to wait for, where the agent can only have gone on because
of it. Metadata, pings and the user's own audio come about by themselves.
"""

from collections.abc import Sequence
from typing import Any

from tui.provider import Recorded
from tui.providers.scenario_steps import awaited, object_of, scenario_text, sent_again, toml

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


def write_scenario(about: str, frames: Sequence[Recorded]) -> str:
    """TOML of a scenario. Raises ValueError where nothing in `frames` can be acted out."""
    said: set[Any] = set()
    replies = _replies(frames)

    def step_of(frame: Recorded) -> str:
        return _sent_again(frame, replies, said) if frame.received else _awaited(frame)

    return scenario_text([f"about = {toml(about)}", *_formats(frames)], frames, step_of)


def _formats(frames: Sequence[Recorded]) -> list[str]:
    for frame in frames:
        event = _event(frame, METADATA)
        if event is not None:
            names = {
                "input_format": event.get("user_input_audio_format"),
                "output_format": event.get("agent_output_audio_format"),
            }
            return [f"{key} = {toml(name)}" for key, name in names.items() if name]
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
        return f"say = {toml(replies[key])}\nevent_id = {key}"
    return sent_again(frame.text)


def _awaited(frame: Recorded) -> str:
    if frame.kind not in AWAITED:
        return ""
    return awaited(frame.kind, (object_of(frame.text) or {}).get("tool_call_id"))


def _event(frame: Recorded, kind: str) -> dict[str, Any] | None:
    value = object_of(frame.text) if frame.kind == kind else None
    event = value.get(f"{kind}_event") if value else None
    return event if isinstance(event, dict) else None


def _id(frame: Recorded, kind: str) -> Any:
    event = _event(frame, kind) or {}
    key = event.get("event_id")
    return key if isinstance(key, int) else None
