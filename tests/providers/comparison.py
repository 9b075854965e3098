"""Writes docs/providers.md: what each provider can do, as its codec and its contract show.

`python -m tests.providers.comparison` renews the file; a test fails when it is out of date. A cell
is yes or no by what the code does, never by hand; what is written behind it explains.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.frames import METADATA
from tui.commands import (
    AnswerMcp,
    BeginTurn,
    EndTurn,
    ReportHeard,
    SendActivity,
    SendAudio,
    SendContext,
    SendFeedback,
    SendText,
    StopReply,
    ToCodec,
)
from tui.provider import Access, Codec, DeclaredTool, Provider
from tui.providers import built_in
from tui.setup import Setup

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "providers.md"
_CLAIMS = ROOT / "tests" / "data" / "openai" / "claims.toml"
COMMAND = "python -m tests.providers.comparison"

_SESSION = {
    "type": "session.created",
    "event_id": "e0",
    "session": {"type": "realtime", "id": "s", "model": "m", "expires_at": 4_000_000_000},
}
_REPLY = ({"type": "response.created", "response": {"id": "r1", "status": "in_progress"}},)


def _item(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "response_id": "r1", "item_id": "i1", "output_index": 0,
            "content_index": 0, **members}  # fmt: skip


_SPEAKING: dict[str, list[dict[str, Any]]] = {
    "elevenlabs": [
        json.loads(METADATA),
        {"type": "audio", "audio_event": {"audio_base_64": "AAAA" * 4000, "event_id": 1}},
    ],
    "openai": [
        _SESSION,
        {**_SESSION, "type": "session.updated"},
        *_REPLY,
        _item("response.output_item.added", item={"id": "i1", "type": "message",
                                                  "role": "assistant", "content": []}),
        _item("response.output_audio.delta", delta="AAAA" * 4000),
    ],
}  # fmt: skip
_REPLY_ID: dict[str, int | str] = {"elevenlabs": 1, "openai": "r1"}


def speaking(provider: Provider, setup: Setup) -> Codec:
    """A codec of a conversation in which a reply is being said."""
    codec = provider.codec(setup, ())
    for frame in codec.open().frames:
        codec.sent(frame.text)
    for received in _SPEAKING[provider.name]:
        codec.receive(json.dumps(received))
    return codec


def frames(provider: Provider, *commands: ToCodec, **options: str) -> list[str]:
    """The types of what is sent for the commands while a reply is being said."""
    codec = speaking(provider, Setup(options=options))
    return [frame.kind for command in commands for frame in codec.send(command).frames]


def _of_reply(kind: Callable[..., ToCodec], **more: Any) -> Callable[[Provider], bool]:
    """Whether there is a frame for that command on the reply."""
    return lambda p: bool(frames(p, kind(reply_id=_REPLY_ID[p.name], **more)))


def _sends(command: ToCodec) -> Callable[[Provider], bool]:
    return lambda provider: bool(frames(provider, command))


def _has(*names: str) -> Callable[[Provider], bool]:
    return lambda provider: bool({f.name for f in provider.fields} & set(names))


def _declares(provider: Provider) -> bool:
    opened = provider.codec(Setup(), (DeclaredTool(name="lookup_order"),)).open().frames
    return any("lookup_order" in frame.text for frame in opened)


def _cancels(provider: Provider) -> bool:
    return "response.cancel" in frames(provider, SendText(text="Stop."))


def _asks_pings(provider: Provider) -> bool:
    ping = {"type": "ping", "ping_event": {"event_id": 1}}
    return bool(speaking(provider, Setup()).receive(json.dumps(ping)).frames)


def _takes_turns(provider: Provider) -> bool:
    options = {"turn_detection": "none"} if _has("turn_detection")(provider) else {}
    second = SendAudio(audio=bytes(48_000))
    return bool(set(frames(provider, BeginTurn(), second, EndTurn(), **options)) - _AUDIO)


_AUDIO = {"user_audio_chunk", "input_audio_buffer.append"}


def _mints(provider: Provider) -> bool:
    section: Any = provider.section
    keys = {"mint": True} if "mint" in section.__struct_fields__ else {}
    access = Access(base_url="https://h.example", key="k" * 20, whom="x", section=section(**keys))
    return provider.endpoint.credential(access) is not None


class Row(NamedTuple):
    what: str
    can: Callable[[Provider], bool]
    notes: tuple[str, str] = ("", "")
    """Of the providers in their order."""


ROWS = (
    Row("Typed text", _sends(SendText(text="Hi.")),
        ("`user_message`", "`conversation.item.create`, then `response.create`")),
    Row("A typed text ends what is being said", _sends(SendText(text="Hi.")),
        ("the agent ends it", "cut here, cancelled, truncated, then asked anew")),
    Row("… by a frame that says so", _cancels, ("", "`response.cancel`")),
    Row("The stop key reaches the model",
_of_reply(StopReply),
        ("silence here only", "`response.cancel`")),
    Row("It is told how much of a reply was heard",
        _of_reply(ReportHeard, heard_ms=10.0, samples=240),
        ("it decides itself, and sends the words that were heard",
         "`conversation.item.truncate`; the words are an estimate made here")),
    Row("It scores your voice while you speak", lambda p: p.capabilities.vad_score,
        ("`vad_score`", "only where speech begins and ends")),
    Row("You end your turn yourself", _takes_turns,
        ("mute instead", "turn detection `none`: the talk key commits and asks")),
    Row("How it decides that you have ended", _has("turn_detection"),
        ("the agent's own settings", "server VAD, semantic VAD, every field of both")),
    Row("Context that is not said", lambda p: p.capabilities.context
        and bool(frames(p, SendContext(text="x"))),
        ("`contextual_update`", "a system message without a response")),
    Row("Told that you are typing", _sends(SendActivity()),
        ("`user_activity`", "")),
    Row("A reply can be liked", _of_reply(SendFeedback, score="like"),
        ("`feedback`", "")),
    Row("Files or images", lambda p: p.capabilities.files,
        ("uploaded, then named", "images, in the turn itself: `input_image`")),
    Row("Client tools are declared by the call", _declares,
        ("in the agent's own settings", "`session.update`")),
    Row("MCP tools ask for approval here",
        _sends(AnswerMcp(call_id="c", approved=True)),
        ("`mcp_tool_approval_result`", "`mcp_approval_response`")),
    Row("Lists of your account's agents and voices",
        lambda p: p.catalogue.agents is not None and p.catalogue.voices is not None,
        ("by the REST API", "a dated file, which you can extend")),
    Row("It says what it permits before a call", lambda p: p.catalogue.card is not None,
        ("its card", "nothing is forbidden")),
    Row("Dynamic variables", _has("dynamic_variables"), ("", "write them into the instructions")),
    Row("First message", _has("first_message"), ("", "an instructed `response.create`")),
    Row("Voice stability, similarity", _has("stability"), ("", "")),
    Row("Noise reduction", _has("noise_reduction"), ("", "`near_field`, `far_field`")),
    Row("Reasoning effort", _has("reasoning_effort"), ("a setting of the agent", "")),
    Row("A transcriber of your choice", _has("transcription"),
        ("its own", "billed beside the model; `none` saves it")),
    Row("Round trip by frames of its own", _asks_pings,
        ("`ping`, `pong`", "the WebSocket's own ping")),
    Row("A client secret in place of the key",
        _mints,
        ("a signed URL", "`openai.mint = true`")),
    Row("A scenario of a recorded call", lambda p: p.scenario is not None, ("", "")),
)  # fmt: skip


_HEAD = f"""# Two providers

