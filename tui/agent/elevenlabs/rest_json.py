"""Agents, voices and conversations as the JSON that the REST routes answer with. Pure.

Shapes: the published REST description; only the fields that a client of conversations reads.
"""

from typing import Any

from tui.agent.call_store import Call, TurnRecord
from tui.agent.elevenlabs.overrides import first_message_of, placeholders
from tui.agent.profile import EVERYTHING, Agent, AgentTool
from tui.agent.speech.voices import VoiceInfo, voice_for

Json = dict[str, Any]

MADE_AT = 1_760_000_000
"""Wall clock, s: the built-in agents have no history."""
OVERRIDES = (
    "agent.first_message",
    "agent.language",
    "agent.max_conversation_duration_message",
    "agent.prompt.prompt",
    "agent.prompt.llm",
    "agent.prompt.reasoning_effort",
    "agent.prompt.tool_ids",
    "agent.prompt.tool_ids_strict",
    "agent.prompt.native_mcp_server_ids",
    "agent.prompt.knowledge_base",
    "asr.keywords",
    "conversation.max_duration_seconds",
    "conversation.text_only",
    "tts.model_id",
    "tts.similarity_boost",
    "tts.speed",
    "tts.stability",
    "tts.voice_id",
    "turn.soft_timeout_config.message",
)
"""The permission switches that an agent has."""
SENT = (
    "conversation_initiation_metadata",
    "ping",
    "audio",
    "interruption",
    "user_transcript",
    "tentative_user_transcript",
    "agent_response",
    "agent_response_correction",
    "agent_chat_response_part",
    "agent_response_complete",
    "context_usage",
    "vad_score",
    "client_tool_call",
    "agent_tool_request",
    "agent_tool_response",
    "mcp_tool_call",
    "mcp_connection_status",
    "guardrail_triggered",
    "client_error",
)
"""What an agent sends, of the names that an agent's card can list."""
SPOKEN = ("audio", "user_transcript", "tentative_user_transcript", "vad_score")
"""Those that an agent of texts does without."""
ACCESS = {
    "is_creator": True,
    "creator_name": "local",
    "creator_email": "local@localhost",
    "role": "admin",
}


def agent_summary(agent: Agent) -> Json:
    return {
        "agent_id": agent.id,
        "name": agent.name or agent.id,
        "voice_id": voice_for(agent.voice_id, agent.language).voice_id,
        "tags": [],
        "created_at_unix_secs": MADE_AT,
        "updated_at_unix_secs": MADE_AT,
        "access_info": ACCESS,
        "archived": False,
    }


def agent_detail(agent: Agent) -> Json:
    return {
        "agent_id": agent.id,
        "name": agent.name or agent.id,
        "conversation_config": _config(agent),
        "metadata": {"created_at_unix_secs": MADE_AT, "updated_at_unix_secs": MADE_AT},
        "platform_settings": _platform(agent),
        "access_info": ACCESS,
        "tags": [],
    }


def voice(info: VoiceInfo, base: str) -> Json:
    return {
        "voice_id": info.voice_id,
        "name": info.name,
        "category": "premade",
        "labels": {"language": info.language, "accent": info.accent, "gender": info.gender},
        "description": info.description,
        "preview_url": f"{base}/v1/voices/{info.voice_id}/preview",
    }


def call_summary(call: Call, now: float) -> Json:
    return {
        "agent_id": call.agent_id,
        "agent_name": call.agent_name or call.agent_id,
        "conversation_id": call.id,
        "start_time_unix_secs": int(call.started),
        "call_duration_secs": call.seconds(now),
        "message_count": len(call.turns),
        "status": call.status,
        "call_successful": "unknown",
    }


def call_detail(call: Call, now: float) -> Json:
    sides = call.tape.sides if call.tape else (False, False)
    return {
        "agent_id": call.agent_id,
        "agent_name": call.agent_name or call.agent_id,
        "conversation_id": call.id,
        "status": call.status,
        "metadata": _call_metadata(call, now),
        "transcript": [_turn(turn, call.scores) for turn in call.turns],
        "has_audio": any(sides),
        "has_user_audio": sides[0],
        "has_response_audio": sides[1],
        "has_auxiliary_audio": False,
    }


def _config(agent: Agent) -> Json:
    spoken = voice_for(agent.voice_id, agent.language)
    prompt = {"prompt": agent.prompt, "tools": [client_tool(tool) for tool in agent.tool]}
    conversation: Json = {
        "text_only": agent.text_only,
        "file_input": {"enabled": True},
        "client_events": [e for e in SENT if not (agent.text_only and e in SPOKEN)],
    }
    if agent.max_duration_seconds:
        conversation["max_duration_seconds"] = round(agent.max_duration_seconds)
    return {
        "agent": {
            "first_message": first_message_of(agent),
            "language": agent.language,
            "dynamic_variables": {"dynamic_variable_placeholders": placeholders(agent)},
            "prompt": prompt,
        },
        "asr": {"user_input_audio_format": agent.input_format},
        "tts": {"voice_id": spoken.voice_id, "agent_output_audio_format": agent.output_format},
        "conversation": conversation,
    }


def client_tool(tool: AgentTool) -> Json:
    properties = {
        name: {"type": p.type, "description": p.description} for name, p in tool.parameters.items()
    }
    required = [name for name, p in tool.parameters.items() if p.required]
    return {
        "type": "client",
        "name": tool.name,
        "description": tool.description,
        "parameters": {"type": "object", "properties": properties, "required": required},
        "expects_response": tool.expects_response,
        "response_timeout_secs": tool.timeout_s,
    }


def _platform(agent: Agent) -> Json:
    queue = agent.queue
    return {
        "auth": {"enable_auth": agent.private, "allowlist": []},
        "overrides": {
            "conversation_config_override": _permissions(agent),
            "custom_llm_extra_body": agent.may("custom_llm_extra_body"),
        },
        "queueing_config": {"enabled": queue is not None},
    }


def _permissions(agent: Agent) -> Json:
    """Nested switches: {"agent": {"prompt": {"prompt": true}}}."""
    switches: Json = {}
    for path in (*OVERRIDES, *(p for p in agent.permits if p != EVERYTHING)):
        if path == "custom_llm_extra_body":
            continue
        *tables, leaf = path.split(".")
        table = switches
        for name in tables:
            table = table.setdefault(name, {})
        table[leaf] = agent.may(path)
    return switches


def _call_metadata(call: Call, now: float) -> Json:
    metadata: Json = {
        "start_time_unix_secs": int(call.started),
        "call_duration_secs": call.seconds(now),
        "text_only": call.text_only,
    }
    if call.ended is not None:
        metadata["termination_reason"] = f"closed with code {call.code}"
    likes = [*call.scores.values()].count("like")
    if call.scores or call.rating:
        counts = {"likes": likes, "dislikes": len(call.scores) - likes}
        metadata["feedback"] = counts | call.rating
    return metadata


def _turn(turn: TurnRecord, scores: dict[str | int, str]) -> Json:
    described: Json = {
        "role": turn.role,
        "message": turn.message,
        "time_in_call_secs": turn.time_in_call_secs,
        "source_event_id": turn.turn_id,
        "interrupted": turn.interrupted,
    }
    if turn.original_message is not None:
        described["original_message"] = turn.original_message
    score = scores.get(turn.turn_id)
    if score and turn.role == "agent":
        described["feedback"] = {"score": score, "time_in_call_secs": turn.time_in_call_secs}
    return described
