"""The official SDK as an oracle: every frame that the codec sends is one of its client events."""

import json
from typing import Any

import pytest
from openai.types.realtime import RealtimeClientEvent
from pydantic import BaseModel, TypeAdapter

from tests.providers.openai.rig import Talk, examples
from tests.providers.openai.test_talking import heard
from tui.commands import (
    AnswerMcp,
    AnswerTool,
    BeginTurn,
    EndTurn,
    SendAudio,
    SendContext,
    SendImage,
    SendText,
    StopReply,
)
from tui.provider import DeclaredTool
from tui.providers.openai.check import check_frame
from tui.setup import Setup

_events: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
TOOL = DeclaredTool(name="look", description="Looks.", parameters={"type": "object"})


def unknown(value: Any, path: str = "") -> list[str]:
    """Fields that the SDK's models have no name for, at any depth."""
    if isinstance(value, list):
        return [name for one in value for name in unknown(one, path)]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}{name}" for name in value.model_extra or {}]
    for name, inner in value:
        found += unknown(inner, f"{path}{name}.")
    return found


def agreed(frame: dict[str, Any]) -> None:
    """Both the SDK and our own check take it, and the SDK writes the same."""
    model = _events.validate_python(frame, strict=True)
    assert unknown(model) == []
    assert json.loads(model.model_dump_json(exclude_unset=True)) == frame
    assert check_frame(json.dumps(frame)) == ""


@pytest.mark.parametrize("frame", examples("client"), ids=lambda frame: frame["type"])
def test_the_published_examples_are_its_own(frame: dict[str, Any]) -> None:
    assert unknown(_events.validate_python(frame)) == []


@pytest.mark.parametrize(
    "setup",
    [
        Setup(),
        Setup(text_only=True, prompt="Be terse."),
        Setup(
            prompt="Be terse.", voice_id="cedar", llm="gpt-realtime-2.1", speed=1.2, max_tokens=9,
            language="de", keywords=("Blom",),
            options={
                "turn_detection": "server_vad", "threshold": 0.6, "prefix_padding_ms": 200,
                "silence_duration_ms": 700, "idle_timeout_ms": 6000, "create_response": True,
                "interrupt_response": False, "noise_reduction": "far_field",
                "reasoning_effort": "xhigh", "parallel_tool_calls": False, "tool_choice": "look",
                "truncation": 0.8,
            },
        ),
        Setup(options={"turn_detection": "semantic_vad", "eagerness": "high",
                       "tool_choice": "required", "truncation": "disabled"}),
        Setup(options={"turn_detection": "none", "transcription": "none",
                       "noise_reduction": "none"}),
        Setup(language="de", keywords=("Blom",), options={"transcription": "whisper-1"}),
    ],
)  # fmt: skip
def test_a_session_that_is_asked_for(setup: Setup) -> None:
    [update] = Talk(setup, (TOOL, DeclaredTool(name="ring")), begun=False).sent
    agreed(update)


def test_every_frame_of_a_conversation() -> None:
    talk = Talk(Setup(first_message="Hi.", options={"turn_detection": "none"}), (TOOL,))
    talk.begins(ours=True)
    talk.plays(900)
    talk.does(SendContext(text="page 3", context_id="page"))
    talk.does(SendContext(text="page 4", context_id="page"))
    talk.does(StopReply(reply_id="resp_1"))
    talk.does(heard(300))
    talk.does(SendText(text="What is it?"))
    talk.ends(status="cancelled")
    talk.begins("resp_2", ours=True)
    talk.calls("c1", "resp_2")
    talk.does(AnswerTool(call_id="c1", result="12", is_error=True))
    talk.does(AnswerMcp(call_id="m1", approved=True))
    talk.ends("resp_2")
    talk.does(SendImage(data=b"\x89PNG", mime="image/png", text="And this?"))
    talk.does(BeginTurn())
    talk.does(SendAudio(audio=bytes(9600)))
    talk.does(EndTurn())
    assert set(talk.kinds()) == {
        "session.update", "response.create", "conversation.item.create",
        "conversation.item.delete", "conversation.item.truncate", "response.cancel",
        "input_audio_buffer.clear", "input_audio_buffer.append", "input_audio_buffer.commit",
    }  # fmt: skip
    for frame in talk.sent:
        agreed(frame)
    named = [frame["event_id"] for frame in talk.sent if "event_id" in frame]
    assert len(named) == len(set(named)) == len(talk.sent) - 1  # all but the sound
