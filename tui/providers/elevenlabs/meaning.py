"""Server frames of the ElevenLabs wire that carry facts and change nothing of the codec's state.

Knows frames and the vocabulary; no state. Each published frame that is not in `elevenlabs` itself
is in one of the three groups here.
"""

import re

import msgspec

from tui import events
from tui.events import Attachment, Event, McpServer
from tui.providers.elevenlabs import frames as wire
from tui.providers.elevenlabs.lenient import as_text
from tui.providers.elevenlabs.read import alignment, kind_of, share
from tui.providers.reading import BadFrame, arguments

_NUMBER = re.compile("[0-9]{1,18}")


def meaning(frame: wire.AnyServerFrame) -> tuple[Event, ...]:
    """Raises BadFrame for a frame that says something impossible."""
    return _words(frame) or _tools(frame) or (_state(frame),)


def _words(frame: wire.AnyServerFrame) -> tuple[Event, ...]:  # noqa: PLR0911  one a frame type
    match frame:
        case wire.UserTranscript(user_transcription_event=p):
            return (events.UserTranscribed(text=p.user_transcript, user_turn_id=p.event_id),)
        case wire.TentativeUserTranscript(tentative_user_transcription_event=p):
            return (events.UserTranscriptGuessed(text=p.user_transcript, user_turn_id=p.event_id),)
        case wire.AgentResponse(agent_response_event=p):
            return (_responded(p),)
        case wire.AgentChatResponsePart(text_response_part=p):
            return (_streamed(p),)
        case wire.AgentReasoningPart(reasoning_response_part=p):
            return (events.AgentReasoned(text=p.text, part=p.type, reply_id=_number(p.event_id)),)
        case wire.AgentResponseComplete(agent_response_complete_event=p):
            return (events.AgentCompleted(reply_id=p.event_id),)
        case wire.AgentResponseCorrection(agent_response_correction_event=p):
            return (_corrected(p),)
        case wire.AgentResponseMetadata(agent_response_metadata_event=p):
            return (events.AgentAnnotated(metadata=p.metadata, reply_id=p.event_id),)
        case wire.TentativeResponse(tentative_agent_response_internal_event=p):
            return (events.AgentGuessed(text=p.tentative_agent_response),)
        case wire.ContextTold(text=text):
            return (events.ContextReceived(text=text),)
        case wire.AudioAlignment(audio_alignment_event=p):
            return (_aligned(p),)
        case _:
            return ()


def _tools(frame: wire.AnyServerFrame) -> tuple[Event, ...]:  # noqa: PLR0911  one a frame type
    match frame:
        case wire.ClientToolCall(client_tool_call=p):
            return (_called(p),)
        case wire.AgentToolRequest(agent_tool_request=p):
            return (_requested(p),)
        case wire.AgentToolResponse(agent_tool_response=p):
            return _reported(p)
        case wire.AgentToolResponseFullPayload(agent_tool_response_full_payload=p):
            return _reported(p, p.full_tool_result, p.truncated)
        case wire.McpToolCall(mcp_tool_call=p):
            return (_mcp(p),)
        case wire.McpConnectionStatus(mcp_connection_status=p):
            servers = (
                McpServer(i.integration_id, i.is_connected, i.tool_count) for i in p.integrations
            )
            return (events.McpServersChanged(servers=tuple(servers)),)
        case _:
            return ()


def _state(frame: wire.AnyServerFrame) -> Event:  # noqa: PLR0911  one a frame type
    match frame:
        case wire.VadScore(vad_score_event=p):
            return events.VadScored(score=share(p.vad_score, "vad_score"))
        case wire.TurnProbability(turn_probability_internal_event=p):
            probability = share(p.turn_probability, "turn_probability")
            return events.TurnScored(probability=probability)
        case wire.Error(error_event=p) | wire.ClientError(error_event=p):
            return _erred(p)
        case wire.QueueStatus(queue_status_event=p):
            return events.QueueMoved(status=p.status)
        case wire.ContextUsage(context_usage_event=p):
            return _used(p)
        case wire.GuardrailTriggered(guardrail_triggered_event=p):
            return events.GuardrailTriggered(name=p.guardrail_name if p else "")
        case wire.AgentTyping(agent_typing_event=p):
            return events.AgentTyped(typing=p.is_typing, duration_ms=p.duration_ms)
        case wire.ExternalAgentConnected():
            return events.AgentHandedOver(connected=True)
        case wire.ExternalAgentDisconnected():
            return events.AgentHandedOver(connected=False)
        case wire.RichContent(rich_content=p):
            return events.RichContentReceived(
                content_id=p.rich_content_id,
                component=p.component,
                props=p.props,
                reply_id=p.event_id,
            )
        case wire.AsrMetadata() | wire.DtmfRequest():  # what is in them is published nowhere
            return events.OtherReceived(type=kind_of(frame), known=True)
        case _:
            raise AssertionError(f"{kind_of(frame)} is acted on by the codec itself")


