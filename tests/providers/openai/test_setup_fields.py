"""The set-up: its fields and limits, what has no effect, what would be refused."""

import pytest

from tui.providers.openai.models import tables
from tui.providers.openai.setup_fields import FIELDS, TRANSCRIPTION, notes, preflight
from tui.setup import Setup, foreign, unfit

WHOLE = Setup(
    llm="gpt-realtime-2.1-mini",
    voice_id="marin",
    prompt="Be brief.",
    first_message="Hello.",
    language="en",
    speed=1.5,
    max_tokens=4096,
    text_only=False,
    keywords=("Ada",),
    options={
        "transcription": "whisper-1",
        "turn_detection": "server_vad",
        "threshold": 0.6,
        "silence_duration_ms": 500,
        "prefix_padding_ms": 300,
        "idle_timeout_ms": 5000,
        "create_response": True,
        "interrupt_response": False,
        "noise_reduction": "near_field",
        "reasoning_effort": "low",
        "parallel_tool_calls": True,
        "tool_choice": "lookup_order",
        "truncation": "0.8",
    },
)


def test_all_of_it_can_be_asked_at_once() -> None:
    assert unfit(FIELDS, WHOLE) == () and foreign(FIELDS, WHOLE) == ()
    assert notes(WHOLE) == () and preflight(None, WHOLE) == ()
    named = {name for name in (*vars_of(WHOLE), *WHOLE.options)}
    assert {field.name for field in FIELDS} - named == {"eagerness"}


def vars_of(setup: Setup) -> list[str]:
    return [name for name in Setup.__struct_fields__ if getattr(setup, name) not in (None, (), {})]


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        (Setup(speed=0.2), "speed: a number, 0.25 to 1.5, not '0.2'"),
        (Setup(speed=1.6), "speed: a number, 0.25 to 1.5, not '1.6'"),
        (Setup(max_tokens=4097), "max_tokens: a whole number, 1 to 4096, not '4097'"),
        (Setup(options={"threshold": 1.1}), "options.threshold: a number, 0 to 1, not '1.1'"),
        (Setup(options={"idle_timeout_ms": 4999}), "whole number, 5000 to 30000, not '4999'"),
        (Setup(options={"turn_detection": "vad"}), "one of server_vad, semantic_vad, none"),
        (Setup(options={"eagerness": "keen"}), "one of low, medium, high, auto"),
        (Setup(options={"noise_reduction": "far"}), "one of near_field, far_field, none"),
        (Setup(options={"noise_reductoin": "none"}), "did you mean 'noise_reduction'?"),
        (Setup(options={"create_response": 1}), "true or false, not '1'"),
    ],
)
def test_limits_are_those_of_the_wire(setup: Setup, said: str) -> None:
    (problem,) = unfit(FIELDS, setup)
    assert said in problem


def test_what_has_no_counterpart_is_not_offered() -> None:
    other = Setup(agent_id="a", stability=0.5, similarity_boost=0.5, temperature=1.0)
    assert foreign(FIELDS, other) == ("agent_id", "temperature", "stability", "similarity_boost")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"eagerness": "low"}, "eagerness is for turn detection semantic_vad, not server_vad"),
        (
            {"turn_detection": "semantic_vad", "threshold": 0.5},
            "threshold is for turn detection server_vad, not semantic_vad",
        ),
        (
            {"turn_detection": "none", "create_response": True},
            "create_response is for turn detection server_vad or semantic_vad, not none",
        ),
    ],
)
def test_what_has_no_effect_is_noted(options: dict[str, object], said: str) -> None:
    (note,) = notes(Setup(options=options))
    assert note.startswith(said) and note.endswith("it is left out")
    assert preflight(None, Setup(options=options)) == ()


def test_text_only_leaves_out_sound() -> None:
    (note,) = notes(Setup(text_only=True, voice_id="marin", options={"threshold": 0.5}))
    assert note == "text only has no use for voice_id, threshold"
    assert notes(Setup(text_only=True, prompt="x")) == ()


@pytest.mark.parametrize("chosen", ["most", "1.5", "-1", "nan"])
def test_a_truncation_that_is_none_is_refused_before_the_call(chosen: str) -> None:
    (problem,) = preflight(None, Setup(options={"truncation": chosen}))
    assert "auto, disabled or a share from 0 to 1" in problem


@pytest.mark.parametrize("chosen", ["auto", "disabled", "0.8", "1"])
def test_a_truncation_of_the_wire_is_taken(chosen: str) -> None:
    assert preflight(None, Setup(options={"truncation": chosen})) == ()


def test_transcription_is_on_and_its_price_is_shown() -> None:
    (field,) = [field for field in FIELDS if field.name == "transcription"]
    assert field.none == f"the usual: {TRANSCRIPTION}, $0.017/min of your speech"


def test_every_source_of_choices_is_there() -> None:
    sources = {field.choices for field in FIELDS if isinstance(field.choices, str)}
    assert sources == {*tables(None), "languages"}
