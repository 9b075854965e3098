"""The items of a conversation, in order: placed, found, cut, removed, and what each costs.

Knows items and audio; no socket, and not who asks.
"""

import asyncio
import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tui.agent.openai.client_frames import (
    ApprovalItem,
    CallItem,
    MessageItem,
    NewItem,
    OutputItem,
    audio_of,
)
from tui.agent.openai.errors import Mistake
from tui.agent.openai.link import new_id
from tui.agent.openai.settings import Json
from tui.agent.openai.usage import IMAGE, Tokens, heard_tokens, spoken_tokens, text_tokens
from tui.events import AudioFormat

ROOT = "root"
KEPT = 64 << 20
"""Bytes of sound in a conversation: more than 20 minutes. The oldest is forgotten."""
_CONTENT = {
    "user": ("input_text", "input_audio", "input_image"),
    "assistant": ("output_text",),
    "system": ("input_text",),
}
"""What a client may put into a message; an assistant's audio can't be injected."""


@dataclass(slots=True)
class Item:
    body: Json
    """As the wire has it, without audio."""
    format: AudioFormat
    audio: bytearray = field(default_factory=bytearray)
    heard: asyncio.Task[str] | None = None
    """The words of a user's audio, once they are recognised."""
    cut: bool = False
    """It was truncated: what is still made of it is not kept."""
    knew: frozenset[str] | None = None
    """The items that it answers, of one that a response made; None: all before it."""

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def role(self) -> str:
        return str(self.body.get("role", ""))

    @property
    def parts(self) -> list[Json]:
        found: list[Json] = self.body.get("content", [])
        return found

    @property
    def ms(self) -> float:
        return self.format.milliseconds(len(self.audio))

    def text(self) -> str:
        """What was written or recognised."""
        written = [p.get("text") or p.get("transcript") or "" for p in self.parts]
        if self.heard and self.heard.done() and not self.heard.cancelled():
            written.append(self.heard.result())
        return " ".join(filter(None, dict.fromkeys(written)))

    def with_audio(self) -> Json:
        """As `conversation.item.retrieved` has it."""
        if not self.audio:
            return self.body
        parts = [p | {"audio": base64.b64encode(self.audio).decode()} if "audio" in p["type"] else p
                 for p in self.parts]  # fmt: skip
        return self.body | {"content": parts}

    def tokens(self) -> Tokens:
        written = "".join(str(self.body.get(k) or "") for k in ("name", "arguments", "output"))
        written += "".join(p.get("text") or "" for p in self.parts)
        images = sum(p["type"] == "input_image" for p in self.parts)
        count = spoken_tokens if self.role == "assistant" else heard_tokens
        return Tokens(text_tokens(written), count(self.ms), images * IMAGE)


