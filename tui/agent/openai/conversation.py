"""One conversation over one socket: the events that come in, what is heard, the end.

Knows the protocol's order of things; what is said is decided in `dialogue.py`, where speech lies in
`hearing.py`. Nothing is shared between conversations but the loaded models of `LoadedSpeech`.
"""

import asyncio
import time
from typing import Any

from tui.agent.call_store import Call
from tui.agent.openai import client_frames as wire
from tui.agent.openai import mcp
from tui.agent.openai.dialogue import Dialogue
from tui.agent.openai.errors import EXPIRED, GOING_AWAY, TIMED_OUT, Mistake, described
from tui.agent.openai.hearing import Hearing
from tui.agent.openai.items import Item, Items, made_of, spoken_by_user
from tui.agent.openai.link import Connection, new_id
from tui.agent.openai.response import Response
from tui.agent.openai.settings import (
    McpTool,
    ServerVad,
    Settings,
    updated,
    wire_format,
)
from tui.agent.openai.settings import described as session_json
from tui.agent.openai.transcription import Transcripts
from tui.agent.profile import Agent
from tui.agent.speech.loaded import LoadedSpeech
from tui.agent.speech.recording import Tape

SHORTEST_MS = 100
HOUR_S = 3600.0


class Conversation:
    """Also the `Listener` of its hearing."""

    def __init__(
        self,
        link: Connection,
        call: Call,
        *,
        speech: LoadedSpeech,
        agent: Agent,
        settings: Settings,
        idle_s: float | None = None,
        strict: bool = False,
    ) -> None:
        self._link = link
        self._call = call
        self._speech = speech
        self._agent = agent
        self._settings = settings
        self._idle_s = idle_s
        self._strict = strict
        self._id = new_id("sess")
        self._limit_s = agent.max_duration_seconds or HOUR_S
        self._expires_at = int(time.time() + self._limit_s)
        self._items = Items()
        self._hearing = Hearing(speech, self, wire_format(settings.audio.input.format))
        self._tasks = asyncio.TaskGroup()
        self._dialogue = self._open_dialogue()
        self._transcripts = Transcripts(link, call, speech, self._tasks, self._active)
        self._speech_id: str | None = None
        """The item of speech that goes on."""
        self._silence: asyncio.Task[None] | None = None
        self._active_at = time.monotonic()
        self._listed: set[str] = set()

    async def run(self) -> None:
        """Until either side ends it: raises Over in a group."""
        async with self._tasks as tasks:
            await self._tell_session("session.created")
            self._adopt()
            tasks.create_task(self._hearing.run())
            tasks.create_task(self._expire())
            if self._idle_s:
                tasks.create_task(self._watch_idleness(self._idle_s))
            while True:
                event = await self._link.receive()
                self._active_at = time.monotonic()
                try:
                    await self._on_event(event)
                except Mistake as mistake:
                    mistake.event_id = event.event_id
                    await self._link.complain(mistake)

    # ── Events of the client ─────────────────────────────────────────────────────────────────────

    async def _on_event(self, event: wire.ClientFrame) -> None:
        match event:
            case wire.Append(audio=encoded):
                await self._append(wire.audio_of(encoded))
            case wire.SessionUpdate(session=patch):
                await self._update(patch)
            case wire.Commit():
                await self._commit_by_hand()
            case wire.Clear():
                self._hearing.clear()
                self._speech_id = None
                await self._link.send("input_audio_buffer.cleared")
            case wire.ItemCreate():
                await self._create(event)
            case wire.ItemRetrieve(item_id=item_id):
                item = self._items.retrieve(item_id)
                await self._link.send("conversation.item.retrieved", item=item.with_audio())
            case wire.ItemTruncate():
                await self._truncate(event)
            case wire.ItemDelete(item_id=item_id):
                self._items.delete(item_id)
                self._dialogue.forget()
                await self._link.send("conversation.item.deleted", item_id=item_id)
            case wire.ResponseCreate(response=wanted):
                self._await_speech()
                await self._dialogue.ask(wanted, self._settings)
            case wire.ResponseCancel(response_id=response_id):
                await self._dialogue.cancel(response_id)

    async def _append(self, audio: bytes) -> None:
        self._call.heard(audio)
        if len(audio) % self._hearing.format.sample_bytes and self._strict:
            words = "The audio ends within a sample."
            raise Mistake("invalid_value", words, "audio", malformed=True)
        await self._hearing.append(audio)

    async def _update(self, patch: dict[str, Any]) -> None:
        new, old = updated(self._settings, patch), self._settings.audio.output
        if new.audio.output.voice != old.voice and self._dialogue.has_spoken:
            words = "Cannot update a conversation's voice if assistant audio is present."
            raise Mistake("cannot_update_voice", words, "session.audio.output.voice")
        if new.audio.output.speed != old.speed and self._dialogue.active:
            words = "Cannot update the speed while a response is in progress."
            raise Mistake("invalid_value", words, "session.audio.output.speed")
        self._settings = new
        self._adopt()
        await self._tell_session("session.updated")
        for tool in new.tools:
            if isinstance(tool, McpTool) and tool.server_label not in self._listed:
                self._listed.add(tool.server_label)
                await mcp.list_tools(self._link, self._items, tool.server_label)

    async def _commit_by_hand(self) -> None:
        buffered = self._hearing.buffered_ms
        if buffered < SHORTEST_MS:
            words = (
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{SHORTEST_MS}ms of audio, but buffer only has {buffered:.2f}ms of audio."
            )
            raise Mistake("input_audio_buffer_commit_empty", words)
        await self._commit(self._hearing.take_all())

    async def _create(self, event: wire.ItemCreate) -> None:
        form, answer = self._hearing.format, event.item
        asked = (
            mcp.requested(self._items, answer) if isinstance(answer, wire.ApprovalItem) else None
        )
        item = made_of(event.item, form, lambda name: self._items.call(name) is not None)
        before = self._items.place(item, event.previous_item_id)
        if item.audio:
            self._transcripts.begin(item, self._settings.audio.input.transcription)
        elif item.role == "user":
            self._call.said("user", item.text(), item.id)
        await self._tell_item(item, before)
        if asked and isinstance(answer, wire.ApprovalItem) and answer.approve:
            await mcp.use(self._link, self._items, asked)

    async def _truncate(self, event: wire.ItemTruncate) -> None:
        item_id, end_ms = event.item_id, event.audio_end_ms
        said, heard = self._items.truncate(item_id, event.content_index, end_ms)
        self._dialogue.forget()
        self._call.corrected(item_id, said, heard)
        self._call.interrupted()
        where = {"item_id": item_id, "content_index": event.content_index}
        await self._link.send("conversation.item.truncated", **where, audio_end_ms=end_ms)

    # ── What is heard ────────────────────────────────────────────────────────────────────────────

    async def on_speech_started(self, at_ms: float) -> None:
        self._await_speech()
        self._speech_id = new_id("item")
        told = {"audio_start_ms": round(at_ms), "item_id": self._speech_id}
        await self._link.send("input_audio_buffer.speech_started", **told)
        detection = self._settings.audio.input.turn_detection
        if detection and detection.interrupt_response:
            await self._dialogue.interrupt()

    async def on_speech_stopped(self, start_ms: float, end_ms: float) -> None:
        told = {"audio_end_ms": round(end_ms), "item_id": self._speech_id}
        await self._link.send("input_audio_buffer.speech_stopped", **told)
        await self._commit(self._hearing.cut(start_ms, end_ms))
        detection = self._settings.audio.input.turn_detection
        if detection and detection.create_response:
            await self._dialogue.turn_over(self._settings)

    async def sounds_finished(self, audio: bytes) -> bool:
        return await self._transcripts.sounds_finished(audio, self._hearing.format)

    async def _commit(self, audio: bytes) -> None:
        """The user's audio becomes an item."""
        item_id, self._speech_id = self._speech_id or new_id("item"), None
        item = spoken_by_user(item_id, audio, self._hearing.format)
        before = self._items.place(item)
        self._transcripts.begin(item, self._settings.audio.input.transcription)
        told = {"previous_item_id": before, "item_id": item_id}
        await self._link.send("input_audio_buffer.committed", **told)
        await self._tell_item(item, before)

    # ── What is told ─────────────────────────────────────────────────────────────────────────────

    async def _tell_session(self, kind: str) -> None:
        session = session_json(self._settings, self._id, self._expires_at)
        await self._link.send(kind, session=session)

    async def _tell_item(self, item: Item, before: str | None) -> None:
        for kind in ("conversation.item.added", "conversation.item.done"):
            await self._link.send(kind, previous_item_id=before, item=item.body)

    def _adopt(self) -> None:
        sound = self._settings.audio
        heard, spoken = wire_format(sound.input.format), wire_format(sound.output.format)
        self._hearing.set(heard, sound.input.turn_detection)
        self._call.text_only = self._settings.output_modalities == ("text",)
        if self._call.tape is None or self._call.tape.is_empty:
            self._call.tape = Tape(heard, spoken)

    def _active(self) -> Response | None:
        return self._dialogue.active

    def _open_dialogue(self) -> Dialogue:
        return Dialogue(
            self._link,
            self._call,
            self._items,
            speech=self._speech,
            agent=self._agent,
            tasks=self._tasks,
            on_over=self._await_silence,
        )

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    def _await_silence(self, response: Response) -> None:
        """A user who says nothing once a response has been heard is asked again, if wanted."""
        detection = self._settings.audio.input.turn_detection
        self._await_speech()
        if isinstance(detection, ServerVad) and detection.idle_timeout_ms:
            ahead_ms = response.heard_estimate.ahead_ms(time.monotonic())
            waiting = self._time_out(ahead_ms, detection.idle_timeout_ms)
            self._silence = self._tasks.create_task(waiting)

    def _await_speech(self) -> None:
        if self._silence:
            self._silence.cancel()
        self._silence = None

    async def _time_out(self, ahead_ms: float, idle_ms: float) -> None:
        await asyncio.sleep(ahead_ms / 1000)
        start_ms = self._hearing.end_ms
        await asyncio.sleep(idle_ms / 1000)
        self._silence = None
        if self._hearing.speaking or self._dialogue.active:
            return
        self._speech_id = new_id("item")
        told = {"audio_start_ms": round(start_ms), "audio_end_ms": round(self._hearing.end_ms)}
        kind = "input_audio_buffer.timeout_triggered"
        await self._link.send(kind, **told, item_id=self._speech_id)
        await self._commit(self._hearing.take_all())
        await self._dialogue.turn_over(self._settings)

    async def _watch_idleness(self, limit_s: float) -> None:
        while (left := self._active_at + limit_s - time.monotonic()) > 0:  # noqa: ASYNC110  every event moves the limit
            await asyncio.sleep(left)
        await self._link.close(TIMED_OUT, f"No user input for {limit_s:g} s.")

    async def _expire(self) -> None:
        await asyncio.sleep(self._limit_s)
        words = EXPIRED.format(minutes=round(self._limit_s / 60, 2))
        await self._link.send("error", error=described("session_expired", words))
        await self._link.close(GOING_AWAY, words)