def _responded(p: wire.AgentResponsePayload) -> Event:
    attachments = tuple(Attachment(a.url, a.name) for a in p.attachments or ())
    answers = None if p.in_response_to_ids is None else tuple(map(str, p.in_response_to_ids))
    return events.AgentResponded(
        text=p.agent_response,
        reply_id=p.event_id,
        attachments=attachments,
        response_id=p.response_id or "",
        answers=answers,
    )


def _streamed(p: wire.ChatPartPayload) -> Event:
    return events.AgentResponseStreamed(
        text=p.text, part=p.type, reply_id=p.event_id, response_id=p.response_id or ""
    )


def _corrected(p: wire.CorrectionPayload) -> Event:
    return events.AgentCorrected(
        original=p.original_agent_response,
        corrected=p.corrected_agent_response,
        reply_id=p.event_id,
        response_id=p.response_id or "",
    )


def _number(key: str | int) -> int | None:
    """Thinking has ids of its own: only a number is that of a reply."""
    return int(key) if _NUMBER.fullmatch(str(key)) else None


def _aligned(p: wire.AlignedPayload) -> Event:
    aligned = alignment(p.alignment)
    if aligned is None:
        raise BadFrame("no alignment in it")
    return events.AlignmentReceived(reply_id=p.event_id, alignment=aligned)


def _called(p: wire.ToolCallPayload) -> Event:
    parameters, problem = arguments(p.parameters)
    return events.ToolCalled(
        name=as_text(p.tool_name),
        call_id=as_text(p.tool_call_id),
        parameters=parameters,
        reply_id=p.event_id,
        expects_response=p.expects_response is not False,
        problem=problem,
    )


def _requested(p: wire.ToolRequestPayload) -> Event:
    return events.ToolRequested(
        name=p.tool_name,
        call_id=p.tool_call_id,
        tool_type=p.tool_type,
        reply_id=p.event_id,
        response_timeout_s=p.response_timeout_secs,
    )


def _reported(
    p: wire.ToolResponsePayload, result: str | None = None, truncated: bool = False
) -> tuple[Event, ...]:
    report = events.ToolReported(
        name=p.tool_name,
        call_id=p.tool_call_id,
        tool_type=p.tool_type,
        is_error=p.is_error,
        reply_id=p.event_id,
        is_called=p.is_called,
        is_blocked=bool(p.is_blocked),
        result=result,
        truncated=truncated,
    )
    # The official JS, Swift and Android clients end the session on this tool of the agent's.
    ends = p.tool_name == "end_call" and not p.is_error
    return (report, events.AgentEnded()) if ends else (report,)


def _mcp(p: wire.McpCallPayload) -> Event:
    detail = p.error_message or (
        msgspec.json.encode(p.result).decode() if p.result is not None else ""
    )
    parameters, problem = arguments(p.parameters)
    return events.McpToolChanged(
        name=p.tool_name,
        call_id=as_text(p.tool_call_id),
        service_id=p.service_id,
        state=p.state,
        parameters={"": p.parameters} if problem else parameters,
        approval_timeout_s=p.approval_timeout_secs,
        detail=detail,
    )


def _used(p: wire.UsagePayload) -> Event:
    return events.ContextUsed(
        model=p.model,
        tokens=p.context_tokens,
        limit=p.context_limit_tokens,
        reply_id=p.event_id,
    )


def _erred(p: wire.ErrorPayload) -> Event:
    message = p.message or p.reason or p.error_name or p.error_type or "no message"
    return events.ProviderErred(
        message=message, code=_code(p.code), error_type=p.error_type or p.error_name
    )


def _code(code: int | str | None) -> int | str | None:
    return int(code) if isinstance(code, str) and code.isascii() and code.isdecimal() else code
