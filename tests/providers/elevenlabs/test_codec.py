"""The ElevenLabs codec by conversation: frames in, events and frames out."""

import base64
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import (
    BROKEN,
    METADATA,
    MONITOR,
    TO_CLIENT,
    TO_SERVER,
    UNUSUAL,
    Example,
    example,
    examples,
)
from tests.providers.elevenlabs.meanings import RECEIVED, SENT
from tui import events
from tui.providers import UnknownProvider, open_codec, provider_of
from tui.providers.elevenlabs.codec import ElevenLabsCodec


def named(example: Example) -> str:
    return example.name


def interruption(event_id: int) -> str:
    return json.dumps({"type": "interruption", "interruption_event": {"event_id": event_id}})


def audio(event_id: int, encoded: str = "AAA=") -> str:
    payload = {"audio_base_64": encoded, "event_id": event_id}
    return json.dumps({"type": "audio", "audio_event": payload})


# ── Every published frame ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("frame", examples(TO_CLIENT), ids=named)
def test_every_published_server_frame_is_understood(frame: Example) -> None:
    step = ElevenLabsCodec().receive(frame.text)
    assert step.kind == frame.name
    assert step.events in RECEIVED[frame.name]


def test_every_meaning_has_an_example() -> None:
    seen = [ElevenLabsCodec().receive(e.text).events for e in examples(TO_CLIENT)]
    assert all(expected in seen for steps in RECEIVED.values() for expected in steps)


@pytest.mark.parametrize("frame", examples(TO_SERVER), ids=named)
def test_every_published_client_frame_is_read_back(frame: Example) -> None:
    step = ElevenLabsCodec().sent(frame.text)
    assert step.kind == frame.name
    assert step.events == (SENT[frame.name],)
    assert step.frames == ()


@pytest.mark.parametrize("frame", examples(MONITOR), ids=named)
def test_a_monitor_command_does_not_belong_on_this_socket(frame: Example) -> None:
    codec = ElevenLabsCodec()
    for step in (codec.sent(frame.text), codec.receive(frame.text)):
        assert step.events == (events.ProtocolErred(reason="the frame has no `type`"),)


@pytest.mark.parametrize("frame", examples(), ids=named)
def test_every_published_frame_has_a_line_that_tells_of_it(frame: Example) -> None:
    line = provider_of("elevenlabs").summarize(frame.name, frame.text)
    assert "\n" not in line
    if len(frame.frame) > 1 and frame.name not in (
        "user_audio_chunk",
        "asr_initiation_metadata",
        "external_agent_connected",
        "external_agent_disconnected",
    ):
        assert line


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ping", "id=12 ping_ms=48"),
        ("vad_score", "0.95"),
        ("user_transcript", '"I need help." id=42'),
        ("client_tool_call", 'get_balance {"account":"A1"} tool_call_123 id=44'),
        ("interruption", "id=44"),
        ("agent_chat_response_part", 'start "" id=43'),
        ("context_usage", "tokens=1830 of=128000 model=gpt-4o-mini"),
        ("rich_content", 'item_card {"title":"Plan A"} id=43'),
        ("guardrail_triggered", "profanity"),
        ("feedback", "score=like id=43"),
        ("mcp_tool_approval_result", "is_approved=True mcp_call_1"),
        ("mcp_connection_status", 'integrations=[{"integration_id":"int_1"'),
        ("error", "message=LLM failed error_type=llm_error code=1002"),
    ],
)
def test_summaries_read_like_the_event_log(name: str, line: str) -> None:
    assert provider_of("local").summarize(name, example(name).text).startswith(line)


