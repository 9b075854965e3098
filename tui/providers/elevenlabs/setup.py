"""A `Setup` as the first frame of the ElevenLabs wire.

Knows where each wish goes; not whether the agent permits it. What is not set is left out: a null
or empty override is an override too, and a forbidden one ends the conversation.
"""

from typing import Any

from tui import __version__
from tui.providers.elevenlabs import frames as wire
from tui.setup import Setup

RESERVED = "system__"
"""Dynamic variables of this prefix are the service's own."""


def initiation(setup: Setup) -> wire.Initiation:
    variables = setup.dynamic_variables.items()
    return wire.Initiation(
        conversation_config_override=_override(setup),
        custom_llm_extra_body=_extra_body(setup),
        dynamic_variables={k: v for k, v in variables if not k.startswith(RESERVED)},
        user_id=setup.user_id or None,
        branch_id=setup.branch_id or None,
        environment=setup.environment or None,
        # The API's list of sources has no name for us; "unknown" is in it.
        source_info=wire.SourceInfo(source="unknown", version=f"voicescope {__version__}"[:50]),
    )


def left_out(setup: Setup) -> tuple[str, ...]:
    """Wishes that this wire cannot carry, in words."""
    names = [name for name in setup.dynamic_variables if name.startswith(RESERVED)]
    return tuple(f"dynamic variable {name} is left out: the name is reserved" for name in names)


def _override(setup: Setup) -> dict[str, Any]:
    prompt = {"prompt": setup.prompt, "llm": setup.llm}
    agent = {"prompt": _set(prompt), "language": setup.language}
    tts = {
        "voice_id": setup.voice_id,
        "stability": setup.stability,
        "similarity_boost": setup.similarity_boost,
        "speed": setup.speed,
    }
    conversation = {
        "text_only": setup.text_only,
        "max_duration_seconds": setup.max_duration_seconds,
    }
    timeout = _set({"message": setup.soft_timeout_message})
    return _set(
        {
            # An empty first message is a wish of its own: the user is to begin.
            "agent": _set(agent) | _given("first_message", setup.first_message),
            "tts": _set(tts),
            "asr": _set({"keywords": [word for word in setup.keywords if word]}),
            "turn": _set({"soft_timeout_config": timeout}),
            "conversation": _set(conversation),
        }
    )


def _extra_body(setup: Setup) -> dict[str, Any]:
    """What a custom LLM is sent; the fields of the set-up win over those of the same name."""
    extra = {"temperature": setup.temperature, "max_tokens": setup.max_tokens}
    return setup.extra_body | _set(extra)


def _set(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what is null or empty; 0 and False are said on purpose."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}


def _given(name: str, value: str | None) -> dict[str, Any]:
    return {} if value is None else {name: value}
