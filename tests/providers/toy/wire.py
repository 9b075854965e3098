"""The toy's frames: a conversation protocol that is unlike the others on purpose.

Replies and user turns have names, in no order; nothing is numbered, nothing is pinged. Tools are
declared at the opening; a reply that was cut is reported with the milliseconds that were heard.
"""

from base64 import b64decode, b64encode
from typing import Any

import msgspec

RATE = 8_000
SUBPROTOCOL = "toy.v1"
HEADER = "X-Toy-Token"
SECRET = "toysecret-"
"""What its keys begin with."""


class FromClient(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", omit_defaults=True):
    pass


class Hello(FromClient, frozen=True, tag="hello"):
    mood: str = ""
    words: int = 0
    opening: str | None = None
    tools: dict[str, dict[str, Any]] = {}


class Say(FromClient, frozen=True, tag="say"):
    text: str


class Sound(FromClient, frozen=True, tag="sound"):
    pcm: str


class Hush(FromClient, frozen=True, tag="hush"):
    reply: str


class Cut(FromClient, frozen=True, tag="cut"):
    reply: str
    heard_ms: float


class ToolDone(FromClient, frozen=True, tag="tool_done"):
    call: str
    value: str
    failed: bool = False


AnyFromClient = Hello | Say | Sound | Hush | Cut | ToolDone


class FromAgent(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", omit_defaults=True):
    pass


class Welcome(FromAgent, frozen=True, tag="welcome"):
    call: str


class Heard(FromAgent, frozen=True, tag="heard"):
    turn: str
    text: str


class Reply(FromAgent, frozen=True, tag="reply"):
    reply: str
    text: str


class Voice(FromAgent, frozen=True, tag="voice"):
    reply: str
    pcm: str


class Spoken(FromAgent, frozen=True, tag="spoken"):
    """A reply is whole, or was stopped."""

    reply: str
    state: str = "whole"


class UseTool(FromAgent, frozen=True, tag="use_tool"):
    call: str
    name: str
    arguments: dict[str, Any] = {}


AnyFromAgent = Welcome | Heard | Reply | Voice | Spoken | UseTool


def text_of(frame: FromClient | FromAgent) -> str:
    return msgspec.json.encode(frame).decode()


def packed(audio: bytes) -> str:
    return b64encode(audio).decode()


def unpacked(text: str) -> bytes:
    return b64decode(text, validate=True)