# ── What is broken or odd ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_frame_is_one_visible_protocol_error(text: str | bytes) -> None:
    step = ElevenLabsCodec().receive(text)
    event, *calls = step.events  # a tool call that cannot be read is answered all the same
    assert all(isinstance(call, events.ToolCalled) and call.problem for call in calls)
    assert isinstance(event, events.ProtocolErred)
    assert event.reason
    assert step.kind == "protocol_error"
    assert step.frames == ()


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_frame_is_understood(text: str) -> None:
    step = ElevenLabsCodec().receive(text)
    assert step.events
    assert not any(isinstance(event, events.ProtocolErred) for event in step.events)


def test_broken_frames_change_nothing_of_the_conversation() -> None:
    codec = ElevenLabsCodec()
    codec.receive(METADATA)
    codec.receive(interruption(5))
    for text in BROKEN.values():
        codec.receive(text)
    assert isinstance(codec.receive(audio(4)).events[0], events.AudioDropped)
    assert isinstance(codec.receive(audio(5)).events[0], events.AudioReceived)
    assert codec.receive(example("ping").text).frames


def test_an_unknown_type_is_kept_and_shown() -> None:
    step = ElevenLabsCodec().receive(UNUSUAL["an unknown type"])
    assert step.events == (events.OtherReceived(type="hologram", known=False),)
    assert step.kind == "hologram"


def test_audio_that_ends_within_a_sample_is_dropped_whole() -> None:
    codec = ElevenLabsCodec()
    codec.receive(METADATA)
    [event] = codec.receive(audio(1, "AA==")).events
    assert event == events.ProtocolErred(reason="audio: audio of 1 bytes ends within a sample")


def test_ulaw_audio_may_have_any_length() -> None:
    codec = ElevenLabsCodec()
    codec.receive(METADATA.replace("pcm_16000", "ulaw_8000"))
    assert codec.receive(audio(1, "AA==")).events == (
        events.AudioReceived(audio=b"\0", reply_id=1),
    )


MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
"""128 kbit/s at 44.1 kHz: 417 bytes."""


@pytest.mark.parametrize(
    ("sent", "is_mp3"),
    [
        (MP3_FRAME, True),
        (MP3_FRAME * 2, True),
        (b"ID3\x04" + bytes(20), True),
        (MP3_FRAME[:400], False),  # one header is also a sample of PCM
        (b"\xff\xfb\x90\x00" * 200, False),
        (b"\xff\xff\xff\xff" * 200, False),
        (bytes(400), False),
        (b"", False),
    ],
)
def test_mp3_in_the_place_of_pcm_is_known_by_its_bytes(sent: bytes, is_mp3: bool) -> None:
    codec = ElevenLabsCodec()
    codec.receive(METADATA)
    [event] = codec.receive(audio(1, base64.b64encode(sent).decode())).events
    assert isinstance(event, events.AudioReceived)
    assert event.encoding is (events.Encoding.MP3 if is_mp3 else None)


def test_a_reply_that_began_as_mp3_goes_on_so() -> None:
    codec = ElevenLabsCodec()
    codec.receive(METADATA)
    codec.receive(audio(1, base64.b64encode(MP3_FRAME).decode()))
    [rest] = codec.receive(audio(1, "AA==")).events
    assert rest == events.AudioReceived(audio=b"\0", reply_id=1, encoding=events.Encoding.MP3)
    assert isinstance(codec.receive(audio(2, "AA==")).events[0], events.ProtocolErred)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(st.text() | st.binary() | JSON_VALUES.map(json.dumps))
