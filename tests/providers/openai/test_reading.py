"""What a server sends is read for what it means, in every spelling, and nothing raises."""

import json
from typing import Any

import pytest

from tests.frames import BROKEN
from tests.providers.openai.rig import Talk, example, examples
from tui import events as e
from tui.events import AudioFormat, Encoding, Event
from tui.provider import PROTOCOL_ERROR
from tui.providers.openai.codec import OpenAICodec
from tui.providers.openai.server_frames import KINDS


def meant(frame: dict[str, Any]) -> tuple[Event, ...]:
    return OpenAICodec().receive(json.dumps(frame)).events


def test_there_is_an_example_of_every_kind() -> None:
    assert {frame["type"] for frame in examples("server")} == KINDS
    assert len(KINDS) == 46
    assert len(examples("client")) == 11


@pytest.mark.parametrize("frame", examples("server"), ids=lambda frame: frame["type"])
def test_every_published_frame_is_understood(frame: dict[str, Any]) -> None:
    step = OpenAICodec().receive(json.dumps(frame))
    assert step.kind == frame["type"] and step.events
    assert not any(isinstance(event, e.ProtocolErred) for event in step.events)


@pytest.mark.parametrize("frame", examples("client"), ids=lambda frame: frame["type"])
def test_every_frame_of_ours_is_read_back(frame: dict[str, Any]) -> None:
    step = OpenAICodec().sent(json.dumps(frame))
    assert step.kind == frame["type"] and step.events and not step.frames
    assert not any(isinstance(event, e.ProtocolErred) for event in step.events)


@pytest.mark.parametrize("frame", examples("server"), ids=lambda frame: frame["type"])
def test_a_frame_with_nothing_in_it_raises_nothing(frame: dict[str, Any]) -> None:
    for odd in (
        {"type": frame["type"]},
        {name: None if name != "type" else value for name, value in frame.items()},
        {name: 7 if name != "type" else value for name, value in frame.items()},
        {name: [] if name != "type" else value for name, value in frame.items()},
    ):
        talk = Talk()
        talk.codec.receive(json.dumps(odd))


SAID = {"response_id": "r", "item_id": "i", "content_index": 0}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"type": "response.audio.delta", "delta": "AAA=", **SAID}, "response.output_audio.delta"),
        ({"type": "response.audio.done", **SAID}, "response.output_audio.done"),
        ({"type": "response.audio_transcript.delta", "delta": "Hi", **SAID},
         "response.output_audio_transcript.delta"),
        ({"type": "response.audio_transcript.done", "transcript": "Hi", **SAID},
         "response.output_audio_transcript.done"),
        ({"type": "response.text.delta", "delta": "Hi", **SAID}, "response.output_text.delta"),
        ({"type": "response.text.done", "text": "Hi", **SAID}, "response.output_text.done"),
        ({"type": "conversation.item.created", "item": example("conversation.item.added")["item"]},
         "conversation.item.added"),
    ],
)  # fmt: skip
def test_the_spelling_of_before_is_read(before: dict[str, Any], now: str) -> None:
    step = OpenAICodec().receive(json.dumps(before))
    told = [event for event in step.events if not isinstance(event, e.OtherReceived)]
    same = meant({**before, "type": now})
    assert told == [event for event in same if not isinstance(event, e.OtherReceived)]
    assert step.kind == before["type"]


def test_a_session_of_before_is_read() -> None:
    session = {"id": "s", "input_audio_format": "g711_ulaw", "output_audio_format": "pcm16",
               "turn_detection": None}  # fmt: skip
    codec = OpenAICodec()
    started, *_ = codec.receive(json.dumps({"type": "session.created", "session": session})).events
    assert started == e.ConversationStarted(
        conversation_id="s",
        input_format=AudioFormat(Encoding.ULAW, 8_000),
        output_format=AudioFormat(Encoding.PCM, 24_000),
    )
    kind = "input_audio_buffer.speech_started"
    heard = codec.receive(json.dumps({"type": kind, "item_id": "u", "audio_start_ms": 9})).events
    assert heard == (e.AgentHeardStart(user_turn_id="u"),)


