"""What leaves the ElevenLabs codec, and what it keeps from leaving."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import TO_CLIENT, TO_SERVER, Example, example, examples
from tests.providers.elevenlabs.meanings import AUDIO
from tui import commands, events
from tui.events import Event
from tui.providers import open_codec, provider_of
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.setup import Setup

check = provider_of("elevenlabs").check


def test_a_ping_is_answered_in_the_same_step() -> None:
    [frame] = ElevenLabsCodec().receive(example("ping").text).frames
    assert json.loads(frame.text) == {"type": "pong", "event_id": 12}
    assert frame.kind == "pong"


def test_the_first_frame_says_who_we_are() -> None:
    [frame] = ElevenLabsCodec().open().frames
    sent = json.loads(frame.text)
    assert sent["type"] == frame.kind == "conversation_initiation_client_data"
    assert set(sent) == {"type", "source_info"}  # nothing is asked, so nothing is overridden
    assert set(sent["source_info"]) == {"source", "version"}
    assert len(sent["source_info"]["version"]) <= 50


@pytest.mark.parametrize(
    ("command", "frame", "event"),
    [
        (
            commands.SendText(text='say "hi"\n'),
            {"type": "user_message", "text": 'say "hi"\n', "id": "text_1"},
            events.TextSent(text='say "hi"\n', id="text_1"),
        ),
        (
            commands.SendContext(text="on page 2"),
            {"type": "contextual_update", "text": "on page 2"},
            events.ContextSent(text="on page 2"),
        ),
        (commands.SendActivity(), {"type": "user_activity"}, events.ActivitySent()),
        (
            commands.AnswerPing(ping_id=3),
            {"type": "pong", "event_id": 3},
            events.PongSent(ping_id=3),
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
            commands.SendContext(text="on page 3", context_id="page"),
            {"type": "contextual_update", "text": "on page 3", "context_id": "page"},
            events.ContextSent(text="on page 3", context_id="page"),
        ),
        (
            commands.SendFiles(file_ids=("f1", "f2"), text="compare"),
            {
                "type": "multimodal_message",
                "text": {"type": "user_message", "text": "compare"},
                "file": {"type": "file_input", "file_id": "f1"},
                "files": [
                    {"type": "file_input", "file_id": "f1"},
                    {"type": "file_input", "file_id": "f2"},
                ],
            },
            events.FilesSent(file_ids=("f1", "f2"), text="compare"),
        ),
        (
            commands.SendFeedback(reply_id=7, score="dislike"),
            {"type": "feedback", "event_id": 7, "score": "dislike"},
            events.FeedbackSent(reply_id=7, score="dislike"),
        ),
        (
            commands.SendFeedback(reply_id=7),
            {"type": "feedback", "event_id": 7, "score": None},
            events.FeedbackSent(reply_id=7, score=None),
        ),
        (
            commands.AnswerMcp(call_id="m1", approved=False),
            {"type": "mcp_tool_approval_result", "tool_call_id": "m1", "is_approved": False},
            events.McpAnswered(call_id="m1", approved=False),
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


# ── What stays ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (commands.SendText(text=""), "blank"),
        (commands.SendText(text=" \n"), "blank"),
        (commands.SendText(text="\ud83d"), "surrogates"),
        (commands.SendContext(text=""), "blank"),
        (commands.SendFiles(file_ids=()), "needs a text or a file"),
        (commands.SendFiles(file_ids=("f",) * 6), "<= 5"),
        (commands.SendFiles(file_ids=("",)), "file_id"),
        (commands.SendFeedback(reply_id=3, score="love"), "score"),
        (commands.SendFeedback(reply_id=0, score="like"), "event_id"),
        (commands.AnswerTool(call_id="", result="x"), "tool_call_id"),
        (commands.AnswerMcp(call_id=" ", approved=True), "tool_call_id"),
    ],
)
def test_what_the_wire_forbids_is_told_and_not_sent(command: commands.ToCodec, word: str) -> None:
    step = ElevenLabsCodec().send(command)
    [event] = step.events
    assert isinstance(event, events.ProtocolErred)
    assert event.reason.startswith("not sent: ")
    assert word in event.reason
    assert step.frames == ()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
"""Half surrogate pairs too."""


@given(
    st.builds(commands.SendText, text=ANY_TEXT)
    | st.builds(commands.SendContext, text=ANY_TEXT, context_id=ANY_TEXT)
    | st.builds(commands.SendFeedback, reply_id=st.integers(), score=st.none() | ANY_TEXT)
    | st.builds(commands.AnswerTool, call_id=ANY_TEXT, result=ANY_TEXT)
)
def test_a_command_is_either_sent_or_refused_and_never_an_error(command: commands.ToCodec) -> None:
    step = ElevenLabsCodec().send(command)
    assert len(step.frames) + len(step.events) == 1
    for frame in step.frames:
        assert check(frame.text) == ""


@given(
    st.dictionaries(ANY_TEXT, JSON_VALUES, max_size=3),
    st.dictionaries(ANY_TEXT, ANY_TEXT | st.integers() | st.floats(), max_size=3),
    ANY_TEXT,
)
def test_a_set_up_is_either_sent_or_refused_and_never_an_error(
    body: dict[str, Any], variables: dict[str, Any], prompt: str
) -> None:
    setup = Setup(extra_body=body, dynamic_variables=variables, prompt=prompt, llm=prompt)
    step = ElevenLabsCodec(setup).open()
    assert step.frames or step.events


@given(ANY_TEXT | JSON_VALUES.map(json.dumps))
def test_whatever_is_written_by_hand_is_checked_without_an_error(text: str) -> None:
    assert isinstance(check(text), str)


def test_audio_that_ends_within_a_sample_is_not_sent() -> None:
    codec = ElevenLabsCodec()
    codec.receive(example("conversation_initiation_metadata").text)
    assert codec.send(commands.SendAudio(audio=b"\0")).frames == ()
    assert codec.send(commands.SendAudio(audio=b"\0\0")).frames


def named(example: Example) -> str:
    return example.name


@pytest.mark.parametrize("frame", examples(TO_SERVER), ids=named)
def test_every_published_client_frame_passes_the_check(frame: Example) -> None:
    assert check(frame.text) == ""


@pytest.mark.parametrize("frame", examples(TO_CLIENT), ids=named)
def test_no_server_frame_passes_it(frame: Example) -> None:
    assert check(frame.text) != "" or frame.name == "contextual_update"  # both directions have it


def test_there_is_a_template_of_every_client_message_and_each_is_right() -> None:
    offered = provider_of("local").templates()
    assert {name for name, _ in offered} == {e.name for e in examples(TO_SERVER)}
    for name, text in offered:
        assert check(text) == ""
        assert ElevenLabsCodec().sent(text).kind == name


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not JSON"),
        ("[1]", "JSON object"),
        ("{}", "no `type`"),
        ('{"type":7}', "no `type`"),
        ("[" * 100_000, ""),
        ('{"type":"user_mesage","text":"x"}', "user_message?"),
        ('{"command_type":"end_call"}', "monitoring"),
        ('{"type":"user_message"}', "needs a text"),
        ('{"type":"user_message","text":null}', "text: "),
        ('{"type":"user_message","text":"x","mood":"good"}', "mood"),
        ('{"type":"pong"}', "event_id"),
        ('{"type":"pong","event_id":"1"}', "event_id: "),
        ('{"type":"client_tool_result","tool_call_id":"a","result":{},"is_error":false}', "result"),
        ('{"type":"client_tool_result","tool_call_id":"a","result":"x"}', "is_error"),
        ('{"type":"feedback","event_id":1}', "score"),
        ('{"user_audio_chunk":"AAA"}', "base64"),
        ('{"user_audio_chunk":1}', "user_audio_chunk"),
        (
            '{"type":"multimodal_message","file":{"type":"file_input","file_id":"a"},'
            '"files":[{"type":"file_input","file_id":"b"}]}',
            "first of `files`",
        ),
        (
            '{"type":"conversation_initiation_client_data",'
            '"conversation_config_override":{"text_only":true}}',
            "text_only",
        ),
        (
            '{"type":"conversation_initiation_client_data",'
            '"conversation_config_override":{"tts":{"speed":9}}}',
            "conversation_config_override.tts.speed: ",
        ),
        (
            '{"type":"conversation_initiation_client_data",'
            '"dynamic_variables":{"system__time":"now"}}',
            "system__time is reserved",
        ),
    ],
)
def test_the_check_says_what_is_wrong(text: str, word: str) -> None:
    problem = check(text)
    assert problem
    assert word in problem


# ── Set-up ──────────────────────────────────────────────────────────────────────────────────────


def asked(setup: Setup) -> dict[str, Any]:
    [frame] = open_codec("elevenlabs", setup).open().frames
    sent: dict[str, Any] = json.loads(frame.text)
    del sent["type"], sent["source_info"]
    assert check(frame.text) == ""
    return sent


def test_every_wish_of_a_set_up_has_its_place_in_the_first_frame() -> None:
    setup = Setup(
        agent_id="agent_of_the_address",
        first_message="Hello {{name}}",
        prompt="You are terse.",
        language="pt-br",
        llm="gpt-4o-mini",
        temperature=0.0,
        max_tokens=200,
        voice_id="voice",
        stability=0.0,
        similarity_boost=1.0,
        speed=1.5,
        keywords=("Textual", ""),
        text_only=False,
        max_duration_seconds=60,
        soft_timeout_message="One moment.",
        dynamic_variables={"name": "Bo", "tier": 2, "vip": False},
        user_id="u1",
        environment="staging",
        branch_id="b1",
        extra_body={"temperature": 9, "seed": 1},
    )
    assert asked(setup) == {
        "conversation_config_override": {
            "agent": {
                "prompt": {"prompt": "You are terse.", "llm": "gpt-4o-mini"},
                "first_message": "Hello {{name}}",
                "language": "pt-br",
            },
            "tts": {"voice_id": "voice", "stability": 0.0, "similarity_boost": 1.0, "speed": 1.5},
            "asr": {"keywords": ["Textual"]},
            "turn": {"soft_timeout_config": {"message": "One moment."}},
            "conversation": {"text_only": False, "max_duration_seconds": 60},
        },
        "custom_llm_extra_body": {"temperature": 0.0, "max_tokens": 200, "seed": 1},
        "dynamic_variables": {"name": "Bo", "tier": 2, "vip": False},
        "user_id": "u1",
        "branch_id": "b1",
        "environment": "staging",
    }


@pytest.mark.parametrize(
    ("setup", "sent"),
    [
        (Setup(), {}),
        (Setup(prompt="", voice_id="", user_id="", environment=""), {}),
        (
            Setup(first_message=""),  # the one empty wish that means something
            {"conversation_config_override": {"agent": {"first_message": ""}}},
        ),
        (
            Setup(text_only=True),
            {"conversation_config_override": {"conversation": {"text_only": True}}},
        ),
    ],
)
def test_what_is_not_set_is_not_sent(setup: Setup, sent: dict[str, Any]) -> None:
    assert asked(setup) == sent


def test_reserved_variables_are_left_out_and_told() -> None:
    step = open_codec("local", Setup(dynamic_variables={"system__time": "x", "a": 1})).open()
    assert json.loads(step.frames[0].text)["dynamic_variables"] == {"a": 1}
    assert "system__time" in str(step.events)
