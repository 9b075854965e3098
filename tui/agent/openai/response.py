"""One response, from `response.created` to `response.done`: items told, spoken, cut short, counted.

Knows words and events; not whose turn it is, nor why it says what it says. Whatever ends it, all
that was begun is rounded off: a part that was cut has its `…done` events too, and is incomplete.
"""

import asyncio
import json
import math
from base64 import b64encode
from typing import Any

import msgspec

from tui.agent.call_store import Call
from tui.agent.openai.errors import described
from tui.agent.openai.items import Item, Items, body_of
from tui.agent.openai.link import Connection, new_id
from tui.agent.openai.settings import CustomVoice, Format, Json, MaxTokens, wire_format
from tui.agent.openai.usage import Made, Tokens, usage
from tui.agent.speech.alignment import Aligned
from tui.agent.speech.heard_estimate import HeardEstimate
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.synthesis import Manner, Synthesis, sentences
from tui.agent.speech.voices import voice_for

AHEAD = 48
"""Characters by which the transcript runs ahead of the sound."""
PIECE = 24
"""Characters of text, or of a call's arguments, in an event."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a response is to be like: the session's settings with what was asked for."""

    modality: str
    format: Format
    voice: str | CustomVoice
    speed: float = 1.0
    max_tokens: MaxTokens = "inf"
    metadata: dict[str, str] | None = None
    in_conversation: bool = True
    language: str = "en"