Written by `{COMMAND}`; do not edit by hand. Each yes and no is what the
code does: the codec is given the command and writes a frame, or does not. Every message of each
wire:
[protocol.md](protocol.md), [openai-protocol.md](openai-protocol.md).
"""
_CLAIMS_HEAD = """
## What is said of them, and what is on the wire

The claims are those of navtalk.ai's "Building Real-time Voice Conversations with ElevenLabs
WebSocket API", chapters 5 to 8.

| claim | the wire |
| --- | --- |
"""


def cell(can: bool, note: str) -> str:
    word = "yes" if can else "no"
    return f"{word}: {note}" if note else word


def page() -> str:
    providers = built_in()
    names = {"elevenlabs": "ElevenLabs Agents", "openai": "OpenAI Realtime"}
    lines = [
        _HEAD,
        f"| | {' | '.join(names[one.name] for one in providers)} |",
        "| --- | --- | --- |",
    ]
    for row in ROWS:
        told = zip(providers, row.notes, strict=True)
        cells = (cell(row.can(provider), note) for provider, note in told)
        lines.append(f"| {row.what} | {' | '.join(cells)} |")
    read = tomllib.loads(_CLAIMS.read_text(encoding="utf-8"))["claim"]
    claims = "".join(f"| {one['claim']} | {one['wire']} |\n" for one in read)
    return "\n".join(lines) + "\n" + _CLAIMS_HEAD + claims


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
