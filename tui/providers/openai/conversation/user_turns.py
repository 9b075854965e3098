"""The user's spoken turns as an OpenAI Realtime server hears them: begun, ended, taken, in words.

Knows frames of the input buffer and of transcription; no replies.
"""

from typing import Any

from tui.events import (
    AgentHeardEnd,
    AgentHeardStart,
    Event,
    UserTranscribed,
    UserTranscriptFailed,
    UserTranscriptGuessed,
    UserTurnTaken,
)
from tui.providers.openai.conversation import usage
from tui.providers.openai.server_frames import Received, object_in, objects_in, text_in, whole_in
from tui.providers.openai.session import SERVER_VAD, Agreed

_TRANSCRIPTION = "conversation.item.input_audio_transcription."


class UserTurns:
    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._guesses: dict[str, str] = {}
        """What has come of each transcript, which comes in pieces."""

    def meaning(self, frame: Received, agreed: Agreed) -> tuple[Event, ...]:  # noqa: PLR0911
        """Nothing for a frame that tells of something else."""
        data, turn_id = frame.data, text_in(frame.data, "item_id")
        match frame.kind.removeprefix(_TRANSCRIPTION):
            case "input_audio_buffer.speech_started":
                onset = _moment(data, "audio_start_ms", agreed, agreed.padding_ms)
                started = AgentHeardStart(
                    user_turn_id=turn_id, audio_ms=onset, yields=agreed.yields
                )
                return (started,)
            case "input_audio_buffer.speech_stopped":
                end = _moment(data, "audio_end_ms", agreed, -agreed.silence_ms)
                return (AgentHeardEnd(user_turn_id=turn_id, audio_ms=end),)
            case "input_audio_buffer.committed":
                return self._take(turn_id, agreed)
            case "delta":
                return self._guess(turn_id, text_in(data, "delta"))
            case "completed":
                said = text_in(data, "transcript")
                self._guesses.pop(turn_id, None)
                used = usage.of_transcript(turn_id, object_in(data, "usage"), agreed.transcriber)
                return (UserTranscribed(text=said, user_turn_id=turn_id), *used)
            case "failed":
                error = object_in(data, "error")
                reason = text_in(error, "message") or text_in(error, "code") or "no reason given"
                return (UserTranscriptFailed(user_turn_id=turn_id, reason=reason),)
            case _:
                return ()

    def item(self, item: dict[str, Any], agreed: Agreed) -> tuple[Event, ...]:
        """A spoken turn in the conversation: some servers do not tell that it was taken."""
        parts = objects_in(item, "content")
        spoken = [part for part in parts if text_in(part, "type") == "input_audio"]
        if text_in(item, "role") != "user" or not spoken:
            return ()
        return self._take(text_in(item, "id"), agreed)

    def _take(self, turn_id: str, agreed: Agreed) -> tuple[Event, ...]:
        if turn_id in self._taken:
            return ()
        self._taken.add(turn_id)
        return (
            UserTurnTaken(
                user_turn_id=turn_id,
                transcribed=agreed.transcribes,
                endpointing=agreed.endpointing,
            ),
        )

    def _guess(self, turn_id: str, piece: str) -> tuple[Event, ...]:
        if not piece:
            return ()
        self._guesses[turn_id] = self._guesses.get(turn_id, "") + piece
        return (UserTranscriptGuessed(text=self._guesses[turn_id], user_turn_id=turn_id),)


def _moment(data: dict[str, Any], name: str, agreed: Agreed, shift_ms: int) -> int | None:
    """The padding is in what a server tells, and the silence that it waited. Only `server_vad` is
    that exact."""
    told = whole_in(data, name)
    if told is None or agreed.detection != SERVER_VAD:
        return None
    return max(told + shift_ms, 0)
