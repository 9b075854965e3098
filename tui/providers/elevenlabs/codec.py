"""The ElevenLabs Agents codec: frames of the conversation socket to and from the vocabulary.

Knows the meaning of event ids and what must be answered; no clock, no socket, no audio device.

Theory of operation. The agent counts turns with `event_id`; frames of one turn share it. An
`interruption` with id N voids audio with an id below N, for good; audio with id N itself is the
reply that follows (a typed message interrupts about 60 ms before its answer, with one id for
both), so it is kept. The marker only grows. Pings are answered at once, in the same step: a late
pong would make the agent overestimate its latency. Tool calls are answered by whoever owns the
tools, with `AnswerTool`. What leaves is checked first: a frame that the wire does not allow is
not sent, because the agent would end the call for it.
"""

import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from tui import events
from tui.audio.mp3_frames import looks_like_mp3
from tui.commands import (
    AnswerMcp,
    AnswerPing,
    AnswerTool,
    BeginTurn,
    EndTurn,
    ReportHeard,
    SendActivity,
    SendAudio,
    SendContext,
    SendFeedback,
    SendFiles,
    SendImage,
    SendText,
    StopReply,
    ToCodec,
)
from tui.events import Encoding, Event
from tui.provider import DeclaredTool, Frame, Step
from tui.providers.elevenlabs import frames as wire
from tui.providers.elevenlabs.check import check_frame
from tui.providers.elevenlabs.lenient import odd_id
from tui.providers.elevenlabs.meaning import meaning
from tui.providers.elevenlabs.read import alignment, kind_of, read_frame, started
from tui.providers.elevenlabs.sent import AUDIO_KIND, read_sent
from tui.providers.elevenlabs.setup import initiation, left_out
from tui.providers.lenient import halves_out
from tui.providers.reading import BadFrame, base64_of, protocol_error
from tui.setup import Setup

PCM_SAMPLE = 2
"""Bytes of a sample."""
_DEFAULT = Setup()
_encode = msgspec.json.encode


