"""A `Setup` as a session of the OpenAI Realtime wire, and what a server says of one.

Knows where each wish goes and stands; not which values a model takes. What is not set is left to
the server, but for what a reader of a call needs: the user's words are transcribed unless told
otherwise, and turn detection is named, so that both sides mean the same.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tui.events import AudioFormat, Encoding
from tui.provider import DeclaredTool
from tui.providers import lenient
from tui.providers.openai.server_frames import format_in, object_in, text_in, whole_in
from tui.setup import Setup

TRANSCRIBER = "gpt-live-transcribe"
NONE = "none"
SERVER_VAD, SEMANTIC_VAD = "server_vad", "semantic_vad"
_PCM = {"type": "audio/pcm", "rate": 24_000}
_USUAL = AudioFormat(Encoding.PCM, 24_000)
_UNKNOWN = AudioFormat(Encoding.UNKNOWN, 0)
_TURN_OPTIONS = {
    SERVER_VAD: (
        "threshold",
        "prefix_padding_ms",
        "silence_duration_ms",
        "idle_timeout_ms",
        "create_response",
        "interrupt_response",
    ),
    SEMANTIC_VAD: ("eagerness", "create_response", "interrupt_response"),
}
_TAKES_KEYWORDS = ("gpt-transcribe", "gpt-live-transcribe")
"""These have a list of languages and of keywords; `gpt-realtime-whisper` takes no hint at all."""
_TAKES_NO_HINT = "gpt-realtime-whisper"
_CHOICES = ("auto", NONE, "required")


def session_of(setup: Setup, tools: Sequence[DeclaredTool] = ()) -> dict[str, Any]:
    """What `session.update` asks for."""
    options = setup.options
    effort = options.get("reasoning_effort")
    session = {
        "type": "realtime",
        "model": setup.llm or None,
        "output_modalities": ["text" if setup.text_only else "audio"],
        "instructions": setup.prompt,
        "max_output_tokens": setup.max_tokens,
        "tools": [_function(tool) for tool in tools] or None,
        "tool_choice": _tool_choice(options.get("tool_choice")),
        "parallel_tool_calls": options.get("parallel_tool_calls"),
        "reasoning": {"effort": effort} if effort else None,
        "truncation": _truncation(options.get("truncation")),
        "audio": None if setup.text_only else {"input": _heard(setup), "output": _spoken(setup)},
    }
    return _set(session)


def _heard(setup: Setup) -> dict[str, Any]:
    noise = setup.options.get("noise_reduction")
    heard: dict[str, Any] = {"format": _PCM, "turn_detection": _turn_detection(setup)}
    if noise:
        heard["noise_reduction"] = None if noise == NONE else {"type": noise}
    model = setup.options.get("transcription") or TRANSCRIBER
    heard["transcription"] = None if model == NONE else _transcription(model, setup)
    return heard


def _spoken(setup: Setup) -> dict[str, Any]:
    return _set({"format": _PCM, "voice": setup.voice_id or None, "speed": setup.speed})


def _turn_detection(setup: Setup) -> dict[str, Any] | None:
    kind = setup.options.get("turn_detection") or SERVER_VAD
    if kind == NONE:
        return None
    wishes = {name: setup.options.get(name) for name in _TURN_OPTIONS.get(kind, ())}
    return {"type": kind, **_set(wishes)}


def _transcription(model: str, setup: Setup) -> dict[str, Any]:
    words = [word for word in setup.keywords if word]
    lists = model in _TAKES_KEYWORDS
    wishes: dict[str, Any] = {"model": model}
    if setup.language:
        wishes |= {"languages": [setup.language]} if lists else {"language": setup.language}
    if words and lists:
        wishes["keywords"] = words
    elif words and model != _TAKES_NO_HINT:
        wishes["prompt"] = ", ".join(words)
    return wishes


def _function(tool: DeclaredTool) -> dict[str, Any]:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    named = {"type": "function", "name": tool.name, "parameters": parameters}
    return named | ({"description": tool.description} if tool.description else {})


def _tool_choice(chosen: Any) -> Any:
    if not chosen or chosen in _CHOICES:
        return chosen or None
    return {"type": "function", "name": chosen}


def _truncation(chosen: Any) -> Any:
    """A word, or the share of the context that is kept."""
    ratio = None if chosen in (None, "") else lenient.real(chosen)
    if ratio is None:
        return chosen or None
    return {"type": "retention_ratio", "retention_ratio": ratio}


def _set(wishes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wishes.items() if value is not None}


# ── What a server says ───────────────────────────────────────────────────────────────────────────


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What a session has of what matters here."""

    heard: AudioFormat = _USUAL
    spoken: AudioFormat = _USUAL
    detection: str = SERVER_VAD
    """Who ends the user's turns; `none`: the user."""
    padding_ms: int = 300
    silence_ms: int = 200
    answers: bool = True
    """A turn that was heard is answered without being asked for."""
    yields: bool = True
    """The user's voice ends a reply."""
    transcribes: bool = True
    model: str = ""
    transcriber: str = ""

    @property
    def endpointing(self) -> str:
        """The setting that ends a spoken turn."""
        usual = {SERVER_VAD: f"silence_duration_ms = {self.silence_ms}", SEMANTIC_VAD: "eagerness"}
        return usual.get(self.detection, "")

    @property
    def manual(self) -> bool:
        return self.detection == NONE


def with_formats(agreed: Agreed, session: dict[str, Any]) -> tuple[Agreed, tuple[str, ...]]:
    """With the model and the formats that `session` names, and what is wrong with those that
    nobody knows."""
    audio, problems = object_in(session, "audio"), list[str]()
    model = text_in(session, "model") or agreed.model
    found = {"heard": agreed.heard, "spoken": agreed.spoken}
    for side, name in (("heard", "input"), ("spoken", "output")):
        given = object_in(audio, name).get("format", session.get(f"{name}_audio_format"))
        try:
            found[side] = format_in(given) or found[side]
        except ValueError as error:
            found[side] = _UNKNOWN
            problems.append(f"{error}; the call goes on in text")
    return msgspec.structs.replace(agreed, model=model, **found), tuple(problems)


def with_turns(agreed: Agreed, session: dict[str, Any]) -> Agreed:
    """With what `session` says of the user's turns; what it does not say stays as it was."""
    told = object_in(object_in(session, "audio"), "input") or session
    changed: dict[str, Any] = {}
    name = "transcription" if told is not session else "input_audio_transcription"
    if name in told:
        changed["transcribes"] = told[name] is not None
        changed["transcriber"] = text_in(object_in(told, name), "model")
    if "turn_detection" in told:
        changed |= _turns(told["turn_detection"])
    return msgspec.structs.replace(agreed, **changed)


def _turns(given: Any) -> dict[str, Any]:
    if given is None:
        return {"detection": NONE, "answers": False, "yields": False}
    turns = given if isinstance(given, dict) else {}
    usual = Agreed()
    return {
        "detection": text_in(turns, "type") or SERVER_VAD,
        "padding_ms": _or(whole_in(turns, "prefix_padding_ms"), usual.padding_ms),
        "silence_ms": _or(whole_in(turns, "silence_duration_ms"), usual.silence_ms),
        "answers": turns.get("create_response") is not False,
        "yields": turns.get("interrupt_response") is not False,
    }


def _or(value: int | None, usual: int) -> int:
    return usual if value is None else value
