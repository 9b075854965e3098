"""Frames as other writers make them: read for what they mean, and told where they are not."""

import json
from typing import Any

import pytest

from tests.frames import METADATA, example
from tui import events
from tui.commands import SendAudio, SendText
from tui.events import AudioFormat, Encoding
from tui.provider import Guarded, Step
from tui.providers import open_codec, provider_of
from tui.providers.elevenlabs.codec import ElevenLabsCodec


def frame(kind: str, payload: str, **fields: Any) -> str:
    return json.dumps({"type": kind, payload: fields})


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ("7.0", 7),
        ("1.06e2", 106),
        ('"9"', 9),
        ('" 9 "', 9),
        ("41.7", 41),
        ("1e2", 100),
        ("-0.0", 0),
    ],
)
def test_a_ping_is_answered_however_its_number_is_written(written: str, answered: int) -> None:
    step = ElevenLabsCodec().receive(f'{{"type":"ping","ping_event":{{"event_id":{written}}}}}')
    assert json.loads(step.frames[0].text) == {"type": "pong", "event_id": answered}
    assert step.kind == "ping"


@pytest.mark.parametrize("ping", ["{}", '{"event_id":null}', '{"event_id":true}'])
def test_a_ping_without_an_id_is_answered(ping: str) -> None:
    step = ElevenLabsCodec().receive(f'{{"type":"ping","ping_event":{ping}}}')
    assert json.loads(step.frames[0].text)["type"] == "pong"


@pytest.mark.parametrize(
    ("written", "read"),
    [("41.7", 42), ('"41"', 41), ("null", None), ("NaN", None), ("1e999", None), ('"?"', None)],
)
def test_an_odd_estimate_does_not_cost_the_answer(written: str, read: int | None) -> None:
    text = f'{{"type":"ping","ping_event":{{"event_id":3,"ping_ms":{written}}}}}'
    step = ElevenLabsCodec().receive(text)
    assert step.events == (events.Pinged(ping_id=3, ping_ms=read),)
    assert json.loads(step.frames[0].text)["event_id"] == 3


def test_a_reply_without_an_id_is_of_the_newest_turn() -> None:
    codec = ElevenLabsCodec()
    codec.receive(METADATA)
    said = {"user_transcript": "Hi", "event_id": 4}
    codec.receive(frame("user_transcript", "user_transcription_event", **said))
    reply = frame("agent_response", "agent_response_event", agent_response="Hello")
    assert codec.receive(reply).events == (events.AgentResponded(text="Hello", reply_id=4),)
    codec.receive(frame("interruption", "interruption_event", event_id=6))
    [heard] = codec.receive(frame("audio", "audio_event", audio_base_64="AAA=")).events
    assert isinstance(heard, events.AudioReceived) and heard.reply_id == 6


def test_subtitles_that_cannot_be_read_do_not_cost_the_speech() -> None:
    odd = {"chars": None, "char_start_times_ms": 3}
    text = frame("audio", "audio_event", audio_base_64="AAA=", event_id="1", alignment=odd)
    [heard] = ElevenLabsCodec().receive(text).events
    assert isinstance(heard, events.AudioReceived)
    assert (heard.audio, heard.alignment) == (b"\0\0", None)


# ── Errors ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["error", "client_error"])
@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ({"error_event": {"code": "rate_limited", "message": "Too fast."}}, "rate_limited"),
        ({"error_event": {"code": "1008", "message": "Too fast."}}, 1008),
        ({"error_event": {"code": 1008.0, "message": "Too fast."}}, 1008),
        ({"error_event": {"code": ["x"], "message": "Too fast."}}, '["x"]'),
        ({"error_event": "Too fast."}, None),
        ({"message": "Too fast.", "code": 7}, 7),
    ],
)
def test_an_error_keeps_its_message(kind: str, rest: dict[str, Any], code: object) -> None:
    [erred] = ElevenLabsCodec().receive(json.dumps({"type": kind, **rest})).events
    assert isinstance(erred, events.ProviderErred)
    assert (erred.message, erred.code) == ("Too fast.", code)


def test_an_error_whose_message_is_an_object_says_it() -> None:
    text = frame("error", "error_event", message={"why": "zu schnell, für heute"})
    [erred] = ElevenLabsCodec().receive(text).events
    assert isinstance(erred, events.ProviderErred)
    assert "zu schnell, für heute" in erred.message


# ── Halves of surrogate pairs ───────────────────────────────────────────────────────────────────


def part(text: str, kind: str = "delta") -> str:
    """`text` as it stands between the quotes."""
    return (
        '{"type":"agent_chat_response_part","text_response_part":'
        f'{{"text":"{text}","type":"{kind}","event_id":1}}}}'
    )


