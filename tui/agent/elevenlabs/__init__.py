"""The protocol of the ElevenLabs Agents Platform, as the embedded agent speaks it."""

CLIENT_FRAMES = (
    "pong",
    "user_message",
    "user_activity",
    "user_audio_chunk",
    "contextual_update",
    "client_tool_result",
    "multimodal_message",
    "feedback",
    "mcp_tool_approval_result",
)
"""What a scenario can wait for."""