def test_a_type_that_is_new_is_a_row() -> None:
    step = OpenAICodec().receive('{"type":"ping","latency":3}')
    assert step.events == (e.OtherReceived(type="ping", known=False),) and step.kind == "ping"


@pytest.mark.parametrize(
    "name", [name for name in BROKEN if name.startswith(("a ", "empty", "no type", "not JSON",
             "null", "type", "two", "cut", "nested")) and "too large" not in name]
)  # fmt: skip
def test_what_is_no_frame_is_one_protocol_error(name: str) -> None:
    step = OpenAICodec().receive(BROKEN[name])
    assert [type(event) for event in step.events] == [e.ProtocolErred]
    assert step.kind == PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("delta", "problem"), [("//!!", "not base64"), ("AAAB", "ends within a sample")]
)
def test_sound_that_is_none_is_told(delta: str, problem: str) -> None:
    [erred] = meant({"type": "response.output_audio.delta", "delta": delta, **SAID})
    assert isinstance(erred, e.ProtocolErred) and problem in erred.reason


def test_numbers_and_ids_are_taken_as_they_are_meant() -> None:
    [heard] = meant(
        {"type": "input_audio_buffer.speech_started", "item_id": 12, "audio_start_ms": "700.0"}
    )
    assert heard == e.AgentHeardStart(user_turn_id="12", audio_ms=1000, yields=True)
    codec = OpenAICodec()
    text = r'{"type":"response.output_text.delta","delta":"a\ud83d","item_id":"i","x":NaN}'
    [piece] = codec.receive(text).events
    assert isinstance(piece, e.AgentResponseStreamed) and piece.text == "a\ufffd"


def test_json_in_binary_frames_is_read() -> None:
    assert OpenAICodec().receive(b'{"type":"ping"}').kind == "ping"


def test_an_audio_format_that_nobody_knows_leaves_the_call_in_text() -> None:
    talk = Talk(begun=False)
    session = {"id": "s", "audio": {"output": {"format": {"type": "audio/opus"}}}}
    started, erred = talk.says("session.created", session=session)
    assert isinstance(started, e.ConversationStarted)
    assert started.output_format.encoding is Encoding.UNKNOWN
    assert isinstance(erred, e.ProtocolErred) and "audio/opus" in erred.reason
    assert talk.plays(20) == (e.OtherReceived(type="response.output_audio.delta", known=True),)


def test_tokens_are_told_by_what_they_are_of() -> None:
    done = meant(example("response.done"))
    assert e.UsageReported(
        reply_id="resp_1", input=e.Tokens(14, 27), output=e.Tokens(28, 136)
    ) in done  # fmt: skip
    usage = {
        "input_tokens": 130,
        "output_tokens": 9,
        "input_token_details": {"text_tokens": 100, "audio_tokens": 30, "cached_tokens": 110},
    }
    [_, reported] = meant({"type": "response.done", "response": {"id": "r", "usage": usage}})
    assert reported == e.UsageReported(
        reply_id="r", input=e.Tokens(100, 30), cached=e.Tokens(100, 10), output=e.Tokens(9),
        estimated=True,
    )  # fmt: skip
    usage["input_token_details"] = {
        "text_tokens": 100, "audio_tokens": 30, "cached_tokens": 64,
        "cached_tokens_details": {"audio_tokens": 64},
    }  # fmt: skip
    [_, reported] = meant({"type": "response.done", "response": {"id": "r", "usage": usage}})
    assert isinstance(reported, e.UsageReported)
    assert (reported.cached, reported.estimated) == (e.Tokens(0, 64), False)
    nothings: tuple[Any, ...] = (None, {}, 3)
    for nothing in nothings:
        told = meant({"type": "response.done", "response": {"id": "r", "usage": nothing}})
        assert told == (e.AgentCompleted(reply_id="r"),)


def test_a_transcript_is_charged_by_time_or_by_tokens() -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    said = e.UserTranscribed(text="Hello there.", user_turn_id="item_u1")
    assert meant(example(kind)) == (said, e.UsageReported(user_turn_id="item_u1", seconds=3.0))
    usage = {"type": "tokens", "input_tokens": 20, "output_tokens": 4,
             "input_token_details": {"audio_tokens": 15, "text_tokens": 5}}  # fmt: skip
    [_, used] = meant({**example(kind), "usage": usage})
    assert used == e.UsageReported(
        user_turn_id="item_u1", input=e.Tokens(5, 15), output=e.Tokens(4)
    )


