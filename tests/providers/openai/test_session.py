"""What a set-up asks of a session."""

from typing import Any

import pytest

from tui.provider import DeclaredTool
from tui.providers.openai.session import Agreed, session_of, with_turns
from tui.setup import Setup

PCM = {"type": "audio/pcm", "rate": 24_000}


def test_what_is_not_set_is_the_server_s_but_for_turns_and_the_user_s_words() -> None:
    assert session_of(Setup()) == {
        "type": "realtime",
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": PCM,
                "turn_detection": {"type": "server_vad"},
                "transcription": {"model": "gpt-live-transcribe"},
            },
            "output": {"format": PCM},
        },
    }


def test_every_wish_has_its_place() -> None:
    setup = Setup(
        prompt="Be terse.", voice_id="cedar", llm="gpt-realtime-2.1", speed=1.2, max_tokens=500,
        language="de", keywords=("Blom", ""),
        options={
            "turn_detection": "server_vad", "threshold": 0.6, "prefix_padding_ms": 200,
            "silence_duration_ms": 700, "idle_timeout_ms": 6000, "create_response": True,
            "interrupt_response": False, "noise_reduction": "near_field",
            "reasoning_effort": "low", "parallel_tool_calls": False, "tool_choice": "look",
            "truncation": 0.8,
        },
    )  # fmt: skip
    tools = (
        DeclaredTool(name="look", description="Looks.", parameters={"type": "object"}),
        DeclaredTool(name="ring"),
    )
    assert session_of(setup, tools) == {
        "type": "realtime",
        "model": "gpt-realtime-2.1",
        "output_modalities": ["audio"],
        "instructions": "Be terse.",
        "max_output_tokens": 500,
        "tools": [
            {"type": "function", "name": "look", "parameters": {"type": "object"},
             "description": "Looks."},
            {"type": "function", "name": "ring",
             "parameters": {"type": "object", "properties": {}}},
        ],
        "tool_choice": {"type": "function", "name": "look"},
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low"},
        "truncation": {"type": "retention_ratio", "retention_ratio": 0.8},
        "audio": {
            "input": {
                "format": PCM,
                "noise_reduction": {"type": "near_field"},
                "transcription": {"model": "gpt-live-transcribe", "languages": ["de"],
                                  "keywords": ["Blom"]},
                "turn_detection": {
                    "type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 200,
                    "silence_duration_ms": 700, "idle_timeout_ms": 6000,
                    "create_response": True, "interrupt_response": False,
                },
            },
            "output": {"format": PCM, "voice": "cedar", "speed": 1.2},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "hints"),
    [
        ("gpt-transcribe", {"languages": ["de"], "keywords": ["a", "b"]}),
        ("whisper-1", {"language": "de", "prompt": "a, b"}),
        ("gpt-4o-transcribe", {"language": "de", "prompt": "a, b"}),
        ("gpt-realtime-whisper", {"language": "de"}),
    ],
)
def test_a_transcriber_gets_the_hints_that_it_takes(model: str, hints: dict[str, Any]) -> None:
    setup = Setup(language="de", keywords=("a", "b"), options={"transcription": model})
    transcription = session_of(setup)["audio"]["input"]["transcription"]
    assert transcription == {"model": model, **hints}


def test_what_is_switched_off_is_null() -> None:
    options = {"transcription": "none", "turn_detection": "none", "noise_reduction": "none"}
    heard = session_of(Setup(options=options))["audio"]["input"]
    assert heard == {
        "format": PCM, "transcription": None, "turn_detection": None, "noise_reduction": None,
    }  # fmt: skip


def test_semantic_turns_have_their_own_wishes() -> None:
    options = {"turn_detection": "semantic_vad", "eagerness": "low", "threshold": 0.4}
    turns = session_of(Setup(options=options))["audio"]["input"]["turn_detection"]
    assert turns == {"type": "semantic_vad", "eagerness": "low"}


def test_a_session_in_text_has_no_sound() -> None:
    session = session_of(Setup(text_only=True, prompt=""))
    assert session == {"type": "realtime", "output_modalities": ["text"], "instructions": ""}


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ("auto", "auto"),
        ("disabled", "disabled"),
        ("0.5", {"type": "retention_ratio", "retention_ratio": 0.5}),
        (1, {"type": "retention_ratio", "retention_ratio": 1.0}),
        ("", None),
    ],
)
def test_truncation_is_a_word_or_a_share(chosen: Any, sent: Any) -> None:
    assert session_of(Setup(options={"truncation": chosen})).get("truncation") == sent


@pytest.mark.parametrize(
    ("told", "detection", "answers", "yields", "padding_ms"),
    [
        ({"turn_detection": None}, "none", False, False, 77),
        ({"turn_detection": {"type": "server_vad"}}, "server_vad", True, True, 300),
        ({"turn_detection": {"type": "semantic_vad", "create_response": False,
                             "interrupt_response": False}}, "semantic_vad", False, False, 300),
        ({"turn_detection": {"type": "server_vad", "prefix_padding_ms": "90"}}, "server_vad",
         True, True, 90),
        ({}, "semantic_vad", True, True, 77),
    ],
)  # fmt: skip
def test_what_a_server_says_of_turns_counts(
    told: Any, detection: str, answers: bool, yields: bool, padding_ms: int
) -> None:
    before = Agreed(detection="semantic_vad", padding_ms=77)
    for session in (told, {"audio": {"input": {"format": PCM, **told}}}):
        now = with_turns(before, session)
        assert (now.detection, now.answers, now.yields, now.padding_ms) == (
            detection, answers, yields, padding_ms,
        )  # fmt: skip
