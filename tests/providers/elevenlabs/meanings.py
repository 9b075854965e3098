"""What each published example frame is to mean, for the tests of the codec."""

from typing import Any

from tui import events
from tui.events import Alignment, AudioFormat, Encoding, Event

PCM_16K = AudioFormat(Encoding.PCM, 16_000)
AUDIO = bytes([0, 0, 1, 0, 2, 0, 3, 0])


def mcp(state: str, **more: Any) -> Event:
    return events.McpToolChanged(
        name="search",
        call_id="mcp_call_1",
        service_id="svc_1",
        state=state,
        parameters={"q": "x"},
        **more,
    )


RECEIVED: dict[str, list[tuple[Event, ...]]] = {
    "conversation_initiation_metadata": [
        (
            events.ConversationStarted(
                conversation_id="conv_5001k6pm0x7vf3ssxzf8k1ra26qw",
                input_format=PCM_16K,
                output_format=PCM_16K,
                endpointing="turn_eagerness",
            ),
        )
    ],
    "ping": [(events.Pinged(ping_id=12, ping_ms=48),)],
    "vad_score": [(events.VadScored(score=0.95),)],
    "user_transcript": [(events.UserTranscribed(text="I need help.", user_turn_id=42),)],
    "tentative_user_transcript": [(events.UserTranscriptGuessed(text="I need", user_turn_id=42),)],
    "agent_response": [(events.AgentResponded(text="Sure, one moment.", reply_id=43),)],
    "agent_response_correction": [
        (
            events.AgentCorrected(
                original="Let me tell you the complete history of",
                corrected="Let me tell you",
                reply_id=43,
            ),
        )
    ],
    "agent_chat_response_part": [
        (events.AgentResponseStreamed(text="", part="start", reply_id=43),),
        (events.AgentResponseStreamed(text="Sure, ", part="delta", reply_id=43),),
        (events.AgentResponseStreamed(text="", part="stop", reply_id=43),),
    ],
    "audio": [
        (
            events.AudioReceived(
                audio=AUDIO, reply_id=43, alignment=Alignment(("H", "i"), (0, 60), (60, 80))
            ),
        )
    ],
    "interruption": [(events.Interrupted(),)],
    "client_tool_call": [
        (
            events.ToolCalled(
                name="get_balance",
                call_id="tool_call_123",
                parameters={"account": "A1"},
                reply_id=44,
            ),
        )
    ],
    "agent_tool_response": [
        (
            events.ToolReported(
                name="end_call",
                call_id="end_call_c82c",
                tool_type="system",
                is_error=False,
                reply_id=44,
            ),
            events.AgentEnded(),
        )
    ],
    "agent_tool_response_full_payload": [
        (
            events.ToolReported(
                name="lookup",
                call_id="lookup_1",
                tool_type="webhook",
                is_error=False,
                reply_id=44,
                result='{"ok": true}',
            ),
        )
    ],
    "error": [(events.ProviderErred(message="LLM failed", code=1002, error_type="llm_error"),)],
    "client_error": [
        (events.ProviderErred(message="Unexpected error", code=1011, error_type="unknown"),)
    ],
    "asr_initiation_metadata": [
        (events.OtherReceived(type="asr_initiation_metadata", known=True),)
    ],
    "queue_status": [(events.QueueMoved(status="waiting"),)],
    "agent_reasoning_response_part": [
        (events.AgentReasoned(text="Checking the account", part="delta", reply_id=43),)
    ],
    "agent_response_complete": [(events.AgentCompleted(reply_id=43),)],
    "agent_response_metadata": [(events.AgentAnnotated(metadata={"key": "value"}, reply_id=43),)],
    "audio_alignment": [
        (events.AlignmentReceived(reply_id=19, alignment=Alignment(("I",), (0,), (104,))),)
    ],
    "agent_tool_request": [
        (
            events.ToolRequested(
                name="lookup",
                call_id="lookup_1",
                tool_type="webhook",
                reply_id=44,
                response_timeout_s=20,
            ),
        )
    ],
    "mcp_tool_call": [
        (mcp("loading"),),
        (mcp("awaiting_approval", approval_timeout_s=300),),
        (mcp("success", detail='[{"type":"text","text":"ok"}]'),),
        (mcp("failure", detail="boom"),),
    ],
    "mcp_connection_status": [
        (events.McpServersChanged(servers=(events.McpServer("int_1", True, 3),)),)
    ],
    "context_usage": [
        (events.ContextUsed(model="gpt-4o-mini", tokens=1830, limit=128_000, reply_id=43),)
    ],
    "guardrail_triggered": [(events.GuardrailTriggered(name="profanity"),)],
    "rich_content": [
        (
            events.RichContentReceived(
                content_id="rc_1", component="item_card", props={"title": "Plan A"}, reply_id=43
            ),
        )
    ],
    "agent_typing": [(events.AgentTyped(typing=True, duration_ms=3000),)],
    "external_agent_connected": [(events.AgentHandedOver(connected=True),)],
    "external_agent_disconnected": [(events.AgentHandedOver(connected=False),)],
    "dtmf_request": [(events.OtherReceived(type="dtmf_request", known=True),)],
    "contextual_update": [(events.ContextReceived(text="User opened the pricing page"),)],
    "internal_turn_probability": [(events.TurnScored(probability=0.5),)],
    "internal_tentative_agent_response": [(events.AgentGuessed(text="I would be happy"),)],
}
SENT: dict[str, Event] = {
    "conversation_initiation_client_data": events.InitiationSent(),
    "user_audio_chunk": events.AudioSent(audio=AUDIO),
    "pong": events.PongSent(ping_id=12),
    "user_message": events.TextSent(text="What is my balance?"),
    "user_activity": events.ActivitySent(),
    "contextual_update": events.ContextSent(text="User opened the pricing page", context_id="page"),
    "client_tool_result": events.ToolAnswered(
        call_id="tool_call_123", result='{"balance": 12}', is_error=False
    ),
    "multimodal_message": events.FilesSent(file_ids=("file_1", "file_2"), text="What is in these?"),
    "feedback": events.FeedbackSent(reply_id=43, score="like"),
    "mcp_tool_approval_result": events.McpAnswered(call_id="mcp_call_1", approved=True),
    "enclave_setup_config": events.OtherSent(type="enclave_setup_config"),
}