def test_limits_and_the_end_of_the_session_are_told() -> None:
    [limits] = meant(example("rate_limits.updated"))
    assert limits == e.RateLimitsReported(
        limits=(e.RateLimit("tokens", 15_000_000, 14_999_371, 0.002),)
    )
    assert e.SessionExpires(at_s=1_795_400_000) in meant(example("session.created"))


@pytest.mark.parametrize(
    ("status", "details", "lacking", "error"),
    [
        ("completed", None, "", None),
        ("cancelled", {"reason": "turn_detected"}, "", None),
        ("incomplete", {"reason": "max_output_tokens"}, "max_output_tokens", None),
        ("failed", {"error": {"code": "rate_limit_exceeded", "message": "Slow down."}},
         "rate_limit_exceeded", "Slow down."),
        ("failed", None, "failed", "the response failed"),
    ],
)  # fmt: skip
def test_a_reply_that_is_not_whole_says_why(
    status: str, details: Any, lacking: str, error: str | None
) -> None:
    response = {"id": "r", "status": status, "status_details": details}
    completed, *rest = meant({"type": "response.done", "response": response})
    assert completed == e.AgentCompleted(reply_id="r", lacking=lacking)
    assert [one.message for one in rest if isinstance(one, e.ProviderErred)] == (
        [error] if error else []
    )


def test_words_that_only_stand_at_the_end_are_told_once() -> None:
    output = [{"id": "i", "type": "message", "content": [{"type": "output_text", "text": "Hi."}]}]
    talk = Talk()
    talk.begins("r")
    talk.ends("r", output=output)
    talk.ends("r", output=output)
    said = [event for event in talk.events if isinstance(event, e.AgentResponded)]
    assert said == [e.AgentResponded(text="Hi.", reply_id="r", response_id="i")]


def test_what_the_server_heard_can_be_had() -> None:
    [retrieved] = meant(example("conversation.item.retrieved"))
    assert retrieved == e.ItemRetrieved(
        item_id="item_a1", role="assistant", text="Hi, what can I do for you?",
        audio=b"\0\0\0\0\1\0\2\0",
    )  # fmt: skip


def test_tools_of_a_server_are_asked_about_once_and_followed() -> None:
    talk = Talk()
    request = {"id": "m1", "type": "mcp_approval_request", "name": "search",
               "server_label": "docs", "arguments": '{"q":"x"}'}  # fmt: skip
    [asked] = talk.says("conversation.item.added", item=request)
    assert asked == e.McpToolChanged(
        name="search", call_id="m1", service_id="docs", state="awaiting_approval",
        parameters={"q": "x"},
    )  # fmt: skip
    [again] = talk.says("response.output_item.done", response_id="r", item=request)
    assert isinstance(again, e.OtherReceived)
    call = {**request, "id": "m2", "type": "mcp_call", "approval_request_id": "m1"}
    states = [
        *talk.says("response.output_item.added", response_id="r", item=call),
        *talk.says("response.mcp_call.completed", item_id="m2"),
        *talk.says("response.output_item.done", response_id="r", item={**call, "output": "[1]"}),
    ]
    assert [(s.call_id, s.state, s.detail) for s in states if isinstance(s, e.McpToolChanged)] == [
        ("m1", "loading", ""), ("m1", "success", ""), ("m1", "success", "[1]")
    ]  # fmt: skip


def test_the_servers_that_are_connected_are_known_by_name() -> None:
    talk = Talk()
    listed = {"id": "l1", "type": "mcp_list_tools", "server_label": "docs", "tools": [{}, {}]}
    [servers] = talk.says("conversation.item.done", item=listed)
    assert servers == e.McpServersChanged(servers=(e.McpServer("docs", True, 2),))
    talk.says("conversation.item.added", item={**listed, "id": "l2", "server_label": "shop"})
    [servers] = talk.says("mcp_list_tools.failed", item_id="l2")
    assert isinstance(servers, e.McpServersChanged)
    assert servers.servers[1] == e.McpServer("shop", False, 0)
