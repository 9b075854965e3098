"""Server frames of the ElevenLabs Agents WebSocket that are the conversation: text and audio.

Knows shapes only; see `elevenlabs_wire`.
"""

import msgspec


class ServerFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """A frame of the agent; the tag is its `type`."""


class MetadataPayload(msgspec.Struct, frozen=True, kw_only=True):
    conversation_id: str
    agent_output_audio_format: str
    user_input_audio_format: str = "pcm_16000"
    """The SDKs default it when a text-only agent leaves it out."""


class Metadata(ServerFrame, frozen=True, tag="conversation_initiation_metadata"):
    conversation_initiation_metadata_event: MetadataPayload


class PingPayload(msgspec.Struct, frozen=True, kw_only=True):
    event_id: int
    ping_ms: int | None = None
    """Always written, null included: the Python SDK fails on a missing key."""


class Ping(ServerFrame, frozen=True, tag="ping"):
    ping_event: PingPayload


class VadScorePayload(msgspec.Struct, frozen=True, kw_only=True):
    vad_score: float


class VadScore(ServerFrame, frozen=True, tag="vad_score"):
    vad_score_event: VadScorePayload


class TranscriptPayload(msgspec.Struct, frozen=True, kw_only=True):
    user_transcript: str
    event_id: int


class UserTranscript(ServerFrame, frozen=True, tag="user_transcript"):
    user_transcription_event: TranscriptPayload


class TentativeUserTranscript(ServerFrame, frozen=True, tag="tentative_user_transcript"):
    tentative_user_transcription_event: TranscriptPayload


class AttachmentPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    url: str
    name: str = ""
    mime_type: str | None = None


class AgentResponsePayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    agent_response: str
    event_id: int
    attachments: list[AttachmentPayload] | None = None
    response_id: str | None = None
    """In no published description, as is the next; seen in calls of 2026."""
    in_response_to_ids: list[str | int] | None = None


class AgentResponse(ServerFrame, frozen=True, tag="agent_response"):
    agent_response_event: AgentResponsePayload


class CorrectionPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    original_agent_response: str
    corrected_agent_response: str
    event_id: int
    response_id: str | None = None


class AgentResponseCorrection(ServerFrame, frozen=True, tag="agent_response_correction"):
    agent_response_correction_event: CorrectionPayload


class ChatPartPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    text: str
    type: str
    event_id: int
    response_id: str | None = None


class AgentChatResponsePart(ServerFrame, frozen=True, tag="agent_chat_response_part"):
    text_response_part: ChatPartPayload


class AlignmentPayload(msgspec.Struct, frozen=True, kw_only=True):
    chars: tuple[str, ...]
    char_start_times_ms: tuple[float, ...]
    """To be written as whole numbers: the Swift SDK drops the alignment otherwise."""
    char_durations_ms: tuple[float, ...]


class AudioPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    audio_base_64: str
    event_id: int
    alignment: AlignmentPayload | None = None
    """Left out rather than null when there is none: the Python SDK fails on null."""
    is_final: bool = False


class Audio(ServerFrame, frozen=True, tag="audio"):
    audio_event: AudioPayload


class InterruptionPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    event_id: int
    reason: str | None = None


class Interruption(ServerFrame, frozen=True, tag="interruption"):
    interruption_event: InterruptionPayload


class AlignedPayload(msgspec.Struct, frozen=True, kw_only=True):
    event_id: int
    alignment: AlignmentPayload


class AudioAlignment(ServerFrame, frozen=True, tag="audio_alignment"):
    """The alignment of audio that came without one; only the Android SDK reads it."""

    audio_alignment_event: AlignedPayload
