"""One line a frame: what it says first, whose it is last; odd frames too."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.openai.protocol_table import examples
from tui.providers.openai.summary import summarize

DONE = {
    "id": "resp_1",
    "status": "cancelled",
    "status_details": {"reason": "turn_detected"},
    "usage": {
        "input_tokens": 41,
        "output_tokens": 164,
        "input_token_details": {"cached_tokens": 30},
    },
}


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (
            {"type": "conversation.item.create", "item": {"id": "i1", "type": "message",
             "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}},
            'user "Hi." i1',
        ),
        (
            {"type": "conversation.item.create", "item": {"type": "function_call_output",
             "call_id": "c1", "output": "9"}},
            "function_call_output output=9 c1",
        ),
        ({"type": "response.create"}, ""),
        ({"type": "response.done", "response": DONE},
         "cancelled turn_detected in=41 (cached 30) out=164 resp_1"),
        ({"type": "response.function_call_arguments.done", "name": "f", "arguments": "{}",
          "call_id": "c1", "item_id": "i1", "response_id": "r1"}, "f {} c1 i1 r1"),
        ({"type": "error", "error": {"code": "invalid_value", "message": "No.", "param": "type",
          "event_id": "cli_1"}}, "invalid_value No. at type cli_1"),
        ({"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, "item_id": "u"},
         "audio_start_ms=0 u"),
        ({"type": "new.kind", "mood": {"a": 1}}, 'mood={"a":1}'),
    ],
)  # fmt: skip
def test_a_line(frame: dict[str, Any], said: str) -> None:
    assert summarize(frame["type"], json.dumps(frame)) == said


@pytest.mark.parametrize("text", ["", "x" * 500, "[1]", "[" * 100_000, "\ud800"])
def test_what_is_no_frame_is_shown_as_it_is(text: str) -> None:
    assert summarize("x", text) == text[:200]


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(data=st.data())
def test_no_member_of_another_kind_raises(data: st.DataObject) -> None:
    name, frame = data.draw(st.sampled_from(examples("server") + examples("client")))
    frame = dict(json.loads(json.dumps(frame)))
    where = frame
    for _ in range(data.draw(st.integers(0, 3))):
        inner = [name for name, value in where.items() if isinstance(value, dict) and value]
        where = where[data.draw(st.sampled_from(inner))] if inner else where
    where[data.draw(st.sampled_from(sorted(where)))] = data.draw(odd)
    assert isinstance(summarize(name, json.dumps(frame)), str)
