"""The ElevenLabs Agents codec: frames of the conversation socket to and from the vocabulary.

Knows the wire and the meaning of event ids; no clock, no socket, no audio device.

Theory of operation. The agent counts turns with `event_id`; frames of one turn share it. An
`interruption` with id N voids audio with an id below N, for good; audio with id N itself is the
reply that follows (a typed message interrupts about 60 ms before its answer, with one id for
both), so it is kept. The marker only grows. Pings are answered at once, in the same step: a late
pong would make the agent overestimate its latency. Tool calls are answered by whoever owns the
tools, with `AnswerTool`.
"""

import binascii
import math
from typing import Any

import msgspec

from tui import __version__, events
from tui.codec import Capabilities, Frame, Step
from tui.commands import (
    AnswerMcp,
    AnswerPing,
    AnswerTool,
    SendActivity,
    SendAudio,
    SendContext,
    SendFeedback,
    SendFiles,
    SendText,
    ToCodec,
)
from tui.events import Alignment, AudioFormat, Encoding, Event
from tui.providers import elevenlabs_wire as wire

AUDIO_KIND = "user_audio_chunk"
PROTOCOL_ERROR = "protocol_error"
"""The kind of a received frame that could not be understood."""

CAPABILITIES = Capabilities(
    name="elevenlabs",
    vad_score=True,
    text_interrupts=True,
    corrections=True,
    alignment=True,
    app_ping=True,
    user_activity=True,
    contextual_update=True,
    client_tools=True,
)

_RATES = {8000, 16000, 22050, 24000, 44100, 48000}
_encode = msgspec.json.encode
_decode_server = msgspec.json.Decoder(wire.AnyServerFrame).decode
_decode_client = msgspec.json.Decoder(wire.AnyClientFrame).decode
_decode_chunk = msgspec.json.Decoder(wire.UserAudioChunk).decode


class _Peek(msgspec.Struct):
    type: Any = msgspec.UNSET


_peek = msgspec.json.Decoder(_Peek).decode


class _BadFrame(Exception):
    """A frame that parses but says something impossible."""


def parse_format(name: str) -> AudioFormat:
    """`pcm_16000` -> AudioFormat. Raises ValueError for a format this wire does not have."""
    encoding, _, rate = name.partition("_")
    if encoding not in ("pcm", "ulaw") or not rate.isdigit() or int(rate) not in _RATES:
        raise ValueError(f"unknown audio format {name!r}")
    return AudioFormat(Encoding(encoding), int(rate))


