"""ElevenLabs Agents as a provider: the parts of this folder, put together.

The command line asks all providers what they are; what only a call needs is imported by a call.
"""

from collections.abc import Mapping, Sequence

from tui.provider import (
    Capabilities,
    Codec,
    DeclaredTool,
    Provider,
    Recorded,
    SecretShapes,
    Section,
    SentKind,
)
from tui.providers.elevenlabs.catalogue import CATALOGUE
from tui.providers.elevenlabs.closes import meaning_of_close
from tui.providers.elevenlabs.endpoint import (
    AGENT_ID_ENV,
    ENDPOINT,
    OPTIONS,
    SIGNATURE,
    ElevenLabs,
)
from tui.providers.elevenlabs.models import prices, tables
from tui.providers.elevenlabs.setup_fields import FIELDS, preflight
from tui.setup import Setup

_EVENTS = "add it to the agent's client events (Advanced → Client events)"


def _by_setting(name: str, tells: str, setting: str = _EVENTS) -> SentKind:
    return SentKind(name=name, tells=tells, setting=setting)


SENT_KINDS = (
    _by_setting("audio", "the agent's voice", "turn text-only off, in the agent or in the set-up"),
    _by_setting("agent_response", "what the agent says, as text"),
    _by_setting("agent_response_correction", "what was heard of an interrupted reply"),
    _by_setting("agent_chat_response_part", "the reply word by word"),
    _by_setting("agent_response_complete", "that a reply is whole"),
    _by_setting("agent_response_metadata", "what the agent's model adds to a reply"),
    _by_setting("user_transcript", "what you said"),
    _by_setting("tentative_user_transcript", "what you said, before it is sure"),
    _by_setting("vad_score", "how sure the agent is that you speak"),
    _by_setting("interruption", "that you interrupted the agent"),
    _by_setting("agent_tool_request", "that a tool is about to run"),
    _by_setting("agent_tool_response", "how a tool call ended"),
    _by_setting("agent_tool_response_full_payload", "what a tool gave back"),
    _by_setting("client_tool_call", "a tool to run here", "give the agent a client tool"),
    _by_setting("mcp_tool_call", "calls of MCP tools", "connect an MCP server to the agent"),
    _by_setting("mcp_connection_status", "which MCP servers are there", "connect one to the agent"),
    _by_setting("context_usage", "how full the model's context is"),
    _by_setting("guardrail_triggered", "which guardrail stepped in", "give the agent guardrails"),
    _by_setting("asr_initiation_metadata", "how speech is recognised"),
)
"""Source: the API's published schema of client events, and the SDKs' list of the names that an
agent may have in `conversation_config.conversation.client_events`."""


def _ready(section: Section, environment: Mapping[str, str]) -> bool:
    return bool(section.whom and environment.get(section.api_key_env))


def _codec(setup: Setup, tools: Sequence[DeclaredTool]) -> Codec:
    from tui.providers.elevenlabs.codec import ElevenLabsCodec

    return ElevenLabsCodec(setup, tools)


def _summarize(kind: str, text: str) -> str:
    from tui.providers.elevenlabs.summary import summarize

    return summarize(kind, text)


def _check(text: str) -> str:
    from tui.providers.elevenlabs.check import check_frame

    return check_frame(text)


def _templates() -> Sequence[tuple[str, str]]:
    from tui.providers.elevenlabs.check import templates

    return templates()


def _scenario(about: str, frames: Sequence[Recorded]) -> str:
    from tui.providers.elevenlabs.scenario import write_scenario

    return write_scenario(about, frames)


PROVIDER = Provider(
    name="elevenlabs",
    codec=_codec,
    summarize=_summarize,
    endpoint=ENDPOINT,
    section=ElevenLabs,
    options=OPTIONS,
    environment={AGENT_ID_ENV: "agent_id"},
    ready=_ready,
    capabilities=Capabilities(
        vad_score=True, context=True, feedback=True, files=True, sent_kinds=SENT_KINDS
    ),
    fields=FIELDS,
    tables=tables,
    prices=prices,
    catalogue=CATALOGUE,
    preflight=preflight,
    closes=meaning_of_close,
    secrets=SecretShapes(headers=("xi-api-key",), parameters=(SIGNATURE,), members=("secret__",)),
    check=_check,
    templates=_templates,
    scenario=_scenario,
)
