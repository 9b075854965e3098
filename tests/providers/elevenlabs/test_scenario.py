"""Recorded frames as a scenario: it can be read again and says the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import BROKEN, METADATA, TO_CLIENT, examples
from tui.agent.scenarios.scenario import (
    Delay,
    Scenario,
    Send,
    SendText,
    Utter,
    WaitFor,
    read_scenario,
)
from tui.provider import Recorded
from tui.providers.elevenlabs.scenario import write_scenario

MS = 1_000_000


def received(text: str, ms: int = 0, kind: str = "") -> Recorded:
    return Recorded(True, kind or json.loads(text)["type"], text, ms * MS)


def sent(frame: dict[str, Any], ms: int = 0) -> Recorded:
    return Recorded(False, frame.get("type", "user_audio_chunk"), json.dumps(frame), ms * MS)


def acted(*frames: Recorded) -> Scenario:
    return read_scenario(write_scenario("A call.", frames), "exported")


def reply(text: str, key: int, ms: int) -> list[Recorded]:
    response = {
        "type": "agent_response",
        "agent_response_event": {"agent_response": text, "event_id": key},
    }
    audio = {"type": "audio", "audio_event": {"audio_base_64": "AAAA", "event_id": key}}
    return [
        received(json.dumps(audio), ms),
        received(json.dumps(response), ms + 5),
        received(json.dumps(audio), ms + 10),
    ]


def test_a_spoken_reply_is_spoken_anew_and_once() -> None:
    scenario = acted(*reply("Hello there.", 3, 0))
    assert scenario.steps == (Utter(say="Hello there.", event_id=3),)


def test_the_metadata_gives_the_formats_and_pings_come_by_themselves() -> None:
    ping = '{"type":"ping","ping_event":{"event_id":1}}'
    scenario = acted(received(METADATA), received(ping), *reply("Hi.", 1, 0))
    assert scenario.head.output_format == "pcm_16000"
    assert len(scenario.steps) == 1


def test_distances_are_kept_and_what_the_client_did_is_waited_for() -> None:
    call = {"tool_name": "x", "tool_call_id": "c\u00e41", "parameters": {}, "event_id": 1}
    scenario = acted(
        received(json.dumps({"type": "client_tool_call", "client_tool_call": call}), 100),
        sent({"user_audio_chunk": "AAAA"}, 110),
        sent({"type": "client_tool_result", "tool_call_id": "c\u00e41", "result": "1"}, 300),
        *reply("Done.", 1, 750),
    )
    assert [type(step) for step in scenario.steps] == [Send, WaitFor, Delay, Utter]
    assert scenario.steps[1:3] == (
        WaitFor(wait_for="client_tool_result", contains="c\u00e41"),
        Delay(delay_ms=450),
    )


def test_audio_without_its_text_stays_as_it_was() -> None:
    audio = '{"type":"audio","audio_event":{"audio_base_64":"AAAA","event_id":9}}'
    assert acted(received(audio)).steps == (Send(send=json.loads(audio)),)


@pytest.mark.parametrize("name", [name for name, text in BROKEN.items() if isinstance(text, str)])
def test_broken_frames_come_back_as_they_were(name: str) -> None:
    text = str(BROKEN[name])
    (step,) = acted(received(text, kind="protocol_error")).steps
    if isinstance(step, Send):
        assert step.send == json.loads(text)
    else:
        assert step == SendText(send_text=text)


def test_what_toml_cannot_hold_is_sent_as_text() -> None:
    text = '{"type":"a","b":null}'
    assert acted(received(text)).steps == (SendText(send_text=text),)


@pytest.mark.parametrize("example", examples(TO_CLIENT), ids=lambda e: e.name)
def test_every_published_frame_comes_back(example: Any) -> None:
    if example.name in ("ping", "conversation_initiation_metadata"):
        return
    (step,) = acted(received(example.text, kind=example.name)).steps
    again = step.send if isinstance(step, Send) else json.loads(step.send_text)  # type: ignore[union-attr]
    assert again == example.frame


def test_a_selection_without_the_agent_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no agent's frames"):
        write_scenario("x", [sent({"user_audio_chunk": "AAAA"})])


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), TEXTS)
def test_any_frame_comes_back(frame: dict[str, Any], about: str) -> None:
    recorded = received(json.dumps(frame), kind="odd")
    scenario = read_scenario(write_scenario(about, [recorded]), "exported")
    (step,) = scenario.steps
    assert scenario.head.about == about
    again = step.send if isinstance(step, Send) else json.loads(step.send_text)  # type: ignore[union-attr]
    assert again == frame
