"""Recorded frames as a scenario of the local agent: what is spoken anew, what is sent again."""

import json
import tomllib
from typing import Any

import pytest

from tui.provider import Recorded
from tui.providers.openai.scenario import write_scenario

MS = 1_000_000


def received(kind: str, ms: int = 0, **members: Any) -> Recorded:
    return Recorded(True, kind, json.dumps({"type": kind, **members}), ms * MS)


def sent(kind: str, ms: int = 0, **members: Any) -> Recorded:
    return Recorded(False, kind, json.dumps({"type": kind, **members}), ms * MS)


def acted(*frames: Recorded) -> list[dict[str, Any]]:
    read = tomllib.loads(write_scenario('A "call".', frames))
    assert (read["about"], read["protocol"]) == ('A "call".', "openai")
    steps: list[dict[str, Any]] = read["step"]
    return steps


def response(
    key: str, *texts: str, ms: int = 0, status: str = "completed", kind: str = "message"
) -> list[Recorded]:
    frames = [received("response.created", ms, response={"id": key, "status": "in_progress"})]
    for number, text in enumerate(texts):
        item = {"id": f"{key}_{number}", "type": kind, "role": "assistant"}
        about = {"response_id": key, "item_id": item["id"]}
        frames += [
            received("response.output_item.added", ms + 1, response_id=key, item=item),
            received("conversation.item.added", ms + 1, item=item),
            received("response.output_audio.delta", ms + 2, delta="AAAA", **about),
            received("response.output_audio_transcript.done", ms + 3, transcript=text, **about),
            received("conversation.item.done", ms + 4, item=item),
        ]
    done = {"id": key, "status": status}
    return [*frames, received("response.done", ms + 5, response=done)]


def test_a_spoken_response_is_spoken_anew_and_once() -> None:
    assert acted(*response("r1", "Hello there.")) == [{"say": "Hello there."}]


def test_each_message_of_a_response_is_spoken() -> None:
    steps = acted(*response("r1", "Let me see.", "It is noon."))
    assert steps == [{"say": "Let me see.", "more": True}, {"say": "It is noon."}]


def test_a_text_response_is_said_too_also_of_a_server_with_the_old_names() -> None:
    for kind in ("response.output_text.done", "response.text.done"):
        frame = received(kind, response_id="r", item_id="i", text="Noon.")
        assert acted(frame) == [{"say": "Noon."}]


@pytest.mark.parametrize(
    "frames",
    [
        response("r1", "Once upon", status="cancelled"),
        response("r1", "Once", status="failed"),
        response("r1", "x", kind="function_call"),
        [received("response.output_audio.delta", response_id="r", item_id="i", delta="AAAA")],
    ],
)
def test_what_did_not_come_to_its_end_stays_as_it_was(frames: list[Recorded]) -> None:
    steps = acted(*frames)
    assert [step.get("send") or json.loads(step["send_text"]) for step in steps] == [
        json.loads(frame.text) for frame in frames
    ]


def test_distances_are_kept_and_what_the_client_did_is_waited_for() -> None:
    output = {"type": "function_call_output", "call_id": "call_1", "output": "9"}
    steps = acted(
        received("session.created", 0, session={}),
        sent("session.update", 1, session={}),
        received("session.updated", 2, session={}),
        received("input_audio_buffer.speech_started", 10, item_id="u", audio_start_ms=0),
        sent("input_audio_buffer.append", 15, audio="AAAA"),
        received("input_audio_buffer.committed", 90, item_id="u", previous_item_id=None),
        sent("conversation.item.truncate", 95, item_id="x", content_index=0, audio_end_ms=1),
        sent("conversation.item.create", 100, item=output),
        sent("response.create", 101),
        *response("r1", "Nine.", ms=400),
    )
    assert steps == [
        {"send": {"type": "input_audio_buffer.speech_started", "item_id": "u",
                  "audio_start_ms": 0}},
        {"delay_ms": 80},
        {"send_text": json.dumps({"type": "input_audio_buffer.committed", "item_id": "u",
                                  "previous_item_id": None})},
        {"wait_for": "conversation.item.create", "contains": "call_1"},
        {"wait_for": "response.create"},
        {"delay_ms": 299},
        {"say": "Nine."},
    ]  # fmt: skip


def test_nothing_to_act_out_is_said() -> None:
    with pytest.raises(ValueError, match="no agent's frames"):
        write_scenario("x", [received("session.created"), sent("input_audio_buffer.append")])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"item":1,"response":[]}', "\x00"])
def test_a_frame_that_is_none_stays_as_it_was(text: str) -> None:
    assert len(acted(Recorded(True, "response.done", text, 0))) == 1
