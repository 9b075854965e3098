"""The ElevenLabs codec by conversation: frames in, events and frames out."""

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
from tui import commands, events
from tui.events import Alignment, AudioFormat, Encoding, Event
from tui.providers import open_codec, summarizer
from tui.providers.elevenlabs import ElevenLabsCodec

PCM_16K = AudioFormat(Encoding.PCM, 16_000)
AUDIO = bytes([0, 0, 1, 0, 2, 0, 3, 0])

ACTED_ON: dict[str, list[tuple[Event, ...]]] = {
    "conversation_initiation_metadata": [
        (
            events.ConversationStarted(
                conversation_id="conv_5001k6pm0x7vf3ssxzf8k1ra26qw",
                input_format=PCM_16K,
                output_format=PCM_16K,
            ),
        )
    ],
    "ping": [(events.Pinged(event_id=12, ping_ms=48),)],
    "vad_score": [(events.VadScored(score=0.95),)],
    "user_transcript": [(events.UserTranscribed(text="I need help.", event_id=42),)],
    "tentative_user_transcript": [(events.UserTranscriptGuessed(text="I need", event_id=42),)],
    "agent_response": [(events.AgentResponded(text="Sure, one moment.", event_id=43),)],
    "agent_response_correction": [
        (
            events.AgentCorrected(
                original="Let me tell you the complete history of",
                corrected="Let me tell you",
                event_id=43,
            ),
        )
    ],
    "agent_chat_response_part": [
        (events.AgentResponseStreamed(text="", part="start", event_id=43),),
        (events.AgentResponseStreamed(text="Sure, ", part="delta", event_id=43),),
        (events.AgentResponseStreamed(text="", part="stop", event_id=43),),
    ],
    "audio": [
        (
            events.AudioReceived(
                audio=AUDIO, event_id=43, alignment=Alignment(("H", "i"), (0, 60), (60, 80))
            ),
        )
    ],
    "interruption": [(events.Interrupted(event_id=44),)],
    "client_tool_call": [
        (
            events.ToolCalled(
                name="get_balance",
                call_id="tool_call_123",
                parameters={"account": "A1"},
                event_id=44,
            ),
        )
    ],
    "agent_tool_response": [
        (
            events.ToolReported(
                name="end_call",
                call_id="end_call_c82c",
                tool_type="system",
                is_error=False,
                event_id=44,
            ),
            events.AgentEnded(),
        )
    ],
    "agent_tool_response_full_payload": [
        (
            events.ToolReported(
                name="lookup",
                call_id="lookup_1",
                tool_type="webhook",
                is_error=False,
                event_id=44,
            ),
        )
    ],
    "error": [(events.ProviderErred(message="LLM failed", code=1002, error_type="llm_error"),)],
    "client_error": [
        (events.ProviderErred(message="Unexpected error", code=1011, error_type="unknown"),)
    ],
}
SENT: dict[str, Event] = {
    "conversation_initiation_client_data": events.InitiationSent(),
    "user_audio_chunk": events.AudioSent(audio=AUDIO),
    "pong": events.PongSent(event_id=12),
    "user_message": events.TextSent(text="What is my balance?"),
    "user_activity": events.ActivitySent(),
    "contextual_update": events.ContextSent(text="User opened the pricing page"),
    "client_tool_result": events.ToolAnswered(
        call_id="tool_call_123", result='{"balance": 12}', is_error=False
    ),
}


def named(example: Example) -> str:
    return example.name


def interruption(event_id: int) -> str:
    return json.dumps({"type": "interruption", "interruption_event": {"event_id": event_id}})


def audio(event_id: int, base64: str = "AAA=") -> str:
    payload = {"audio_base_64": base64, "event_id": event_id}
    return json.dumps({"type": "audio", "audio_event": payload})


# ── Every published frame ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("frame", examples(TO_CLIENT), ids=named)
def test_every_published_server_frame_is_understood(frame: Example) -> None:
    step = ElevenLabsCodec().receive(frame.text)
    assert step.kind == frame.name
    if frame.name in ACTED_ON:
        assert step.events in ACTED_ON[frame.name]
    else:
        assert step.events == (events.OtherReceived(type=frame.name, known=True),)


def test_every_frame_that_is_acted_on_has_an_example() -> None:
    seen = [ElevenLabsCodec().receive(e.text).events for e in examples(TO_CLIENT)]
    assert all(expected in seen for steps in ACTED_ON.values() for expected in steps)


@pytest.mark.parametrize("frame", examples(TO_SERVER), ids=named)
def test_every_published_client_frame_is_read_back(frame: Example) -> None:
    step = ElevenLabsCodec().sent(frame.text)
    assert step.kind == frame.name
    assert step.events == (SENT.get(frame.name, events.OtherSent(type=frame.name)),)
    assert step.frames == ()


@pytest.mark.parametrize("frame", examples(MONITOR), ids=named)
def test_a_monitor_command_does_not_belong_on_this_socket(frame: Example) -> None:
    codec = ElevenLabsCodec()
    for step in (codec.sent(frame.text), codec.receive(frame.text)):
        assert step.events == (events.ProtocolErred(reason="the frame has no `type`"),)


