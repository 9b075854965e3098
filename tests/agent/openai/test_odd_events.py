"""Events that are half right: whatever comes, the conversation goes on and answers."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.agent.helpers import AgentProcess, Frame
from tests.agent.openai.helpers import TEXT, conversation, function, judged
from tests.agent.openai.test_text import said
from tui.agent.openai.items import KEPT, Items, spoken_by_user
from tui.events import USUAL_FORMAT

ORDER = [function("lookup_order", id="string")]
USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "order 12"}]}
EVENTS: list[Frame] = [
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "tools": ORDER,
            "tool_choice": "auto",
            "max_output_tokens": 50,
            "tracing": None,
            "audio": {
                "input": {"turn_detection": {"type": "server_vad", "threshold": 0.5}},
                "output": {"voice": "x", "format": {"type": "audio/pcmu"}},
            },
        },
    },
    {"type": "conversation.item.create", "item": USER, "previous_item_id": None},
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c1"},
    },
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "c1", "output": "{}"},
    },
    {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "metadata": {"a": "b"},
            "input": [USER],
            "tools": ORDER,
            "tool_choice": {"type": "function", "name": "lookup_order"},
            "instructions": 'say "x"',
        },
    },
    {"type": "response.create"},
    {"type": "response.cancel", "response_id": None},
    {"type": "conversation.item.truncate", "item_id": "x", "content_index": 0, "audio_end_ms": 0},
    {"type": "input_audio_buffer.append", "audio": "AAAA"},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
]
ODD: list[Any] = [None, 0, -1, 1.5, "", "x", "\0", [], {}, [1], {"a": 1}, True, "root", 10**30]


@pytest.mark.parametrize("seed", range(8))
async def test_no_event_ends_a_conversation(agent: AgentProcess, seed: int) -> None:
    dice = random.Random(seed)
    async with conversation(agent, TEXT) as client:
        for _ in range(60):
            await client.socket.send(json.dumps(spoilt(dice.choice(EVENTS), dice)))
        await client.socket.send(json.dumps({"type": "session.update", "session": {"type": "x"}}))
        await client.expect("error", lambda e: e["error"]["param"] == "session.type")
        aside = {"conversation": "none", "input": [{**USER, "content": [
            {"type": "input_text", "text": "what is two plus two"}]}],
            "instructions": "", "tools": [], "tool_choice": "auto", "max_output_tokens": "inf",
            "output_modalities": ["text"], "metadata": {"last": "one"}}  # fmt: skip
        await client.send("response.create", response=aside)
        last = await client.expect(
            "response.done", lambda e: e["response"]["metadata"] == {"last": "one"}
        )
        assert said(last["response"])


def spoilt(event: Frame, dice: random.Random) -> Frame:
    """The event with a value or two changed, lost or added."""
    copy: Frame = json.loads(json.dumps(event))
    for _ in range(dice.randint(0, 2)):
        holder, key = dice.choice([*places(copy)])
        if dice.random() < 0.2 and isinstance(holder, dict):
            holder[dice.choice(["extra", "id"])] = dice.choice(ODD)
        elif dice.random() < 0.2:
            del holder[key]
        else:
            holder[key] = dice.choice(ODD)
        copy.setdefault("type", "response.create")
    return copy


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def test_the_judge_of_the_agents_events_is_one() -> None:
    event: Frame = {"type": "response.done", "event_id": "e", "response": {"id": "r"}}
    assert not judged(event)
    assert judged(event | {"extra": 1})
    assert judged(event | {"response": {"id": "r", "output": [{"type": "message"}]}})
    assert judged(event | {"response": {"id": "r", "usage": {"tokens": 1}}})
    assert judged(event | {"event_id": 1})
    assert judged(event | {"type": "response.dreamt"})


def test_the_sound_of_a_long_conversation_is_bounded() -> None:
    items = Items()
    for name in ("old", "new", "newest"):
        items.place(spoken_by_user(name, bytes(KEPT // 2), USUAL_FORMAT))
    sizes = {item.id: len(item.audio) for item in items}
    assert sizes == {"old": 0, "new": KEPT // 2, "newest": KEPT // 2}