@pytest.mark.parametrize(
    ("parts", "streamed"),
    [
        ([r"So \ud83d", r"\ude00!"], ["So ", "😀!"]),
        ([r"\ud83d", r"\ude00\ud83d", r"\ude01"], ["", "😀", "😁"]),
        ([r"a\ud83d", "b"], ["a", "\ufffdb"]),
        ([r"a\ude00b"], ["a\ufffdb"]),
        ([r"\ud83d\ude00"], ["😀"]),
    ],
)
def test_a_character_cut_in_two_is_whole_again(parts: list[str], streamed: list[str]) -> None:
    codec = ElevenLabsCodec()
    told = [codec.receive(part(text)).events[0] for text in parts]
    assert [e.text for e in told if isinstance(e, events.AgentResponseStreamed)] == streamed


def test_half_a_character_at_the_end_is_told_and_not_carried_on() -> None:
    codec = ElevenLabsCodec()
    codec.receive(part(r"a\ud83d"))
    [end] = codec.receive(part("", "stop")).events
    [start] = codec.receive(part("", "start")).events
    assert isinstance(end, events.AgentResponseStreamed) and end.text == "\ufffd"
    assert isinstance(start, events.AgentResponseStreamed) and start.text == ""


def test_half_a_character_in_a_whole_text_costs_no_more_than_itself() -> None:
    text = (
        '{"type":"user_transcript","user_transcription_event":'
        '{"user_transcript":"So \\ud83d it is","event_id":1}}'
    )
    heard = events.UserTranscribed(text="So \ufffd it is", user_turn_id=1)
    assert ElevenLabsCodec().receive(text).events == (heard,)


# ── Formats and binary frames ───────────────────────────────────────────────────────────────────


def test_a_call_with_an_unknown_audio_format_goes_on_in_text() -> None:
    codec = ElevenLabsCodec()
    step = codec.receive(METADATA.replace("pcm_16000", "opus_48000"))
    start, *told = step.events
    assert isinstance(start, events.ConversationStarted)
    assert start.output_format == start.input_format == AudioFormat(Encoding.UNKNOWN, 0)
    assert all(isinstance(e, events.ProtocolErred) and "opus_48000" in e.reason for e in told)
    assert told
    heard = codec.receive(frame("audio", "audio_event", audio_base_64="AAA=", event_id=1))
    assert heard.events == (events.OtherReceived(type="audio", known=True),)
    assert codec.send(SendAudio(audio=b"\0\0")) == Step()
    assert codec.send(SendText(text="Hello")).frames


def test_json_in_a_binary_frame_is_read() -> None:
    text = example("agent_response").text
    assert ElevenLabsCodec().receive(text.encode()) == ElevenLabsCodec().receive(text)
    [erred] = ElevenLabsCodec().receive(b'{"type":').events
    assert isinstance(erred, events.ProtocolErred)


# ── What no codec takes ─────────────────────────────────────────────────────────────────────────


def tool_call(depth: int) -> str:
    nested = '{"a":' * (depth - 2) + "1" + "}" * (depth - 2)
    return (
        '{"type":"client_tool_call","client_tool_call":{"tool_name":"t","tool_call_id":"c",'
        f'"parameters":{nested},"event_id":1,"expects_response":true}}}}'
    )


def test_a_frame_is_nested_so_deep_and_no_deeper() -> None:
    [called] = ElevenLabsCodec().receive(tool_call(128)).events
    assert isinstance(called, events.ToolCalled)
    for depth in (129, 600, 50_000):
        text = tool_call(depth)
        step = ElevenLabsCodec().receive(text)
        erred, calls = step.events[0], step.events[1:]
        assert erred == events.ProtocolErred(reason="nested more than 128 deep")
        assert [call.call_id for call in calls if isinstance(call, events.ToolCalled)] == (
            ["c"] if depth < 1000 else []  # it is answered while it can be told from others
        )
        assert ElevenLabsCodec().sent(text).events == (erred,)
        assert provider_of("elevenlabs").summarize("client_tool_call", text)


def test_brackets_in_words_are_not_nesting() -> None:
    said = "[" * 500 + '"\\'
    text = frame("agent_response", "agent_response_event", agent_response=said, event_id=1)
    [told] = ElevenLabsCodec().receive(text).events
    assert told == events.AgentResponded(text=said, reply_id=1)


class Broken(ElevenLabsCodec):
    def receive(self, text: str | bytes) -> Step:
        raise ZeroDivisionError("by nothing")

    def sent(self, text: str) -> Step:
        raise MemoryError

    def send(self, command: Any) -> Step:
        raise KeyError("x")


def test_whatever_a_codec_raises_is_a_protocol_error() -> None:
    codec = Guarded(Broken())
    told = [codec.receive("{}"), codec.sent("{}"), codec.send(SendText(text="x"))]
    reasons = [e.reason for s in told for e in s.events if isinstance(e, events.ProtocolErred)]
    assert reasons == ["ZeroDivisionError: by nothing", "MemoryError", "KeyError: 'x'"]
    assert all(step.kind == "protocol_error" for step in told)
    assert isinstance(open_codec("elevenlabs"), Guarded)