class Response:
    def __init__(
        self,
        link: Connection,
        speech: LoadedSpeech,
        call: Call,
        items: Items,
        plan: Plan,
        *,
        knew: frozenset[str] = frozenset(),
    ) -> None:
        """`knew`: the items that it can answer; others come while it goes on."""
        self.id = new_id("resp")
        self.plan = plan
        self.reason = ""
        """Why it was cancelled."""
        self.done = False
        self.closing = asyncio.Lock()
        """Held while something is rounded off."""
        self.opened = asyncio.Event()
        self.begun = asyncio.Event()
        """Something of it was said, or it is over."""
        self.heard_estimate = HeardEstimate()
        self._link = link
        self._speech = speech
        self._call = call
        self._items = items
        self._knew = knew
        self._form = wire_format(plan.format)
        self._output: list[Item] = []
        self._made = Made(plan.max_tokens)

    @property
    def given(self) -> Tokens:
        """What was generated so far."""
        return self._made.tokens

    # ── Its life ─────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        await self._link.send("response.created", response=self._described("in_progress", None))
        self.opened.set()

    async def finish(
        self, status: str, details: Json | None, taken: Tokens, cached: Tokens
    ) -> None:
        """Once: what comes later is of no interest."""
        if self.done:
            return
        self.done = True
        self.begun.set()
        spent = usage(taken, cached, self.given) if status != "failed" else None
        body = self._described(status, details and {"type": status, **details}) | {"usage": spent}
        await self._link.send("response.done", response=body)

    # ── What it holds ────────────────────────────────────────────────────────────────────────────

    async def say(self, text: str, phase: str = "") -> None:
        """A message, spoken or written. Raises Stopped at the limit of tokens."""
        spoken = self.plan.modality == "audio"
        kind = "output_audio" if spoken else "output_text"
        item = Item(body_of(new_id("item"), "assistant", "in_progress", []), self._form)
        if phase:
            item.body["phase"] = phase
        at = await self._begin(item)
        where = {**at, "item_id": item.id, "content_index": 0}
        part = {"type": "audio", "transcript": ""} if spoken else {"type": "text", "text": ""}
        await self._link.send("response.content_part.added", **where, part=part)
        said: list[str] = []
        key = "transcript" if spoken else "text"
        item.body["content"] = [{"type": kind, key: ""}]
        whole = " ".join(sentences(text))
        try:
            await (
                self._speak(item, where, whole, said) if spoken else self._write(where, whole, said)
            )
            item.body["status"] = "completed"
        finally:
            if item.body["status"] != "completed":
                item.body["status"] = "incomplete"
            told = "".join(said)
            # A truncation has taken the words away already; they do not come back.
            if key in item.body["content"][0]:
                item.body["content"][0][key] = told
            self._call.said("agent", told, item.id)
            async with self.closing:
                await self._close_message(item, where, told, spoken)

    async def call(self, name: str, arguments: Json) -> None:
        """A call of the client's function."""
        text = json.dumps(arguments, separators=(",", ":"))
        body = {
            "id": new_id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "name": name,
            "call_id": new_id("call"),
            "arguments": "",
        }
        item = Item(body, self._form)
        where = {**await self._begin(item), "item_id": item.id, "call_id": body["call_id"]}
        try:
            for n in range(0, len(text), PIECE):
                self._made.count(text=len(text[n : n + PIECE]))
                body["arguments"] += text[n : n + PIECE]
                kind = "response.function_call_arguments.delta"
                await self._link.send(kind, **where, delta=text[n : n + PIECE])
            body["status"] = "completed"
        finally:
            if body["status"] != "completed":
                body["status"] = "incomplete"
            kind = "response.function_call_arguments.done"
            async with self.closing:
                await self._link.send(kind, **where, name=name, arguments=body["arguments"])
                await self._end(item)

    async def call_mcp(self, label: str, name: str, arguments: Json, output: str) -> None:
        """A call of a tool of an MCP server; without an `output` the user approves it first."""
        text = json.dumps(arguments, separators=(",", ":"))
        body: Json = {"server_label": label, "name": name, "arguments": text}
        if output:
            body |= {"id": new_id("mcp"), "type": "mcp_call", "output": None, "error": None}
        else:
            body |= {"id": new_id("mcpr"), "type": "mcp_approval_request"}
        item, send = Item(body, self._form), self._link.send
        where = {**await self._begin(item), "item_id": item.id}
        self._made.count(text=len(text))
        await send("response.mcp_call_arguments.delta", **where, delta=text)
        await send("response.mcp_call_arguments.done", **where, arguments=text)
        if output:
            told = {"item_id": item.id, "output_index": where["output_index"]}
            await send("response.mcp_call.in_progress", **told)
            body["output"] = output
            await send("response.mcp_call.completed", **told)
        await self._end(item)

    # ── Speech and text ──────────────────────────────────────────────────────────────────────────

    async def _speak(self, item: Item, where: Json, text: str, said: list[str]) -> None:
        position = told = 0

        async def tell(until: int) -> None:
            nonlocal told
            if until > told:
                delta, told = text[told:until], until
                self._made.count(text=len(delta))
                said.append(delta)
                await self._link.send(
                    "response.output_audio_transcript.delta", **where, delta=delta
                )

        async def sink(chunk: bytes, last: bool, aligned: Aligned | None) -> None:
            nonlocal position
            position += len(aligned.chars) if aligned else 0
            await tell(len(text) if last else _word_end(text, position + AHEAD))
            self._made.count(ms=self._form.milliseconds(len(chunk)))
            if not item.cut:
                item.audio += chunk
            self._call.spoken(chunk)
            encoded = b64encode(chunk).decode()
            await self._link.send("response.output_audio.delta", **where, delta=encoded)
            self.begun.set()

        voice_id = self.plan.voice if isinstance(self.plan.voice, str) else self.plan.voice.id
        manner = Manner(self._form, voice_for(voice_id, self.plan.language), self.plan.speed)
        synthesis = Synthesis(self._speech, manner, sink, ahead_ms=math.inf)
        synthesis.heard_estimate = self.heard_estimate
        await tell(_word_end(text, AHEAD))
        await synthesis.say(text)
        await tell(len(text))

    async def _write(self, where: Json, text: str, said: list[str]) -> None:
        told = 0
        while told < len(text):
            end = _word_end(text, told + PIECE)
            self._made.count(text=end - told)
            said.append(text[told:end])
            await self._link.send("response.output_text.delta", **where, delta=text[told:end])
            told = end

    # ── Events around an item ────────────────────────────────────────────────────────────────────

    async def _begin(self, item: Item) -> Json:
        at = {"response_id": self.id, "output_index": len(self._output)}
        item.knew = self._knew
        self._output.append(item)
        await self._link.send("response.output_item.added", **at, item=item.body)
        if self.plan.in_conversation:
            before = self._items.place(item)
            await self._link.send(
                "conversation.item.added", previous_item_id=before, item=item.body
            )
        return at

    async def _close_message(self, item: Item, where: Json, told: str, spoken: bool) -> None:
        send = self._link.send
        if spoken:
            await send("response.output_audio.done", **where)
            await send("response.output_audio_transcript.done", **where, transcript=told)
        else:
            await send("response.output_text.done", **where, text=told)
        part = {"type": "audio", "transcript": told} if spoken else {"type": "text", "text": told}
        await send("response.content_part.done", **where, part=part)
        await self._end(item)

    async def _end(self, item: Item) -> None:
        at = {"response_id": self.id, "output_index": self._output.index(item)}
        if self.plan.in_conversation:
            # The hosted service leaves out what stands before it here, for its own items.
            await self._link.send("conversation.item.done", previous_item_id=None, item=item.body)
        await self._link.send("response.output_item.done", **at, item=item.body)

    def _described(self, status: str, details: Json | None) -> Json:
        plan = self.plan
        voice = plan.voice if isinstance(plan.voice, str) else plan.voice.id
        output: dict[str, Any] = {"format": msgspec.to_builtins(plan.format), "voice": voice}
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [item.body for item in self._output],
            "conversation_id": self._call.id if plan.in_conversation else None,
            "output_modalities": [plan.modality],
            "max_output_tokens": plan.max_tokens,
            "audio": {"output": output},
            "usage": None,
            "metadata": plan.metadata,
        }


def failure(code: str, message: str) -> Json:
    """The details of a response that failed."""
    error = described(code, message)
    return {"error": {name: error[name] for name in ("type", "code", "message")}}


def _word_end(text: str, at: int) -> int:
    """Where the word ends in which `at` lies."""
    found = text.find(" ", at)
    return len(text) if found < 0 else found