class ElevenLabsCodec:
    """One conversation's codec; `setup` is what the first frame asks of the agent. Its tools are
    declared where the agent is configured, not by a client."""

    def __init__(self, setup: Setup = _DEFAULT, _tools: Sequence[DeclaredTool] = ()) -> None:
        self._setup = setup
        self._interrupted_at = 0
        self._replies: set[int] = set()
        self._transcribed = 0
        self._newest_id = 0
        """Stands for an id that a frame leaves out."""
        self._half: dict[str, str] = {}
        """Of streams whose last piece ended within a character."""
        self._hears = self._speaks = True
        """The formats that were agreed on are known here."""
        self._odd_ids: dict[str, Any] = {}
        """Of tool calls that are not known by a text, as they came."""
        self._mp3_reply: int | None = None
        self._texts = 0
        # Any length is whole before the formats are known.
        self._sample_bytes = self._input_sample_bytes = 1

    def open(self) -> Step:
        told = [events.ProtocolErred(reason=reason) for reason in left_out(self._setup)]
        step = _checked(initiation(self._setup))
        return Step(events=(*told, *step.events), frames=step.frames)

    # ── Agent to us ──────────────────────────────────────────────────────────────────────────────

    def receive(self, text: str | bytes) -> Step:
        frame = read_frame(text, self._newest_id)
        if isinstance(frame, Step):
            return frame
        try:
            return self._act(frame)
        except BadFrame as error:
            return protocol_error(f"{kind_of(frame)}: {error}")

    def _act(self, frame: wire.AnyServerFrame) -> Step:
        kind = kind_of(frame)
        self._odd_ids |= odd_id(frame)
        match frame:
            case wire.Audio() if not self._speaks:
                return Step(events=(events.OtherReceived(type=kind, known=True),), kind=kind)
            case wire.Audio(audio_event=payload):
                return Step(events=(self._audio(payload),), kind=kind)
            case wire.Ping(ping_event=p):
                answer = self.send(AnswerPing(ping_id=p.event_id))
                ping = events.Pinged(ping_id=p.event_id, ping_ms=p.ping_ms)
                return Step(events=(ping,), frames=answer.frames, kind=kind)
            case wire.Interruption(interruption_event=p):
                self._interrupted_at = max(self._interrupted_at, p.event_id)
                self._newest_id = max(self._newest_id, p.event_id)
                cut = max((key for key in self._replies if key < p.event_id), default=None)
                given_way = events.Interrupted(reply_id=cut, reason=p.reason)
                return Step(events=(given_way,), kind=kind)
            case wire.Metadata(conversation_initiation_metadata_event=p):
                agreed = started(p)
                self._agree(agreed[0])
                return Step(events=agreed, kind=kind)
            case _:
                told = (self._noted(self._whole_characters(event)) for event in meaning(frame))
                return Step(events=tuple(told), kind=kind)

    def _agree(self, start: Event) -> None:
        assert isinstance(start, events.ConversationStarted)  # noqa: S101
        self._sample_bytes = start.output_format.sample_bytes
        self._input_sample_bytes = start.input_format.sample_bytes
        self._hears = start.input_format.encoding is not Encoding.UNKNOWN
        self._speaks = start.output_format.encoding is not Encoding.UNKNOWN

    def _whole_characters(self, event: Event) -> Event:
        """A stream may be cut between the two halves of a surrogate pair: the first waits."""
        if not isinstance(event, events.AgentResponseStreamed | events.AgentReasoned):
            return event
        text = self._half.pop(event.kind, "") + event.text
        if "\ud800" <= text[-1:] <= "\udbff" and event.part != "stop":
            self._half[event.kind], text = text[-1], text[:-1]
        text = halves_out(text)
        return event if text == event.text else msgspec.structs.replace(event, text=text)

    def _audio(self, payload: wire.AudioPayload) -> Event:
        audio = base64_of(payload.audio_base_64)
        is_mp3 = self._is_mp3(payload.event_id, audio)
        if (
            not is_mp3 and len(audio) % self._sample_bytes
        ):  # playing on would turn all that follows into noise
            raise BadFrame(f"audio of {len(audio)} bytes ends within a sample")
        if payload.event_id < self._interrupted_at:
            reason = f"event id {payload.event_id} < {self._interrupted_at}"
            reason += ", which the agent had interrupted"
            return events.AudioDropped(reply_id=payload.event_id, size=len(audio), reason=reason)
        return self._noted(
            events.AudioReceived(
                audio=audio,
                reply_id=payload.event_id,
                alignment=alignment(payload.alignment),
                is_final=payload.is_final,
                encoding=Encoding.MP3 if is_mp3 else None,
            )
        )

    def _noted(self, event: Event) -> Event:
        """The order of ids is known here only."""
        reply, turn = getattr(event, "reply_id", None), getattr(event, "user_turn_id", None)
        if reply is not None:
            self._replies.add(reply)
        self._newest_id = max(self._newest_id, reply or 0, turn or 0)
        if isinstance(event, events.UserTranscribed) and turn is not None:
            newest, self._transcribed = self._transcribed, max(self._transcribed, turn)
            if turn < newest:
                return msgspec.structs.replace(event, came_after=newest)
        return event

    def _is_mp3(self, event_id: int, audio: bytes) -> bool:
        """Against what was agreed; a reply that began so goes on so, wherever it is cut."""
        if self._sample_bytes == PCM_SAMPLE and looks_like_mp3(audio):
            self._mp3_reply = event_id
        return event_id == self._mp3_reply

    # ── Us to agent ──────────────────────────────────────────────────────────────────────────────

    def send(self, command: ToCodec) -> Step:  # noqa: PLR0911  one a command
        match command:
            case SendAudio(audio=audio):
                return self._chunk(audio) if self._hears else Step()
            case StopReply() | ReportHeard() | BeginTurn() | EndTurn():
                return Step()  # the agent finds out by itself
            case AnswerTool() | AnswerMcp() if command.call_id in self._odd_ids:
                return Step(frames=(_frame(self._as_it_came(command)),))
            case AnswerPing(ping_id=ping_id):  # what the agent sent, it takes back
                return Step(frames=(_frame(wire.Pong(event_id=int(ping_id))),))
            case SendImage(data=data, mime=mime):
                return _refused(f"an image goes as a file ({mime}, {len(data)} bytes)")
            case SendText(text=text):
                self._texts += 1  # its reply names it, where the agent tells
                return _checked(wire.UserMessage(text=text, id=f"text_{self._texts}"))
            case _:
                return _checked(_written(command))

    def _as_it_came(self, command: AnswerTool | AnswerMcp) -> wire.ClientFrame:
        call_id = self._odd_ids.pop(command.call_id)
        return msgspec.structs.replace(_written(command), tool_call_id=call_id)

    def _chunk(self, audio: bytes) -> Step:
        if len(audio) % self._input_sample_bytes:
            return _refused(f"audio of {len(audio)} bytes ends within a sample")
        encoded = binascii.b2a_base64(audio, newline=False).decode()
        return Step(frames=(Frame(AUDIO_KIND, f'{{"user_audio_chunk":"{encoded}"}}', audio),))

    def sent(self, text: str) -> Step:
        return read_sent(text)


def _written(
    command: SendFiles | SendContext | SendActivity | SendFeedback | AnswerTool | AnswerMcp,
) -> wire.ClientFrame:
    match command:
        case SendFiles():
            return _multimodal(command)
        case SendContext(text=text, context_id=context_id):
            return wire.ContextualUpdate(text=text, context_id=context_id or None)
        case SendActivity():
            return wire.UserActivity()
        case SendFeedback(reply_id=reply_id, score=score):
            return wire.Feedback(event_id=int(reply_id), score=score)
        case AnswerTool(call_id=call_id, result=result, is_error=is_error):
            return wire.ClientToolResult(tool_call_id=call_id, result=result, is_error=is_error)
        case AnswerMcp(call_id=call_id, approved=approved):
            return wire.McpToolApprovalResult(tool_call_id=call_id, is_approved=approved)


def _multimodal(command: SendFiles) -> wire.MultimodalMessage:
    files = [wire.FileInput(file_id=file_id) for file_id in command.file_ids]
    text = wire.MultimodalText(text=command.text) if command.text else None
    return wire.MultimodalMessage(text=text, file=files[0] if files else None, files=files)


def _checked(frame: wire.ClientFrame) -> Step:
    """The frame, or why it is not sent."""
    try:
        written = _frame(frame)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        # Half a surrogate pair from a clipboard, or what only Python can hold in `extra_body`.
        return _refused(f"{kind_of(frame)}: {error}")
    problem = check_frame(written.text)
    return _refused(problem) if problem else Step(frames=(written,))


def _refused(problem: str) -> Step:
    return Step(events=(events.ProtocolErred(reason=f"not sent: {problem}"),))


def _frame(frame: wire.ClientFrame) -> Frame:
    return Frame(kind_of(frame), _encode(frame).decode())
