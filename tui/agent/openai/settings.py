"""What a session is set to, and how `session.update` changes it. Pure.

Only what is present is changed; objects below `audio.input` and `audio.output` are replaced whole.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from tui.agent.openai.errors import Mistake, misshapen
from tui.agent.profile import Agent
from tui.events import AudioFormat, Encoding

Json = dict[str, Any]
DEFAULT_INSTRUCTIONS = "You are the local agent: words decide, there is no language model."
VOICE = "marin"
LARGEST_METADATA = 16

Short = Annotated[str, msgspec.Meta(max_length=64)]
Metadata = Annotated[
    dict[Short, Annotated[str, msgspec.Meta(max_length=512)]],
    msgspec.Meta(max_length=LARGEST_METADATA),
]
Modalities = Annotated[
    tuple[Literal["audio", "text"], ...], msgspec.Meta(min_length=1, max_length=1)
]
MaxTokens = Annotated[int, msgspec.Meta(ge=1, le=4096)] | Literal["inf"]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object of the wire in which a misspelt key is a mistake."""


class Pcm(Table, frozen=True, tag_field="type", tag="audio/pcm"):
    rate: Literal[24_000] = 24_000


class Pcmu(Table, frozen=True, tag_field="type", tag="audio/pcmu"):
    pass


class Pcma(Table, frozen=True, tag_field="type", tag="audio/pcma"):
    pass


Format = Pcm | Pcmu | Pcma


def wire_format(form: Format) -> AudioFormat:
    match form:
        case Pcm():
            return AudioFormat(Encoding.PCM, 24_000)
        case Pcmu():
            return AudioFormat(Encoding.ULAW, 8_000)
        case Pcma():
            return AudioFormat(Encoding.ALAW, 8_000)


class NoiseReduction(Table, frozen=True, omit_defaults=True):
    type: Literal["near_field", "far_field"]
    strength: float | None = None


class Transcription(Table, frozen=True, omit_defaults=True):
    model: str | None = None
    language: str | None = None
    languages: tuple[str, ...] | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] | None = None
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class ServerVad(Table, frozen=True, tag_field="type", tag="server_vad"):
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    prefix_padding_ms: Annotated[int, msgspec.Meta(ge=0, le=5_000)] = 300
    silence_duration_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 200
    """The hosted service documents 500 and was seen to use 200."""
    idle_timeout_ms: Annotated[int, msgspec.Meta(ge=5_000, le=30_000)] | None = None
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Table, frozen=True, tag_field="type", tag="semantic_vad"):
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


Detection = ServerVad | SemanticVad


class Input(Table, frozen=True):
    format: Format = Pcm()
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: Detection | None = ServerVad()


class CustomVoice(Table, frozen=True):
    id: str


class Output(Table, frozen=True):
    format: Format = Pcm()
    voice: str | CustomVoice = VOICE
    speed: Annotated[float, msgspec.Meta(ge=0.25, le=1.5)] = 1.0


class Audio(Table, frozen=True):
    input: Input = Input()
    output: Output = Output()


class FunctionTool(Table, frozen=True, tag_field="type", tag="function"):
    name: str
    description: str = ""
    parameters: Json = {}


class McpTool(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="mcp"
):
    """Whatever else it is configured with makes no difference here, and is not told back."""

    server_label: str
    server_url: str | None = None
    require_approval: Any = None


Tool = FunctionTool | McpTool
Tools = tuple[Tool, ...]


class FunctionChoice(Table, frozen=True, tag_field="type", tag="function"):
    name: str


class McpChoice(Table, frozen=True, tag_field="type", tag="mcp", omit_defaults=True):
    server_label: str
    name: str | None = None


ToolChoice = Literal["auto", "none", "required"] | FunctionChoice | McpChoice


class Tracing(Table, frozen=True, omit_defaults=True):
    workflow_name: str | None = None
    group_id: str | None = None
    metadata: Json | None = None


class TokenLimits(Table, frozen=True, omit_defaults=True):
    post_instructions: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Retention(Table, frozen=True, tag_field="type", tag="retention_ratio", omit_defaults=True):
    retention_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)]
    token_limits: TokenLimits | None = None


class Prompt(Table, frozen=True, omit_defaults=True):
    id: str
    version: str | None = None
    variables: dict[str, str] | None = None


class Reasoning(Table, frozen=True, omit_defaults=True):
    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class Settings(Table, frozen=True):
    type: Literal["realtime"]
    model: str
    output_modalities: Modalities = ("audio",)
    instructions: str = DEFAULT_INSTRUCTIONS
    audio: Audio = Audio()
    tools: Tools = ()
    tool_choice: ToolChoice = "auto"
    max_output_tokens: MaxTokens = "inf"
    tracing: Literal["auto"] | Tracing | None = None
    truncation: Literal["auto", "disabled"] | Retention = "auto"
    prompt: Prompt | None = None
    include: tuple[Literal["item.input_audio_transcription.logprobs"], ...] | None = None
    reasoning: Reasoning | None = None
    parallel_tool_calls: bool | None = None


def at_start(agent: Agent, model: str) -> Settings:
    voice = agent.voice_id or VOICE
    return Settings(
        type="realtime",
        model=model,
        instructions=agent.prompt or DEFAULT_INSTRUCTIONS,
        output_modalities=("text",) if agent.text_only else ("audio",),
        audio=Audio(output=Output(voice=voice)),
    )


def updated(settings: Settings, patch: Mapping[str, Any]) -> Settings:
    """Raises Mistake."""
    if "type" not in patch:
        raise Mistake(
            "missing_required_parameter",
            "Missing required parameter: 'session.type'.",
            "session.type",
            malformed=True,
        )
    whole = _merged(msgspec.to_builtins(settings), patch, depth=2)
    try:
        found = msgspec.convert(whole, Settings)
    except msgspec.ValidationError as error:
        raise misshapen(error, "session") from None
    if found.model != settings.model:
        words = "Cannot update a conversation's model: it is the URL's."
        raise Mistake("cannot_update_model", words, "session.model")
    if settings.tracing is not None and found.tracing != settings.tracing:
        words = "Cannot update tracing once it is on."
        raise Mistake("cannot_update_tracing", words, "session.tracing")
    return found


def described(settings: Settings, session_id: str, expires_at: int) -> Json:
    """The session as `session.created` and `session.updated` tell it."""
    head = {"object": "realtime.session", "id": session_id, "expires_at": expires_at}
    told: Json = msgspec.to_builtins(settings)
    for name in ("reasoning", "parallel_tool_calls"):
        if told[name] is None:  # of models that reason only
            del told[name]
    return head | told


def _merged(old: Json, patch: Mapping[str, Any], depth: int) -> Json:
    found = dict(old)
    for key, value in patch.items():
        inner = old.get(key)
        nested = depth and key in ("audio", "input", "output") and isinstance(inner, dict)
        is_object = isinstance(value, dict)
        found[key] = _merged(inner, value, depth - 1) if nested and is_object and inner else value
    return found
