"""The official SDK as an oracle: its reader, its models and its writers against our codec."""

import json
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from elevenlabs.client import ElevenLabs
from elevenlabs.conversational_ai.conversation import (
    AudioInterface,
    ContextualUpdateClientToOrchestratorEvent,
    Conversation,
    ConversationInitiationData,
    MultimodalMessageClientToOrchestratorEvent,
    OnPremInitiationData,
    UserActivityClientToOrchestratorEvent,
    UserMessageClientToOrchestratorEvent,
)
from elevenlabs.types import (
    AsrInputFormat,
    ClientEvent,
    ConversationInitiationClientDataRequestInput,
    TtsOutputFormat,
)
from pydantic import BaseModel

from tests.frames import TO_CLIENT, Example, examples
from tests.providers.elevenlabs.meanings import RECEIVED
from tui import commands, events
from tui.events import Event
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.read import parse_format
from tui.setup import Setup


class _Devices(AudioInterface):
    def start(self, input_callback: Any) -> None: ...
    def stop(self) -> None: ...
    def output(self, audio: bytes) -> None: ...
    def interrupt(self) -> None: ...


def conversation(**more: Any) -> Any:
    client = ElevenLabs(api_key="k", base_url="http://127.0.0.1:1")
    return Conversation(client, "agent", requires_auth=False, audio_interface=_Devices(), **more)


# ── What it reads ───────────────────────────────────────────────────────────────────────────────