def test_whatever_comes_is_an_event_and_never_an_error(text: str | bytes) -> None:
    assert ElevenLabsCodec().receive(text).events
    if isinstance(text, str):
        assert ElevenLabsCodec().sent(text).events
        provider_of("elevenlabs").summarize("anything", text)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A published frame with one value, at any depth, put in place of another or taken away."""
    chosen = draw(st.sampled_from(examples(TO_CLIENT, TO_SERVER)))
    frame = json.loads(chosen.text)
    node: Any = frame
    while True:
        key = draw(st.sampled_from(sorted(node)))
        if isinstance(node[key], dict) and node[key] and draw(st.booleans()):
            node = node[key]
            continue
        if draw(st.booleans()):
            del node[key]
        else:
            node[key] = draw(JSON_VALUES)
        return chosen.name, json.dumps(frame)


@given(mutated())
def test_a_mutated_frame_is_an_event_and_never_an_error(case: tuple[str, str]) -> None:
    name, text = case
    codec = ElevenLabsCodec()
    step = codec.receive(text)
    assert step.events
    assert codec.sent(text).events
    for event in step.events:
        if isinstance(event, events.VadScored):
            assert math.isfinite(event.score)
            assert 0 <= event.score <= 1
    provider_of("elevenlabs").summarize(name, text)


@given(st.lists(st.sampled_from(examples(TO_CLIENT)), max_size=20))
def test_frames_may_come_in_any_order_and_more_than_once(frames: list[Example]) -> None:
    codec = ElevenLabsCodec()
    for frame in frames:
        assert codec.receive(frame.text).events


# ── Interruption ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("markers", "event_id", "kept"),
    [
        ([], 0, True),
        ([5], 4, False),
        ([5], 5, True),
        ([5], 6, True),
        ([5, 3], 4, False),  # the marker only grows
        ([3, 5], 4, False),
        ([5, 5], 5, True),
        ([-1], 0, True),
    ],
)
def test_interruption_voids_what_is_below_its_id(
    markers: list[int], event_id: int, kept: bool
) -> None:
    codec = ElevenLabsCodec()
    for marker in markers:
        codec.receive(interruption(marker))
    [event] = codec.receive(audio(event_id)).events
    if kept:
        assert event == events.AudioReceived(audio=b"\0\0", reply_id=event_id)
    else:
        assert isinstance(event, events.AudioDropped)
        assert (
            event.reason == f"event id {event_id} < {max(markers)}, which the agent had interrupted"
        )


def test_text_of_an_interrupted_reply_is_kept_and_corrected() -> None:
    codec = ElevenLabsCodec()
    codec.receive(interruption(50))
    assert codec.receive(example("agent_response").text).events == RECEIVED["agent_response"][0]
    corrected = codec.receive(example("agent_response_correction").text)
    assert corrected.events == RECEIVED["agent_response_correction"][0]


def test_both_providers_have_a_codec_and_others_are_refused_by_name() -> None:
    assert provider_of("elevenlabs").capabilities.vad_score
    assert provider_of("local").capabilities.files
    with pytest.raises(UnknownProvider, match="no provider 'nobody'; known: elevenlabs"):
        open_codec("nobody")


def test_the_order_of_ids_is_known_here() -> None:
    def said(key: int) -> str:
        payload = f'{{"user_transcript":"a","event_id":{key}}}'
        return f'{{"type":"user_transcript","user_transcription_event":{payload}}}'

    codec = ElevenLabsCodec()
    [first] = codec.receive(interruption(1)).events
    codec.receive(audio(3))
    codec.receive(audio(2))
    [cut] = codec.receive(interruption(3)).events
    assert first == events.Interrupted() and cut == events.Interrupted(reply_id=2)
    late = [codec.receive(said(key)).events[0] for key in (4, 6, 5)]
    assert [getattr(one, "came_after", 0) for one in late] == [None, None, 6]


@pytest.mark.parametrize(
    ("key", "reply"), [("43", 43), ('"43"', 43), ('"reasoning_43"', None), (f'"{"9" * 99}"', None)]
)
def test_thinking_is_of_a_reply_where_its_id_is_one(key: str, reply: int | None) -> None:
    part = f'{{"text":"hm","type":"delta","event_id":{key}}}'
    frame = f'{{"type":"agent_reasoning_response_part","reasoning_response_part":{part}}}'
    [thought] = ElevenLabsCodec().receive(frame).events
    assert isinstance(thought, events.AgentReasoned) and thought.reply_id == reply