class ElevenLabsCodec:
    """One conversation's codec. `overrides` is `conversation_config_override` as it is sent."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        *,
        overrides: dict[str, Any] | None = None,
        dynamic_variables: dict[str, Any] | None = None,
    ) -> None:
        self._overrides = overrides or {}
        self._dynamic_variables = dynamic_variables or {}
        self._interrupted_at = 0
        self._sample_bytes = 1  # any length is whole before the format is known

    def open(self) -> Step:
        initiation = wire.Initiation(
            conversation_config_override=self._overrides,
            dynamic_variables=self._dynamic_variables,
            # The API's list of sources has no name for us; "unknown" is in it.
            source_info=wire.SourceInfo(source="unknown", version=f"voicescope {__version__}"),
        )
        return Step(frames=(_frame(initiation),))

    # ── Agent to us ─────────────────────────────────────────────────────────────────────────────

    def receive(self, text: str | bytes) -> Step:
        if isinstance(text, bytes):
            reason = f"a binary frame of {len(text)} bytes; this protocol has text frames only"
            return _protocol_error(reason)
        try:
            frame = _decode_server(text)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            return self._unusual(text, error)
        try:
            return self._act(frame)
        except _BadFrame as error:
            return _protocol_error(f"{_kind(frame)}: {error}")

    def _unusual(self, text: str, error: Exception) -> Step:
        """A frame with no struct: a type that is only shown, a new type, or a broken one."""
        try:
            kind = _peek(text).type
        except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
            return _protocol_error(_reason(broken))
        if kind is msgspec.UNSET:
            return _protocol_error("the frame has no `type`")
        if not isinstance(kind, str):
            return _protocol_error("`type` is not a string")
        if kind in wire.SERVER_TYPES_SHOWN:
            return Step(events=(events.OtherReceived(type=kind, known=True),), kind=kind)
        if kind in _SERVER_TYPES_ACTED_ON:
            return _protocol_error(f"{kind}: {_reason(error)}")
        return Step(events=(events.OtherReceived(type=kind, known=False),), kind=kind)

    def _act(self, frame: wire.AnyServerFrame) -> Step:  # noqa: PLR0911  one return a frame type
        kind = _kind(frame)
        match frame:
            case wire.Audio(audio_event=payload):
                return Step(events=(self._audio(payload),), kind=kind)
            case wire.Ping(ping_event=p):
                answer = self.send(AnswerPing(event_id=p.event_id))
                ping = events.Pinged(event_id=p.event_id, ping_ms=p.ping_ms)
                return Step(events=(ping,), frames=answer.frames, kind=kind)
            case wire.Interruption(interruption_event=p):
                self._interrupted_at = max(self._interrupted_at, p.event_id)
                event = events.Interrupted(event_id=p.event_id, reason=p.reason)
                return Step(events=(event,), kind=kind)
            case wire.Metadata(conversation_initiation_metadata_event=p):
                started = _started(p)
                self._sample_bytes = started.output_format.sample_bytes
                return Step(events=(started,), kind=kind)
            case wire.AgentToolResponse(agent_tool_response=p):
                return Step(events=_tool_reported(p), kind=kind)
            case wire.AgentToolResponseFullPayload(agent_tool_response_full_payload=p):
                return Step(events=_tool_reported(p), kind=kind)
            case _:
                return Step(events=(_plain_event(frame),), kind=kind)

    def _audio(self, payload: wire.AudioPayload) -> Event:
        try:
            audio = binascii.a2b_base64(payload.audio_base_64, strict_mode=True)
        except (binascii.Error, ValueError) as error:
            raise _BadFrame(f"audio_base_64 is not base64: {error}") from error
        if len(audio) % self._sample_bytes:  # playing on would turn all that follows into noise
            raise _BadFrame(f"audio of {len(audio)} bytes ends within a sample")
        if payload.event_id < self._interrupted_at:
            return events.AudioDropped(
                event_id=payload.event_id, size=len(audio), interrupted_at=self._interrupted_at
            )
        return events.AudioReceived(
            audio=audio,
            event_id=payload.event_id,
            alignment=_alignment(payload.alignment),
            is_final=payload.is_final,
        )

    # ── Us to agent ─────────────────────────────────────────────────────────────────────────────

    def send(self, command: ToCodec) -> Step:  # noqa: PLR0911  one return a command
        match command:
            case SendFiles(file_ids=file_ids, text=text):
                files = [wire.FileInput(file_id=file_id) for file_id in file_ids]
                message = wire.MultimodalText(text=text) if text else None
                multimodal = wire.MultimodalMessage(text=message, file=files[0], files=files)
                return Step(frames=(_frame(multimodal),))
            case SendFeedback(event_id=event_id, score=score):
                return Step(frames=(_frame(wire.Feedback(event_id=event_id, score=score)),))
            case AnswerMcp(call_id=call_id, approved=approved):
                mcp = wire.McpToolApprovalResult(tool_call_id=call_id, is_approved=approved)
                return Step(frames=(_frame(mcp),))
            case SendAudio(audio=audio):
                encoded = binascii.b2a_base64(audio, newline=False).decode()
                text = f'{{"user_audio_chunk":"{encoded}"}}'
                return Step(frames=(Frame(AUDIO_KIND, text, audio),))
            case AnswerPing(event_id=event_id):
                return Step(frames=(_frame(wire.Pong(event_id=event_id)),))
            case SendText(text=text):
                return Step(frames=(_frame(wire.UserMessage(text=text)),))
            case SendContext(text=text, context_id=context_id):
                update = wire.ContextualUpdate(text=text, context_id=context_id or None)
                return Step(frames=(_frame(update),))
            case SendActivity():
                return Step(frames=(_frame(wire.UserActivity()),))
            case AnswerTool(call_id=call_id, result=result, is_error=is_error):
                answer = wire.ClientToolResult(
                    tool_call_id=call_id, result=result, is_error=is_error
                )
                return Step(frames=(_frame(answer),))

    def sent(self, text: str) -> Step:
        try:
            frame = _decode_client(text)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            return _unusual_sent(text, error)
        return Step(events=(_sent_event(frame),), kind=_kind(frame))


_SERVER_TYPES_ACTED_ON = frozenset(
    str(frame.__struct_config__.tag) for frame in wire.AnyServerFrame.__args__
)


def _plain_event(frame: wire.AnyServerFrame) -> Event:  # noqa: PLR0911  one a frame type
    """Frames that carry one fact and change nothing here."""
    match frame:
        case wire.VadScore(vad_score_event=p):
            if not math.isfinite(p.vad_score):
                raise _BadFrame("vad_score is not a number")
            return events.VadScored(score=min(max(p.vad_score, 0.0), 1.0))
        case wire.UserTranscript(user_transcription_event=p):
            return events.UserTranscribed(text=p.user_transcript, event_id=p.event_id)
        case wire.TentativeUserTranscript(tentative_user_transcription_event=p):
            return events.UserTranscriptGuessed(text=p.user_transcript, event_id=p.event_id)
        case wire.AgentResponse(agent_response_event=p):
            return events.AgentResponded(text=p.agent_response, event_id=p.event_id)
        case wire.AgentChatResponsePart(text_response_part=p):
            return events.AgentResponseStreamed(text=p.text, part=p.type, event_id=p.event_id)
        case wire.AgentResponseCorrection(agent_response_correction_event=p):
            return events.AgentCorrected(
                original=p.original_agent_response,
                corrected=p.corrected_agent_response,
                event_id=p.event_id,
            )
        case wire.ClientToolCall(client_tool_call=p):
            return events.ToolCalled(
                name=p.tool_name,
                call_id=p.tool_call_id,
                parameters=p.parameters,
                event_id=p.event_id,
                expects_response=p.expects_response,
            )
        case wire.Error(error_event=p) | wire.ClientError(error_event=p):
            message = p.message or p.reason or p.error_name or p.error_type or "no message"
            return events.ProviderErred(
                message=message, code=p.code, error_type=p.error_type or p.error_name
            )
        case _:
            raise AssertionError(f"{_kind(frame)} is acted on in _act")


def _started(payload: wire.MetadataPayload) -> events.ConversationStarted:
    try:
        return events.ConversationStarted(
            conversation_id=payload.conversation_id,
            input_format=parse_format(payload.user_input_audio_format),
            output_format=parse_format(payload.agent_output_audio_format),
        )
    except ValueError as error:
        raise _BadFrame(str(error)) from error


def _tool_reported(payload: wire.ToolResponsePayload) -> tuple[Event, ...]:
    report = events.ToolReported(
        name=payload.tool_name,
        call_id=payload.tool_call_id,
        tool_type=payload.tool_type,
        is_error=payload.is_error,
        event_id=payload.event_id,
    )
    # The official JS, Swift and Android clients end the session on this tool of the agent's.
    ends = payload.tool_name == "end_call" and not payload.is_error
    return (report, events.AgentEnded()) if ends else (report,)


def _alignment(payload: wire.AlignmentPayload | None) -> Alignment | None:
    if payload is None:
        return None
    return Alignment(payload.chars, payload.char_start_times_ms, payload.char_durations_ms)


def _sent_event(frame: wire.AnyClientFrame) -> Event:
    match frame:
        case wire.Initiation():
            return events.InitiationSent()
        case wire.Pong(event_id=event_id):
            return events.PongSent(event_id=event_id)
        case wire.UserMessage(text=text):
            return events.TextSent(text=text or "")
        case wire.UserActivity():
            return events.ActivitySent()
        case wire.ContextualUpdate(text=text):
            return events.ContextSent(text=text)
        case wire.ClientToolResult(tool_call_id=call_id, result=result, is_error=is_error):
            return events.ToolAnswered(call_id=call_id, result=str(result), is_error=is_error)


def _unusual_sent(text: str, error: Exception) -> Step:
    try:
        encoded = _decode_chunk(text).user_audio_chunk
        audio = binascii.a2b_base64(encoded, strict_mode=True) if encoded else b""
        return Step(events=(events.AudioSent(audio=audio),), kind=AUDIO_KIND)
    except (msgspec.DecodeError, RecursionError, ValueError):
        pass  # no audio chunk; what it is, its type tells
    try:
        kind = _peek(text).type
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        return _protocol_error(_reason(broken))
    if not isinstance(kind, str):
        return _protocol_error("the frame has no `type`")
    if kind in wire.CLIENT_TYPES_SHOWN:
        return Step(events=(events.OtherSent(type=kind),), kind=kind)
    return _protocol_error(f"{kind}: {_reason(error)}")


def _protocol_error(reason: str) -> Step:
    return Step(events=(events.ProtocolErred(reason=reason),), kind=PROTOCOL_ERROR)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    return f"not JSON: {error}"


def _kind(frame: wire.ServerFrame | wire.ClientFrame) -> str:
    return str(frame.__struct_config__.tag)


def _frame(frame: wire.ClientFrame) -> Frame:
    return Frame(_kind(frame), _encode(frame).decode())
