"""Frames written by hand: what is right is let through; what is wrong is said with its place."""

import json

import pytest

from tests.providers.openai.protocol_table import examples
from tests.providers.openai.test_sdk_client import agreed
from tui.providers import provider_of
from tui.providers.openai import client_schema
from tui.providers.openai.check import MAX_APPEND, check_frame, templates


@pytest.mark.parametrize(("name", "frame"), examples("client"), ids=lambda v: str(v)[:40])
def test_every_published_example_is_right(name: str, frame: object) -> None:
    assert check_frame(json.dumps(frame)) == ""


@pytest.mark.parametrize(("name", "text"), templates(), ids=lambda v: str(v)[:40])
def test_every_template_is_right_and_says_its_type(name: str, text: str) -> None:
    assert check_frame(text) == ""
    assert json.loads(text)["type"] == name.partition(",")[0]


@pytest.mark.parametrize(("name", "text"), templates(), ids=lambda v: str(v)[:40])
def test_the_official_sdk_takes_every_template(name: str, text: str) -> None:
    agreed(json.loads(text))


def test_there_is_a_template_of_every_client_event() -> None:
    tags = {str(frame.__struct_config__.tag) for frame in client_schema.AnyStrictFrame.__args__}
    assert {json.loads(text)["type"] for _, text in templates()} == tags
    assert len({name for name, _ in templates()}) == len(templates())


def session(**members: object) -> str:
    return json.dumps({"type": "session.update", "session": {"type": "realtime", **members}})


def message(role: str, **part: object) -> str:
    item = {"type": "message", "role": role, "content": [part]}
    return json.dumps({"type": "conversation.item.create", "item": item})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "a frame is a JSON object"),
        ("{}", "the frame has no `type`"),
        ("[" * 100_000, "nested too deeply"),
        ('{"type":"response.creat"}', "'response.creat'; response.create?"),
        ('{"type":"user_message","text":"hi"}', "no client message is called 'user_message'"),
        ('{"type":"session.update","session":{}}', "session: Object missing required field `type`"),
        (session(voice="marin"), "session: Object contains unknown field `voice`"),
        (session(output_modalities=["text", "audio"]), "session.output_modalities"),
        (session(audio={"output": {"speed": 2}}), "session.audio.output.speed"),
        (
            session(audio={"input": {"turn_detection": {"type": "vad"}}}),
            "session.audio.input.turn_detection",
        ),
        (session(max_output_tokens=0), "session.max_output_tokens"),
        (
            session(tools=[{"type": "function"}]),
            "session.tools[0]: Object missing required field `name`",
        ),
        (
            session(audio={"input": {"transcription": {"language": "en", "languages": ["de"]}}}),
            "language or languages, not both",
        ),
        ('{"type":"input_audio_buffer.append","audio":"?"}', "audio: not base64"),
        (
            '{"type":"input_audio_buffer.append","audio":"' + "AAAA" * (MAX_APPEND // 3 + 1) + '"}',
            "more than 15 MiB",
        ),
        (
            '{"type":"conversation.item.truncate","item_id":"i","content_index":0,'
            '"audio_end_ms":-1}',
            "audio_end_ms",
        ),
        ('{"type":"conversation.item.delete","item_id":" "}', "item_id: must not be blank"),
        (message("user", type="input_text"), "item.content[0]: input_text needs `text`"),
        (message("user", type="output_text", text="x"), "made of input_text or input_audio"),
        (message("assistant", type="output_audio", audio="AAAA"), "made of output_text"),
        (message("user", type="input_image", image_url="cat.png"), "an image is a data: URI"),
        (message("user", type="input_audio", audio="!"), "item.content[0].audio: not base64"),
        (
            '{"type":"response.create","response":{"input":[{"type":"message","role":"system",'
            '"content":[{"type":"input_audio","audio":"AAAA"}]}]}}',
            "response.input[0].content[0]: a message of this role is made of input_text",
        ),
        ('{"type":"response.create","response":{"metadata":{"a":1}}}', "response.metadata"),
        (
            '{"type":"conversation.item.create","item":{"type":"mcp_approval_response",'
            '"approval_request_id":"r","approve":true}}',
            "item: Object missing required field `id`",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    assert said in check_frame(text)


def test_what_our_codec_sends_first_is_right() -> None:
    from tests.providers.openai.test_setup_fields import WHOLE

    provider = provider_of("openai")
    for frame in provider.codec(WHOLE, ()).open().frames:
        assert check_frame(frame.text) == ""
