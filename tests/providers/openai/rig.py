"""A codec and the frames of a server, in few words: recorded-like sequences for the tests here."""

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui.commands import ToCodec
from tui.events import Event
from tui.provider import DeclaredTool, Frame, Step
from tui.providers.openai.codec import OpenAICodec
from tui.setup import Setup

RATE = 24_000
_EXAMPLES = Path(__file__).parents[2] / "data" / "openai" / "examples.jsonl"


def examples(direction: str) -> list[dict[str, Any]]:
    """Every published frame of the client or of the server."""
    lines = [json.loads(line) for line in _EXAMPLES.read_text(encoding="utf-8").splitlines()]
    return [line["frame"] for line in lines if line["direction"] == direction]


def example(kind: str) -> dict[str, Any]:
    return next(frame for frame in examples("server") if frame["type"] == kind)


def pcm(ms: float) -> bytes:
    return bytes(round(RATE * ms / 1000) * 2)


USUAL = Setup()


class Talk:
    """One conversation: what the server says, what the user does, what both mean."""

    def __init__(
        self, setup: Setup = USUAL, tools: Sequence[DeclaredTool] = (), *, begun: bool = True
    ) -> None:
        self.codec = OpenAICodec(setup, tools)
        self.sent: list[dict[str, Any]] = []
        self.events: list[Event] = []
        self.journal: list[tuple[str, str]] = []
        """What a journal would hold: who, and the text without its sound."""
        self._keep(self.codec.open())
        if begun:
            self.says("session.created", session=example("session.created")["session"])
            self.says("session.updated", session=self.session)

    @property
    def session(self) -> dict[str, Any]:
        """As a server that takes every wish gives it back."""
        told = dict(example("session.updated")["session"])
        wishes = self.sent[0]["session"]
        audio = {side: told["audio"][side] | wishes.get("audio", {}).get(side, {})
                 for side in ("input", "output")}  # fmt: skip
        return {**told, **wishes, "audio": audio}

    def _keep(self, step: Step) -> list[dict[str, Any]]:
        new = [json.loads(frame.text) for frame in step.frames]
        self.sent += new
        for frame in step.frames:
            self._record(frame)
        return new

    def _record(self, frame: Frame) -> None:
        text = json.dumps(json.loads(frame.text) | {"audio": ""}) if frame.audio else frame.text
        self.journal.append((">", text))
        self.events += self.codec.sent(frame.text).events

    def says(self, kind: str, **more: Any) -> tuple[Event, ...]:
        """A frame of the server's; what it meant."""
        text = json.dumps({"type": kind, "event_id": "event_1", **more})
        silent = {"delta": ""} if kind.endswith("audio.delta") else {}
        self.journal.append(("<", json.dumps({"type": kind, **more, **silent})))
        step = self.codec.receive(text)
        self.events += step.events
        self._keep(step)
        return step.events

    def does(self, command: ToCodec) -> list[dict[str, Any]]:
        """A command; the frames that it made."""
        return self._keep(self.codec.send(command))

    def kinds(self, first: int = 0) -> list[str]:
        return [frame["type"] for frame in self.sent[first:]]

    # ── A server's part ──────────────────────────────────────────────────────────────────────────

    def begins(self, reply: str = "resp_1", *, ours: bool = False) -> tuple[Event, ...]:
        """`ours`: to our newest question."""
        metadata = None
        if ours:
            asked = [frame for frame in self.sent if frame["type"] == "response.create"]
            metadata = asked[-1]["response"]["metadata"]
        return self.says("response.created", response={"id": reply, "metadata": metadata})

    def plays(self, ms: float, item: str = "item_a1", reply: str = "resp_1") -> tuple[Event, ...]:
        return self.says(
            "response.output_audio.delta",
            response_id=reply,
            item_id=item,
            content_index=0,
            delta=b64encode(pcm(ms)).decode(),
        )

    def tells(self, text: str, item: str = "item_a1", reply: str = "resp_1") -> tuple[Event, ...]:
        """A whole transcript, after its only piece."""
        where: dict[str, Any] = {"response_id": reply, "item_id": item, "content_index": 0}
        self.says("response.output_audio_transcript.delta", delta=text, **where)
        return self.says("response.output_audio_transcript.done", transcript=text, **where)

    def ends(
        self, reply: str = "resp_1", status: str = "completed", **more: Any
    ) -> Sequence[Event]:
        return self.says("response.done", response={"id": reply, "status": status, **more})

    def adds(self, item: str) -> tuple[Event, ...]:
        return self.says("conversation.item.added", item={"id": item, "type": "message"})

    def calls(self, call: str, reply: str = "resp_1", **more: Any) -> tuple[Event, ...]:
        item = {
            "id": f"item_{call}", "type": "function_call", "status": "completed",
            "call_id": call, "name": "look", "arguments": '{"x": 1}', **more,
        }  # fmt: skip
        return self.says("response.output_item.done", response_id=reply, item=item)

    def hears(self, item: str = "item_u1", start_ms: int = 1460) -> tuple[Event, ...]:
        kind = "input_audio_buffer.speech_started"
        return self.says(kind, item_id=item, audio_start_ms=start_ms)

    def heard(self, item: str = "item_u1", end_ms: int = 4256) -> tuple[Event, ...]:
        """The user's turn is over and taken."""
        self.says("input_audio_buffer.speech_stopped", item_id=item, audio_end_ms=end_ms)
        return self.says("input_audio_buffer.committed", item_id=item, previous_item_id=None)
