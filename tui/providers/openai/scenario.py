"""Recorded frames as a scenario (TOML) that the local agent can act out again.

Knows the wire and the scenario's keys (docs/local-agent.md); no journal, no file.

What the agent sent is sent again, at its own distances. A response that was said to its end is
spoken anew (`say`, one for each message of it), because its audio would drown the file; one that
was cut, that failed or that calls a tool stays as it was. What the client sent becomes something to
wait for, where the agent can only have gone on because of it. The session and the limits come about
by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.provider import Recorded
from tui.providers.scenario_steps import awaited, object_of, scenario_text, sent_again, toml

AWAITED = (
    "conversation.item.create",
    "conversation.item.retrieve",
    "conversation.item.delete",
    "input_audio_buffer.commit",
    "response.create",
)
"""A truncation or a cancellation depends on what a listener does: it is not waited for."""
BY_THEMSELVES = ("session.created", "session.updated")
SAID = {
    "response.output_audio_transcript.done": "transcript",
    "response.output_text.done": "text",
    "response.audio_transcript.done": "transcript",
    "response.text.done": "text",
}
"""Whole texts, by the names of today and of the beta that some servers still speak."""
OF_ITEMS = ("conversation.item.added", "conversation.item.created", "conversation.item.done")


@dataclass(slots=True)
class _Response:
    texts: dict[str, str] = field(default_factory=dict)
    """By the item."""
    items: set[str] = field(default_factory=set)
    spoken: bool = True
    """It consists of messages, and came to its end as far as the frames tell."""

    @property
    def steps(self) -> str:
        """ "" where it has to be sent as it was."""
        texts = [text.strip() for text in self.texts.values() if text.strip()]
        if not self.spoken or not texts:
            return ""
        *first, last = (f"say = {toml(text)}" for text in texts)
        return "\n\n[[step]]\n".join([*(f"{step}\nmore = true" for step in first), last])


def write_scenario(about: str, frames: Sequence[Recorded]) -> str:
    """TOML of a scenario. Raises ValueError where nothing in `frames` can be acted out."""
    responses = _responses(frames)
    owners = {item: key for key, response in responses.items() for item in response.items}
    spoken: set[str] = set()

    def step_of(frame: Recorded) -> str:
        value = object_of(frame.text) or {}
        if not frame.received:
            call_id = _dict(value, "item").get("call_id")
            return awaited(frame.kind, call_id) if frame.kind in AWAITED else ""
        if frame.kind in BY_THEMSELVES:
            return ""
        key = _response_of(value) or owners.get(_item_of(frame, value), "")
        steps = responses[key].steps if key in responses else ""
        if not steps:
            return sent_again(frame.text)
        if key in spoken:
            return ""
        spoken.add(key)
        return steps

    return scenario_text([f"about = {toml(about)}", 'protocol = "openai"'], frames, step_of)


def _responses(frames: Sequence[Recorded]) -> dict[str, _Response]:
    found: dict[str, _Response] = {}
    for frame in frames:
        value = object_of(frame.text) if frame.received else None
        key = _response_of(value or {})
        if value is None or not key:
            continue
        response = found.setdefault(key, _Response())
        item = _dict(value, "item")
        if isinstance(item.get("id"), str):
            response.items.add(item["id"])
        if item.get("type", "message") != "message":
            response.spoken = False
        if frame.kind in SAID:
            about, text = str(value.get("item_id", "")), str(value.get(SAID[frame.kind]) or "")
            response.texts[about] = f"{response.texts.get(about, '')} {text}"
        if frame.kind == "response.done":
            response.spoken &= _dict(value, "response").get("status") == "completed"
    return found


def _response_of(value: dict[str, Any]) -> str:
    key = value.get("response_id") or _dict(value, "response").get("id")
    return key if isinstance(key, str) else ""


def _item_of(frame: Recorded, value: dict[str, Any]) -> str:
    """Of the frames that tell of an item beside its response."""
    key = _dict(value, "item").get("id") if frame.kind in OF_ITEMS else None
    return key if isinstance(key, str) else ""


def _dict(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