class Items:
    def __init__(self) -> None:
        self._items: list[Item] = []

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def find(self, item_id: str) -> Item | None:
        return next((item for item in self._items if item.id == item_id), None)

    def place(self, item: Item, after: str | None = None) -> str | None:
        """At the end unless told. Gives the id of the item before it. Raises Mistake."""
        if self.find(item.id):
            words = f"Error adding item: an item with id '{item.id}' exists already."
            raise Mistake("item_create_item_id_already_exists", words, "item.id")
        at = len(self._items)
        if after == ROOT:
            at = 0
        elif after is not None:
            before = self._named(after, "adding", "item_create_invalid_previous_item_id")
            at = self._items.index(before) + 1
        self._items.insert(at, item)
        self._make_room()
        return self._items[at - 1].id if at else None

    def retrieve(self, item_id: str) -> Item:
        """Raises Mistake, as do those below."""
        return self._named(item_id, "retrieving", "item_retrieve_invalid_item_id")

    def delete(self, item_id: str) -> None:
        found = self._named(item_id, "deleting", "item_delete_invalid_item_id")
        self._items.remove(found)

    def truncate(self, item_id: str, content_index: int, end_ms: int) -> tuple[str, str]:
        """Gives the words that the item had, all of which go, and an estimate of those heard."""
        found = self._named(item_id, "truncating", "item_truncate_invalid_item_id")
        if found.role != "assistant" or not any(p["type"] == "output_audio" for p in found.parts):
            words = "Only spoken messages of the assistant can be truncated."
            raise Mistake("invalid_value", words, "item_id")
        if content_index != 0:
            words = f"Invalid 'content_index': the item has no audio at {content_index}."
            raise Mistake("invalid_value", words, "content_index")
        if end_ms > found.ms:
            words = f"Audio content of {found.ms:.0f}ms is already shorter than {end_ms}ms"
            raise Mistake("invalid_value", words, "audio_end_ms")
        kept = int(end_ms * found.format.rate / 1000) * found.format.sample_bytes
        said = found.text()
        share = end_ms / found.ms if found.ms else 0.0
        heard = said if share >= 1 else said[: int(len(said) * share)].rpartition(" ")[0]
        del found.audio[kept:]
        found.cut = True
        for part in found.parts:
            part.pop("transcript", None)
        return said, heard

    def call(self, call_id: str) -> Item | None:
        """The function call that an output is of."""
        calls = (i for i in self._items if i.type == "function_call")
        return next((i for i in calls if i.body["call_id"] == call_id), None)

    def _make_room(self) -> None:
        held = sum(len(item.audio) for item in self._items)
        for item in self._items[:-1]:
            if held <= KEPT:
                return
            held -= len(item.audio)
            item.audio = bytearray()

    def _named(self, item_id: str, doing: str, code: str) -> Item:
        if found := self.find(item_id):
            return found
        words = f"Error {doing} item: the item with id '{item_id}' does not exist."
        raise Mistake(code, words, "item_id")


def made_of(new: NewItem, form: AudioFormat, is_known_call: Callable[[str], bool]) -> Item:
    """An item as a client wants it, with an id. Raises Mistake."""
    if isinstance(new, MessageItem):
        _check(new)
    if isinstance(new, OutputItem) and not is_known_call(new.call_id):
        words = f"Tool call ID '{new.call_id}' not found in conversation."
        raise Mistake("invalid_tool_call_id", words, "item.call_id")
    body: dict[str, Any] = msgspec.to_builtins(new)
    body["id"] = new.id or new_id("item")
    if not isinstance(new, ApprovalItem):
        body |= {"object": "realtime.item", "status": new.status or "completed"}
    if isinstance(new, CallItem):
        body["call_id"] = new.call_id or new_id("call")
    audio = bytearray()
    for part in body.get("content", []):
        audio += audio_of(part.pop("audio", "") or "")
        if part["type"] == "input_audio":
            part.setdefault("transcript", None)
    return Item(body, form, audio)


def spoken_by_user(item_id: str, audio: bytes, form: AudioFormat) -> Item:
    content = [{"type": "input_audio", "transcript": None}]
    return Item(body_of(item_id, "user", "completed", content), form, bytearray(audio))


def body_of(item_id: str, role: str, status: str, content: list[Json]) -> Json:
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "role": role,
        "status": status,
        "content": content,
    }


def _check(new: MessageItem) -> None:
    allowed = _CONTENT[new.role]
    for n, part in enumerate(new.content):
        if part.type not in allowed:
            known = ", ".join(f"'{kind}'" for kind in allowed)
            words = f"Invalid value: '{part.type}'. Supported values are: {known}."
            raise Mistake("invalid_value", words, f"item.content[{n}].type", malformed=True)
        field_name = {"input_audio": "audio", "input_image": "image_url"}.get(part.type, "text")
        if getattr(part, field_name) is None:
            at = f"item.content[{n}].{field_name}"
            words = f"Missing required parameter: '{at}'."
            raise Mistake("missing_required_parameter", words, at, malformed=True)
