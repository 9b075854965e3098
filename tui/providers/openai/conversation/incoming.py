"""Frames of an OpenAI Realtime server: what they mean, and what is to be answered at once.

Knows the conversation; no command of the user's.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from tui import events
from tui.events import Encoding, Event
from tui.provider import Frame, Step
from tui.providers.openai.client_frames import ANSWERS, ASKED_BY, verb_of
from tui.providers.openai.conversation import usage
from tui.providers.openai.conversation.mcp import McpItems
from tui.providers.openai.conversation.outgoing import truncations
from tui.providers.openai.conversation.replies import Key, name_of
from tui.providers.openai.conversation.responses import BUSY, NOT_ACTIVE, Wish
from tui.providers.openai.conversation.state import Conversation
from tui.providers.openai.conversation.user_turns import UserTurns
from tui.providers.openai.server_frames import (
    Received,
    audio_in,
    object_in,
    objects_in,
    read,
    text_in,
    whole_in,
)
from tui.providers.openai.session import with_formats, with_turns
from tui.providers.reading import BadFrame, protocol_error

GREET = "Say exactly this to the user, and nothing else: "
_HARMLESS = (NOT_ACTIVE, "input_audio_buffer_commit_empty", BUSY)
_HARMLESS_VERBS = ("truncate", "cancel", "delete")
_LACKING = ("incomplete", "failed")
_WORDS_CAME = events.UserTranscribed | events.UserTranscriptFailed


class Incoming:
    def __init__(self, now: Conversation, first_message: str | None) -> None:
        self._now = now
        self._first_message = first_message
        self._started = self._greeted = False
        self._turns = UserTurns()
        self._mcp = McpItems()

    def receive(self, text: str | bytes) -> Step:
        frame = read(text)
        if isinstance(frame, Step):
            return frame
        frames = list[Frame]()
        try:
            told = tuple(self._act(frame, frames))
        except BadFrame as error:
            return protocol_error(f"{frame.name}: {error}")
        nothing = (events.OtherReceived(type=frame.name, known=True),)
        return Step(events=told or nothing, frames=tuple(frames), kind=frame.name)

    def _act(self, frame: Received, frames: list[Frame]) -> Sequence[Event]:  # noqa: PLR0911
        data = frame.data
        match frame.kind:
            case "session.created" | "session.updated":
                return self._session(frame, frames)
            case "error":
                return self._erred(object_in(data, "error"), frames)
            case "response.output_audio.delta":
                return self._sound(data)
            case "response.created":
                return self._created(object_in(data, "response"))
            case "response.done":
                return self._done(object_in(data, "response"), frames)
            case "conversation.item.retrieved":
                return (self._retrieved(object_in(data, "item")),)
            case "rate_limits.updated":
                return (usage.limits(data),)
            case _:
                return (
                    self._words(frame)
                    or self._heard(frame, frames)
                    or self._item(frame)
                    or self._mcp_call(frame)
                )

    def _session(self, frame: Received, frames: list[Frame]) -> Sequence[Event]:
        session = object_in(frame.data, "session")
        before = self._now.agreed
        self._now.agreed, problems = with_formats(before, session)
        updated = frame.kind == "session.updated"
        if updated or not self._now.asked:  # what it had before it was asked does not count
            self._now.agreed = with_turns(self._now.agreed, session)
        told: list[Event] = [events.ProtocolErred(reason=problem) for problem in problems]
        formats = (self._now.agreed.heard, self._now.agreed.spoken)
        if not self._started or formats != (before.heard, before.spoken):
            told.insert(0, self._start(text_in(session, "id")))
        if expires := whole_in(session, "expires_at"):
            told.append(events.SessionExpires(at_s=expires))
        if updated:
            frames += self._greet()
        return told

    def _start(self, session_id: str) -> Event:
        self._started = True
        return events.ConversationStarted(
            conversation_id=session_id,
            input_format=self._now.agreed.heard,
            output_format=self._now.agreed.spoken,
            endpointing=self._now.agreed.endpointing,
        )

    def _greet(self) -> tuple[Frame, ...]:
        first, self._greeted = not self._greeted and self._first_message, True
        return self._now.responses.want(Wish(instructions=f"{GREET}{first}")) if first else ()

    def _sound(self, data: dict[str, Any]) -> Sequence[Event]:
        if self._now.agreed.spoken.encoding is Encoding.UNKNOWN:
            return ()
        audio = audio_in(data, "delta", self._now.agreed.spoken)
        reply_id = text_in(data, "response_id")
        if why := self._now.replies.add_sound(reply_id, _key(data), len(audio)):
            return (events.AudioDropped(reply_id=reply_id, size=len(audio), reason=why),)
        return (events.AudioReceived(audio=audio, reply_id=reply_id),)

    def _words(self, frame: Received) -> Sequence[Event]:
        data, reply_id = frame.data, text_in(frame.data, "response_id")
        match frame.kind:
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                piece, key = text_in(data, "delta"), _key(data)
                self._now.replies.add_text(reply_id, key, piece)
                return (
                    events.AgentResponseStreamed(
                        text=piece, part="delta", reply_id=reply_id, response_id=name_of(key)
                    ),
                )
            case "response.output_audio_transcript.done" | "response.output_text.done":
                said = text_in(data, "transcript") or text_in(data, "text")
                return self._said(reply_id, _key(data), said)
            case "response.function_call_arguments.done":
                self._now.calls.arguments(data)
                return ()
            case "response.output_item.done":
                return self._output(reply_id, object_in(data, "item"))
            case _:
                return ()

    def _said(self, reply_id: str, key: Key, text: str) -> Sequence[Event]:
        return self._now.replies.whole_text(reply_id, key, text, self._now.answers.get(reply_id))

    def _output(self, reply_id: str, item: dict[str, Any]) -> Sequence[Event]:
        """An item of a response that is over: words and calls that were told are not told again."""
        item_id = text_in(item, "id")
        told = [*self._now.calls.item(reply_id, item), *self._mcp.item(item, done=True)]
        if text_in(item, "type") == "message":
            for index, part in enumerate(objects_in(item, "content")):
                said = text_in(part, "transcript") or text_in(part, "text")
                told += self._said(reply_id, (item_id, index), said)
        return told

    def _heard(self, frame: Received, frames: list[Frame]) -> Sequence[Event]:
        told = self._turns.meaning(frame, self._now.agreed)
        match frame.kind:
            case "input_audio_buffer.speech_started":
                return (*told, *self._interrupted())
            case "input_audio_buffer.speech_stopped" | "input_audio_buffer.committed":
                self._now.responses.heard()
            case "input_audio_buffer.cleared":
                self._now.responses.heard()
                frames += self._now.responses.let_go()
            case _ if any(isinstance(one, _WORDS_CAME) for one in told):
                frames += self._now.responses.let_go()
        return told

    def _interrupted(self) -> Sequence[Event]:
        """The server ends what it is saying; what it has said is the speaker's affair."""
        cut = self._now.responses.active
        agreed = self._now.agreed
        self._now.responses.hears(answers=agreed.answers, yields=agreed.yields)
        if not agreed.yields or not cut:
            return ()
        self._now.replies.void(cut, "the user spoke over it")
        return (events.Interrupted(reply_id=cut),) if self._now.replies.has_sound(cut) else ()

    def _item(self, frame: Received) -> Sequence[Event]:
        if not frame.kind.startswith("conversation.item."):
            return ()
        item = object_in(frame.data, "item")
        self._now.responses.confirmed(text_in(item, "id"))
        done = frame.kind.endswith(".done")
        return self._turns.item(item, self._now.agreed) or self._mcp.item(item, done=done)

    def _mcp_call(self, frame: Received) -> Sequence[Event]:
        item_id = text_in(frame.data, "item_id")
        if frame.kind.startswith("response.mcp_call."):
            return self._mcp.call(frame.kind, item_id)
        if frame.kind == "response.output_item.added":
            return self._mcp.item(object_in(frame.data, "item"), done=False)
        return self._mcp.lost(item_id) if frame.kind == "mcp_list_tools.failed" else ()

    def _created(self, response: dict[str, Any]) -> Sequence[Event]:
        metadata, reply_id = object_in(response, "metadata"), text_in(response, "id")
        self._now.responses.created(reply_id, text_in(metadata, ASKED_BY))
        if ANSWERS not in metadata:
            return ()
        answers = self._now.answers[reply_id] = tuple(text_in(metadata, ANSWERS).split())
        return (events.AgentBegan(reply_id=reply_id, answers=answers),)

    def _done(self, response: dict[str, Any], frames: list[Frame]) -> Sequence[Event]:
        reply_id, status = text_in(response, "id"), text_in(response, "status")
        details = object_in(response, "status_details")
        error = object_in(details, "error")
        outputs = (self._output(reply_id, item) for item in objects_in(response, "output"))
        told = [*chain.from_iterable(outputs)]
        why = text_in(details, "reason") or text_in(error, "code")
        lacking = (why or status) if status in _LACKING else ""
        told.append(events.AgentCompleted(reply_id=reply_id, lacking=lacking))
        if status == "failed":
            told.append(_provider_erred(error, "the response failed"))
        told += usage.of_response(reply_id, object_in(response, "usage"), self._now.agreed.model)
        frames += truncations(self._now, self._now.replies.dropped(reply_id, self._now.byte_rate))
        frames += self._now.responses.done(reply_id)
        if answered := self._now.calls.over(reply_id):
            frames += self._now.responses.want(Wish(answered))
        return told

    def _erred(self, error: dict[str, Any], frames: list[Frame]) -> Sequence[Event]:
        event_id, code = text_in(error, "event_id"), text_in(error, "code")
        frames += self._now.responses.refused(event_id, code)
        verb = verb_of(event_id)
        if verb == "update":
            frames += self._greet()
        if code in _HARMLESS or verb in _HARMLESS_VERBS:
            return (events.Noted(text=f"harmless: {text_in(error, 'message') or code}"),)
        return (_provider_erred(error, "no message"),)

    def _retrieved(self, item: dict[str, Any]) -> Event:
        parts = objects_in(item, "content")
        role = text_in(item, "role")
        form = self._now.agreed.heard if role == "user" else self._now.agreed.spoken
        return events.ItemRetrieved(
            item_id=text_in(item, "id"),
            role=role,
            text=" ".join(
                said for p in parts if (said := text_in(p, "transcript") or text_in(p, "text"))
            ),
            audio=b"".join(audio_in(part, "audio", form) for part in parts if "audio" in part),
        )


def _key(data: dict[str, Any]) -> Key:
    return text_in(data, "item_id"), whole_in(data, "content_index") or 0


def _provider_erred(error: dict[str, Any], otherwise: str) -> Event:
    return events.ProviderErred(
        message=text_in(error, "message") or otherwise,
        code=text_in(error, "code") or None,
        error_type=text_in(error, "type") or None,
    )