@pytest.mark.parametrize("frame", examples(), ids=named)
def test_every_published_frame_has_a_line_that_tells_of_it(frame: Example) -> None:
    line = summarizer("elevenlabs")(frame.name, frame.text)
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
        ("error", "message=LLM failed error_type=llm_error code=1002"),
    ],
)
def test_summaries_read_like_the_event_log(name: str, line: str) -> None:
    assert summarizer("local")(name, example(name).text).startswith(line)


# ── What is broken or odd ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_frame_is_one_visible_protocol_error(text: str | bytes) -> None:
    step = ElevenLabsCodec().receive(text)
    [event] = step.events
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
        events.AudioReceived(audio=b"\0", event_id=1),
    )


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
        summarizer("elevenlabs")("anything", text)


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
    summarizer("elevenlabs")(name, text)


@given(st.lists(st.sampled_from(examples(TO_CLIENT)), max_size=20))
def test_frames_may_come_in_any_order_and_more_than_once(frames: list[Example]) -> None:
    codec = ElevenLabsCodec()
    for frame in frames:
        assert codec.receive(frame.text).events


# ── Interruption ─────────────────────────────────────────────────────────────────────────────────


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
        assert event == events.AudioReceived(audio=b"\0\0", event_id=event_id)
    else:
        assert event == events.AudioDropped(event_id=event_id, size=2, interrupted_at=max(markers))


def test_text_of_an_interrupted_reply_is_kept_and_corrected() -> None:
    codec = ElevenLabsCodec()
    codec.receive(interruption(50))
    assert codec.receive(example("agent_response").text).events == ACTED_ON["agent_response"][0]
    corrected = codec.receive(example("agent_response_correction").text)
    assert corrected.events == ACTED_ON["agent_response_correction"][0]


# ── What we send ─────────────────────────────────────────────────────────────────────────────────


def test_a_ping_is_answered_in_the_same_step() -> None:
    [frame] = ElevenLabsCodec().receive(example("ping").text).frames
    assert json.loads(frame.text) == {"type": "pong", "event_id": 12}
    assert frame.kind == "pong"


def test_the_first_frame_says_who_we_are_and_what_is_overridden() -> None:
    codec = ElevenLabsCodec(
        overrides={"conversation": {"text_only": True}}, dynamic_variables={"name": "Bo"}
    )
    [frame] = codec.open().frames
    sent = json.loads(frame.text)
    assert sent["type"] == frame.kind == "conversation_initiation_client_data"
    assert sent["conversation_config_override"] == {"conversation": {"text_only": True}}
    assert sent["dynamic_variables"] == {"name": "Bo"}
    assert set(sent["source_info"]) == {"source", "version"}
    assert len(sent["source_info"]["version"]) <= 50


@pytest.mark.parametrize(
    ("command", "frame", "event"),
    [
        (
            commands.SendText(text='say "hi"\n'),
            {"type": "user_message", "text": 'say "hi"\n'},
            events.TextSent(text='say "hi"\n'),
        ),
        (
            commands.SendContext(text="on page 2"),
            {"type": "contextual_update", "text": "on page 2"},
            events.ContextSent(text="on page 2"),
        ),
        (commands.SendActivity(), {"type": "user_activity"}, events.ActivitySent()),
        (
            commands.AnswerPing(event_id=3),
            {"type": "pong", "event_id": 3},
            events.PongSent(event_id=3),
        ),
        (
            commands.AnswerTool(call_id="t1", result="no such tool", is_error=True),
            {
                "type": "client_tool_result",
                "tool_call_id": "t1",
                "result": "no such tool",
                "is_error": True,
            },
            events.ToolAnswered(call_id="t1", result="no such tool", is_error=True),
        ),
        (
            commands.AnswerTool(call_id="t1", result=""),
            {"type": "client_tool_result", "tool_call_id": "t1", "result": "", "is_error": False},
            events.ToolAnswered(call_id="t1", result="", is_error=False),
        ),
        (
            commands.SendAudio(audio=AUDIO),
            {"user_audio_chunk": "AAABAAIAAwA="},
            events.AudioSent(audio=AUDIO),
        ),
    ],
)
def test_commands_become_exactly_these_frames_and_read_back_as_they_were(
    command: commands.ToCodec, frame: dict[str, Any], event: Event
) -> None:
    codec = ElevenLabsCodec()
    [sent] = codec.send(command).frames
    assert json.loads(sent.text) == frame
    back = codec.sent(sent.text)
    assert back.events == (event,)
    assert back.kind == sent.kind


def test_audio_travels_with_its_raw_bytes() -> None:
    [frame] = ElevenLabsCodec().send(commands.SendAudio(audio=AUDIO)).frames
    assert frame.audio == AUDIO


def test_a_replayed_audio_frame_of_ours_has_no_base64_left() -> None:
    assert ElevenLabsCodec().sent('{"user_audio_chunk":""}').events == (
        events.AudioSent(audio=b""),
    )
    assert isinstance(
        ElevenLabsCodec().sent('{"user_audio_chunk":"é"}').events[0], events.ProtocolErred
    )


def test_both_providers_have_a_codec_and_others_are_refused_by_name() -> None:
    assert open_codec("elevenlabs").capabilities.vad_score
    assert open_codec("local").capabilities.client_tools
    with pytest.raises(KeyError):
        open_codec("nobody")
