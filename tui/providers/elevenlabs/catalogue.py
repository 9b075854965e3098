"""What the ElevenLabs REST API is asked of agents and voices, and how its answers are read.

Knows paths and JSON shapes, and that any of them may be missing or of another kind; asks nobody.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from tui.catalogue import AgentCard, AgentChoice, VoiceChoice
from tui.events import CallReported, ReportedTurn
from tui.provider import Access, Catalogue, Question, Request, Upload
from tui.providers.elevenlabs.endpoint import headers
from tui.providers.elevenlabs.models import calculated
from tui.variables import placeholders

PERMISSIONS = {
    "first_message": ("agent", "first_message"),
    "prompt": ("agent", "prompt", "prompt"),
    "language": ("agent", "language"),
    "llm": ("agent", "prompt", "llm"),
    "voice_id": ("tts", "voice_id"),
    "stability": ("tts", "stability"),
    "similarity_boost": ("tts", "similarity_boost"),
    "speed": ("tts", "speed"),
    "keywords": ("asr", "keywords"),
    "text_only": ("conversation", "text_only"),
    "max_duration_seconds": ("conversation", "max_duration_seconds"),
    "soft_timeout_message": ("turn", "soft_timeout_config", "message"),
}
"""Where the permission for each field of a set-up stands under `conversation_config_override`."""
EXTRA_BODY = ("temperature", "max_tokens", "extra_body")
"""Fields that travel in `custom_llm_extra_body`, which has one permission of its own."""
PAGE_SIZE = 100
MOST_TURNS = 2000
T = TypeVar("T")


def _agents(access: Access, search: str) -> Question[list[AgentChoice]]:
    request = Request(path="/v1/convai/agents", headers=headers(access))
    return _pages(request, search, agent_choices, "next_cursor", "cursor")


def _voices(access: Access, search: str) -> Question[list[VoiceChoice]]:
    request = Request(path="/v2/voices", headers=headers(access))
    return _pages(request, search, voice_choices, "next_page_token", "next_page_token")


def _card(access: Access) -> Question[AgentCard]:
    path = f"/v1/convai/agents/{quote(access.whom, safe='')}"
    return Question(request=Request(path=path, headers=headers(access)), read=agent_card)


def _upload(access: Access, conversation_id: str, file: Upload) -> Question[str]:
    path = f"/v1/convai/conversations/{quote(conversation_id, safe='')}/files"
    request = Request(method="POST", path=path, headers=headers(access), file=file)
    return Question(request=request, read=_file_id)


def _review(access: Access, conversation_id: str) -> Question[CallReported]:
    path = f"/v1/convai/conversations/{quote(conversation_id, safe='')}"
    return Question(request=Request(path=path, headers=headers(access)), read=call_reported)


CATALOGUE = Catalogue(
    agents=_agents,
    voices=_voices,
    card=_card,
    price=calculated,
    upload=_upload,
    review=_review,
)


def _pages(
    request: Request, search: str, read: Callable[[Any], T], token: str, parameter: str
) -> Question[T]:
    query = {"page_size": str(PAGE_SIZE)} | ({"search": search} if search else {})
    first = msgspec.structs.replace(request, query=query)

    def following(answer: Any) -> Request | None:
        given = _text(answer, token) if isinstance(answer, dict) else ""
        if not given or not answer.get("has_more"):
            return None
        return msgspec.structs.replace(first, query=query | {parameter: given})

    return Question(request=first, read=read, following=following)


def _file_id(answer: Any) -> str:
    file_id = _text(answer, "file_id")
    if not file_id:
        raise ValueError("no id of a file")
    return file_id


def agent_choices(answer: Any) -> list[AgentChoice]:
    return [
        AgentChoice(
            id=_text(agent, "agent_id"),
            name=_text(agent, "name"),
            tags=tuple(tag for tag in _list(agent, "tags") if isinstance(tag, str)),
            last_call_unix_s=_number(agent, "last_call_time_unix_secs"),
        )
        for agent in _list(answer, "agents")
        if _text(agent, "agent_id")
    ]


def voice_choices(answer: Any) -> list[VoiceChoice]:
    return [
        VoiceChoice(
            id=_text(voice, "voice_id"),
            name=_text(voice, "name"),
            labels=tuple(str(label) for label in _dict(voice, "labels").values() if label),
            description=_text(voice, "description"),
            preview_url=_text(voice, "preview_url"),
        )
        for voice in _list(answer, "voices")
        if _text(voice, "voice_id")
    ]


def agent_card(answer: Any) -> AgentCard:
    """Raises ValueError when it is no agent at all."""
    config = _dict(answer, "conversation_config")
    if not _text(answer, "agent_id") or not config:
        raise ValueError("that is not an agent")
    agent = _dict(config, "agent")
    prompt, tts = _dict(agent, "prompt"), _dict(config, "tts")
    conversation = _dict(config, "conversation")
    given = _dict(agent, "dynamic_variables", "dynamic_variable_placeholders")
    tools = [tool for tool in _list(prompt, "tools") if isinstance(tool, dict)]
    asked = set(placeholders(_texts([agent.get("first_message"), prompt])))
    return AgentCard(
        id=_text(answer, "agent_id"),
        name=_text(answer, "name"),
        first_message=_text(agent, "first_message"),
        prompt=_text(prompt, "prompt"),
        language=_text(agent, "language"),
        llm=_text(prompt, "llm"),
        voice_id=_text(tts, "voice_id"),
        text_only=conversation.get("text_only") is True,
        max_duration_s=_number(conversation, "max_duration_seconds"),
        input_format=_text(_dict(config, "asr"), "user_input_audio_format"),
        output_format=_text(tts, "agent_output_audio_format"),
        permitted=_permitted(answer),
        variables=tuple(sorted(n for n in asked | set(given) if not n.startswith("system__"))),
        defaults={name: str(value) for name, value in given.items() if value not in (None, "")},
        client_tools=tuple(_text(tool, "name") for tool in tools if tool.get("type") == "client"),
    )


def call_reported(answer: Any) -> CallReported:
    """Raises ValueError when it is no conversation at all."""
    conversation_id, status = _text(answer, "conversation_id"), _text(answer, "status")
    if not conversation_id or not status:
        raise ValueError("that is not a conversation")
    metadata = _dict(answer, "metadata")
    return CallReported(
        conversation_id=conversation_id,
        status=status,
        duration_s=_amount(metadata, "call_duration_secs"),
        credits=_amount(metadata, "cost"),
        usd=_amount(metadata, "cost_fiat"),
        ended=_text(metadata, "termination_reason"),
        turns=tuple(_reported(turn) for turn in _list(answer, "transcript")[:MOST_TURNS]),
    )


def _reported(turn: Any) -> ReportedTurn:
    metrics = _dict(turn, "conversation_turn_metrics", "metrics")
    seconds = {name: _amount(metric, "elapsed_time") for name, metric in metrics.items()}
    tools = {
        _text(result, "tool_name"): _amount(result, "tool_latency_secs")
        for result in _list(turn, "tool_results")
    }
    number = turn.get("source_event_id") if isinstance(turn, dict) else None
    return ReportedTurn(
        role=_text(turn, "role"),
        at_s=_amount(turn, "time_in_call_secs") or 0.0,
        reply_id=number if isinstance(number, int) else None,
        interrupted=isinstance(turn, dict) and turn.get("interrupted") is True,
        llm=_text(turn, "producing_llm"),
        ms=_in_ms(seconds),
        tools_ms=_in_ms(tools),
    )


def _in_ms(seconds: dict[str, float | None]) -> dict[str, float]:
    return {name: round(s * 1000, 1) for name, s in seconds.items() if name and s is not None}


def _amount(value: Any, name: str) -> float | None:
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return float(found) if 0 <= found < 1e9 else None


def _permitted(answer: Any) -> frozenset[str]:
    path = ("platform_settings", "overrides", "conversation_config_override")
    switches = _dict(answer, *path)
    permitted = {
        name
        for name, (*inner, last) in PERMISSIONS.items()
        if _dict(switches, *inner).get(last) is True
    }
    extra = _dict(answer, *path[:-1]).get("custom_llm_extra_body") is True
    return frozenset(permitted | set(EXTRA_BODY if extra else ()))


def _texts(value: Any) -> Iterator[str]:
    """All strings in a JSON value, without recursion: its depth is not ours to trust."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case list(items):
                waiting.extend(items)
            case dict(fields):
                waiting.extend(fields.values())
            case _:
                pass


def _dict(value: Any, *path: str) -> dict[str, Any]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _number(value: Any, name: str) -> int:
    found = value.get(name) if isinstance(value, dict) else None
    return int(found) if isinstance(found, (int, float)) and 0 < found < 1e12 else 0
