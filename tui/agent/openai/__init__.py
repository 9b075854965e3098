"""The protocol of the OpenAI Realtime API (GA, WebSocket), as the embedded agent speaks it."""

CLIENT_FRAMES = (
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.retrieve",
    "conversation.item.truncate",
    "conversation.item.delete",
    "response.create",
    "response.cancel",
)
"""What a scenario can wait for."""
