"""What one conversation is to be like: the agent's settings with what the client overrides.

Pure. Refuses what the agent does not permit, languages that nobody here speaks, and texts whose
dynamic variables are missing. Source: the published `conversation_initiation_client_data`.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tui.agent.elevenlabs.errors import CODES, Refused
from tui.agent.profile import Agent
from tui.agent.responder.languages import PHRASES, SPOKEN, base
from tui.agent.responder.persona import Persona
from tui.agent.responder.responder import FIRST_MESSAGE
from tui.agent.speech.voices import VoiceInfo, voice_for
from tui.providers.elevenlabs.client_frames import Initiation

SLOWEST, FASTEST = 0.7, 5.0
"""Speeds, the published bounds."""
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    first_message: str
    """"" when the agent is to wait for the user."""
    persona: Persona
    text_only: bool
    voice: VoiceInfo
    speed: float
    max_duration_s: float | None
    parting: str
    """What to say at the maximum duration."""


def read_overrides(initiation: Initiation, agent: Agent, system: dict[str, str]) -> Overrides:
    """`system`: variables that the agent gives itself. Raises Refused."""
    chosen = dict(_chosen(initiation.conversation_config_override))
    _check_permissions(agent, [*chosen, *(["custom_llm_extra_body"] if _body(initiation) else [])])
    language = _text(chosen.get("agent.language")) or agent.language
    if base(language) not in SPOKEN:
        raise Refused(f"Language {language[:20]!r} is not supported.", "override_error")
    values = {**agent.variables, **initiation.dynamic_variables, **system}
    voice_id = _text(chosen.get("tts.voice_id")) or agent.voice_id
    return Overrides(
        first_message=_filled(_first_message(chosen, agent, language), values, "first message"),
        persona=_persona(chosen, agent, language, values, initiation),
        text_only=(chosen.get("conversation.text_only", agent.text_only)) is True,
        voice=voice_for(voice_id, language),
        speed=min(max(_number(chosen.get("tts.speed")) or 1.0, SLOWEST), FASTEST),
        max_duration_s=_number(chosen.get("conversation.max_duration_seconds"))
        or agent.max_duration_seconds,
        parting=_text(chosen.get("agent.max_conversation_duration_message")) or "",
    )


def first_message_of(agent: Agent, language: str = "") -> str:
    """What the agent says first when nobody overrides it, placeholders and all."""
    if agent.first_message is not None:
        return agent.first_message
    phrases = PHRASES.get(base(language or agent.language))
    return phrases.first_message if phrases else FIRST_MESSAGE


def placeholders(agent: Agent) -> dict[str, str | int | float | bool]:
    """Every variable its texts name, with its default, "" for a required one."""
    named = _VARIABLE.findall(f"{first_message_of(agent)}\n{agent.prompt}")
    return {name: agent.variables.get(name, "") for name in named} | agent.variables


def _first_message(chosen: dict[str, object], agent: Agent, language: str) -> str:
    override = _text(chosen.get("agent.first_message"))
    return first_message_of(agent, language) if override is None else override


def _persona(
    chosen: dict[str, object],
    agent: Agent,
    language: str,
    values: dict[str, Any],
    initiation: Initiation,
) -> Persona:
    prompt = _text(chosen.get("agent.prompt.prompt"))
    words = _number(_body(initiation).get("max_tokens"))
    return Persona(
        prompt=_filled(agent.prompt if prompt is None else prompt, values, "prompt"),
        language=language,
        max_words=None if words is None else max(1, int(words)),
        tools=agent.tool,
        mcp=agent.mcp,
        failures=frozenset(CODES),
    )


def _chosen(table: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each override that is set, by its path; empty tables and nulls are not."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from _chosen(value, f"{path}.{key}" if path else str(key))
    elif table is not None:
        # The Python SDK writes text_only one level above where the description has it.
        yield ("conversation.text_only" if path == "text_only" else path), table


def _check_permissions(agent: Agent, paths: list[str]) -> None:
    for path in paths:
        if not agent.may(path):
            reason = f"Override of {path[:60]!r} is not permitted by the agent."
            raise Refused(reason, "override_error")


def _filled(text: str, values: dict[str, Any], where: str) -> str:
    missing = {name for name in _VARIABLE.findall(text) if values.get(name) is None}
    if missing:
        names = ", ".join(repr(name) for name in sorted(missing))
        reason = f"Missing required dynamic variables in {where}: {{{names}}}"
        raise Refused(reason, "missing_dynamic_variable", at_once=True)
    return _VARIABLE.sub(lambda match: str(values[match[1]]), text)


def _body(initiation: Initiation) -> dict[str, Any]:
    return initiation.custom_llm_extra_body or {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    """A number above zero; anything else counts as unset."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < float("inf") else None  # type: ignore[operator,arg-type]