def sdk_reads(frame: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Each callback of the SDK's reader for one frame, as (name, arguments)."""
    seen: list[tuple[Any, ...]] = []

    def note(name: str) -> Any:
        return lambda *args: seen.append((name, *args))

    names = """audio_output audio_alignment agent_response agent_chat_response_part
    agent_response_correction user_transcript interruption ping latency_measurement
    client_tool_call""".split()
    handler = SimpleNamespace(
        **{f"handle_{name}": note(name) for name in names},
        **{f"callback_{name}": True for name in names},
    )
    call = conversation()
    try:
        call._handle_message_core(frame, handler)
        if call._conversation_id is not None:
            seen.append(("conversation_id", call._conversation_id))
    finally:
        call.client_tools.stop()
    return [as_plain(*callback) for callback in seen]


def as_plain(name: str, *args: Any) -> tuple[Any, ...]:
    if name == "audio_alignment":
        [a] = args
        return name, list(a.chars), list(a.char_start_times_ms), list(a.char_durations_ms)
    if name == "ping":
        return name, args[0]["event_id"]
    return name, *args


def ours(event: Event) -> list[tuple[Any, ...]]:  # noqa: PLR0911  one an event
    """What the SDK's callbacks should have been given for our event."""
    match event:
        case events.ConversationStarted(conversation_id=conversation_id):
            return [("conversation_id", conversation_id)]
        case events.AudioReceived(audio=audio, alignment=a):
            aligned = a and (
                "audio_alignment", list(a.chars), list(a.starts_ms), list(a.durations_ms)
            )  # fmt: skip
            return [("audio_output", audio), *([aligned] if aligned else [])]
        case events.AgentResponded(text=text):
            return [("agent_response", text)]
        case events.AgentResponseStreamed(text=text, part=part):
            return [("agent_chat_response_part", text, part)]
        case events.AgentCorrected(original=original, corrected=corrected):
            return [("agent_response_correction", original, corrected)]
        case events.UserTranscribed(text=text):
            return [("user_transcript", text)]
        case events.Interrupted():
            return [("interruption",)]
        case events.Pinged(ping_id=event_id, ping_ms=ping_ms):
            return [("ping", event_id), ("latency_measurement", ping_ms)]
        case events.ToolCalled(name=name, call_id=call_id, parameters=parameters):
            return [("client_tool_call", name, {"tool_call_id": call_id, **parameters})]
        case _:
            return []


def named(example: Example) -> str:
    return example.name


@pytest.mark.parametrize("frame", examples(TO_CLIENT), ids=named)
def test_our_reader_and_the_sdk_s_agree_field_by_field(frame: Example) -> None:
    meant = [told for event in ElevenLabsCodec().receive(frame.text).events for told in ours(event)]
    assert sdk_reads(frame.frame) == meant


def test_the_sdk_reads_nothing_that_ours_does_not() -> None:
    """And much that ours reads, it does not: the rest of the table."""
    read = {e.name for e in examples(TO_CLIENT) if sdk_reads(e.frame)}
    assert len(read) == 9
    assert read < set(RECEIVED)


def test_every_event_that_an_agent_can_be_set_to_send_has_an_example_and_a_meaning() -> None:
    listed = set(get_args(get_args(ClientEvent)[0]))
    assert len(listed) >= 25
    assert listed <= set(RECEIVED)


@pytest.mark.parametrize("published", [AsrInputFormat, TtsOutputFormat])
def test_every_audio_format_that_an_agent_can_be_set_to_is_read(published: Any) -> None:
    names = get_args(get_args(published)[0])
    assert len(names) == 7
    assert [str(parse_format(name)) for name in names] == list(names)


@pytest.mark.parametrize(
    "name", ["opus_48000", "pcm_", "pcm_99", "pcm_1e4", "PCM_16000", "pcm_16000x", "pcm_999999", ""]
)
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown audio format"):
        parse_format(name)


@pytest.mark.parametrize("name", ["pcm_11025", "pcm_32000", "ulaw_16000", "alaw_8000", "mp3_44100"])
def test_formats_of_the_published_kinds_are_read_at_any_rate(name: str) -> None:
    assert str(parse_format(name)) == name
    assert str(parse_format("mp3_44100_128")) == "mp3_44100"


# ── What it takes ───────────────────────────────────────────────────────────────────────────────


def unknown(model: BaseModel, path: str = "") -> list[str]:
    """Fields that the SDK's model has no name for, at any depth."""
    found = [f"{path}{name}" for name in model.model_extra or {}]
    for name, value in model:
        if isinstance(value, BaseModel):
            found += unknown(value, f"{path}{name}.")
    return found


def test_the_sdk_s_model_knows_every_field_of_our_first_frame() -> None:
    setup = Setup(
        first_message="Hello", prompt="Be terse.", language="en", llm="gpt-4o-mini",
        temperature=0.5, max_tokens=9, voice_id="v", stability=0.5, similarity_boost=0.5,
        speed=1.1, keywords=("a",), text_only=True, max_duration_seconds=9,
        soft_timeout_message="One moment.", dynamic_variables={"a": 1}, user_id="u",
        environment="staging", branch_id="b", extra_body={"seed": 1},
    )  # fmt: skip
    frame = json.loads(ElevenLabsCodec(setup).open().frames[0].text)
    del frame["type"]
    model = ConversationInitiationClientDataRequestInput.model_validate(frame)
    assert unknown(model) == []
    assert json.loads(model.model_dump_json(exclude_unset=True)) == frame
    assert model.conversation_config_override is not None
    assert model.conversation_config_override.turn is not None
    assert model.conversation_config_override.turn.soft_timeout_config is not None
    assert model.conversation_config_override.turn.soft_timeout_config.message == "One moment."


# ── What it writes ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("theirs", "command"),
    [
        (UserMessageClientToOrchestratorEvent("hi"), commands.SendText(text="hi")),
        (UserActivityClientToOrchestratorEvent(), commands.SendActivity()),
        (ContextualUpdateClientToOrchestratorEvent("hi"), commands.SendContext(text="hi")),
        (
            MultimodalMessageClientToOrchestratorEvent("hi", file_ids=["a", "b"]),
            commands.SendFiles(file_ids=("a", "b"), text="hi"),
        ),
        (
            MultimodalMessageClientToOrchestratorEvent(file_id="a"),
            commands.SendFiles(file_ids=("a",)),
        ),
    ],
)
def test_we_write_what_the_sdk_writes(theirs: Any, command: commands.ToCodec) -> None:
    [frame] = ElevenLabsCodec().send(command).frames
    ours = json.loads(frame.text)
    ours.pop("id", None)  # by which the reply names a text: newer than the SDK
    assert ours == json.loads(json.dumps(theirs.to_dict()))


def test_we_read_back_what_only_the_sdk_writes() -> None:
    nothing = json.dumps(UserMessageClientToOrchestratorEvent().to_dict())
    assert ElevenLabsCodec().sent(nothing).events == (events.TextSent(text=""),)
    call = conversation(
        config=ConversationInitiationData(dynamic_variables={"a": [1, None]}),
        on_prem_config=OnPremInitiationData("ws://127.0.0.1:1"),
    )
    call.client_tools.stop()
    first, second = call._create_on_prem_initiation_message(), call._create_initiation_message()
    assert ElevenLabsCodec().sent(first).kind == "enclave_setup_config"
    assert ElevenLabsCodec().sent(second).events == (events.InitiationSent(),)
