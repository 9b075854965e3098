"""OpenAI Realtime as a provider: the parts of this folder, put together.

The command line asks all providers what they are; what only a call needs is imported by a call.
"""

from collections.abc import Sequence

from tui.provider import (
    Capabilities,
    Codec,
    DeclaredTool,
    Provider,
    Recorded,
    SecretShapes,
    SentKind,
)
from tui.providers.openai.closes import meaning_of_close
from tui.providers.openai.endpoint import ENDPOINT, ENVIRONMENT, OPTIONS, OpenAI
from tui.providers.openai.models import prices, tables
from tui.providers.openai.setup_fields import FIELDS, notes, preflight
from tui.setup import Setup

_SPEECH = "turn text-only off in the set-up"
_VAD = "turn detection server_vad or semantic_vad in the set-up"
_WORDS = "choose a transcription model in the set-up, and speak"
_TOOLS = "declare a client tool in the configuration: [tools.NAME]"
_MCP = "give the session an MCP server by a `session.update` (F7)"


def _by_setting(name: str, tells: str, setting: str) -> SentKind:
    return SentKind(name=name, tells=tells, setting=setting)


SENT_KINDS = (
    _by_setting("response.output_audio.delta", "the agent's voice", _SPEECH),
    _by_setting("response.output_audio_transcript.delta", "what the voice says", _SPEECH),
    _by_setting("response.output_text.delta", "the reply as text", "turn text-only on"),
    _by_setting("conversation.item.input_audio_transcription.completed", "what you said", _WORDS),
    _by_setting("input_audio_buffer.speech_started", "that you began to speak", _VAD),
    _by_setting("input_audio_buffer.speech_stopped", "that you ended", _VAD),
    _by_setting(
        "input_audio_buffer.timeout_triggered",
        "that nobody spoke for long",
        "set idle, ms in the set-up",
    ),
    _by_setting("response.function_call_arguments.done", "a tool to run here", _TOOLS),
    _by_setting("response.mcp_call.completed", "a call of an MCP tool", _MCP),
)


def _codec(setup: Setup, tools: Sequence[DeclaredTool]) -> Codec:
    from tui.providers.openai.codec import OpenAICodec

    return OpenAICodec(setup, tools)


def _summarize(kind: str, text: str) -> str:
    from tui.providers.openai.summary import summarize

    return summarize(kind, text)


def _check(text: str) -> str:
    from tui.providers.openai.check import check_frame

    return check_frame(text)


def _templates() -> Sequence[tuple[str, str]]:
    from tui.providers.openai.check import templates

    return templates()


def _scenario(about: str, frames: Sequence[Recorded]) -> str:
    from tui.providers.openai.scenario import write_scenario

    return write_scenario(about, frames)


PROVIDER = Provider(
    name="openai",
    codec=_codec,
    summarize=_summarize,
    endpoint=ENDPOINT,
    section=OpenAI,
    options=OPTIONS,
    environment=ENVIRONMENT,
    capabilities=Capabilities(context=True, files=True, sent_kinds=SENT_KINDS),
    fields=FIELDS,
    tables=tables,
    prices=prices,
    preflight=preflight,
    notes=notes,
    closes=meaning_of_close,
    # Of a browser, which has no headers: the key is a part of a sub-protocol's name.
    secrets=SecretShapes(
        members=("client_secret",), values=("sk-", "ek_", "openai-insecure-api-key.")
    ),
    check=_check,
    templates=_templates,
    scenario=_scenario,
)
"""`ready` is never true: a key in the environment, which other programs use as well, makes no paid
call; `--provider`, `--model` or `provider` in the configuration does."""
