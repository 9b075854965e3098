"""The account that a local agent stands for, as REST answers. Pure.

Shapes: the published REST description; nothing costs anything, and nothing runs out.
"""

from tui.agent.elevenlabs.rest_json import ACCESS, MADE_AT, Json, client_tool
from tui.agent.profile import Agents
from tui.agent.speech.voices import VOICES

MODEL = "local-voices"
LIMIT = 10_000_000
"""Characters that the account may have spoken: a number is expected."""
_LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian"}


def tools(agents: Agents) -> list[Json]:
    """Those of all agents; an id says whose it is."""
    return [
        {
            "id": f"tool_{agent.id}_{one.name}",
            "tool_config": client_tool(one),
            "access_info": ACCESS,
            "usage_stats": {"total_calls": 0, "avg_latency_secs": 0.0},
        }
        for agent in agents
        for one in agent.tool
    ]


def models() -> list[Json]:
    spoken = dict.fromkeys(voice.language for voice in VOICES)
    return [
        {
            "model_id": MODEL,
            "name": "Local voices",
            "description": "The synthesisers that are installed here.",
            "can_do_text_to_speech": True,
            "can_do_voice_conversion": False,
            "can_be_finetuned": False,
            "can_use_style": False,
            "can_use_speaker_boost": False,
            "serves_pro_voices": False,
            "requires_alpha_access": False,
            "token_cost_factor": 0.0,
            "languages": [{"language_id": c, "name": _LANGUAGES.get(c, c)} for c in spoken],
        }
    ]


def user() -> Json:
    return {
        "user_id": "local",
        "first_name": "local",
        "workspace_id": "local",
        "seat_type": "workspace_admin",
        "subscription": subscription(),
        "is_new_user": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "can_use_delayed_payment_methods": False,
        "created_at": MADE_AT,
    }


def subscription() -> Json:
    return {
        "tier": "free",
        "status": "active",
        "character_count": 0,
        "character_limit": LIMIT,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "voice_slots_used": 0,
        "voice_limit": len(VOICES),
        "voice_add_edit_counter": 0,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "current_overage": {"amount": "0", "currency": "usd"},
    }
