"""What is wrong with a client frame of the ElevenLabs wire, in words; and an example of each.

Knows the strict shapes; no state, so not whether a frame fits the moment.
"""

import msgspec

from tui.providers.elevenlabs import client_schema as strict
from tui.providers.elevenlabs.setup import RESERVED
from tui.providers.frame_check import FrameCheck, object_of
from tui.providers.reading import BadFrame, base64_of

_decode_chunk = msgspec.json.Decoder(strict.UserAudioChunk).decode

_TEMPLATES = (
    ("user_message", '{"type":"user_message","text":"Hello"}'),
    (
        "contextual_update",
        '{"type":"contextual_update","text":"The user opened the pricing page",'
        '"context_id":"page"}',
    ),
    ("user_activity", '{"type":"user_activity"}'),
    (
        "multimodal_message",
        '{"type":"multimodal_message","text":{"type":"user_message","text":"What is this?"},'
        '"file":{"type":"file_input","file_id":"FILE"},'
        '"files":[{"type":"file_input","file_id":"FILE"}]}',
    ),
    ("feedback", '{"type":"feedback","event_id":1,"score":"like"}'),
    (
        "client_tool_result",
        '{"type":"client_tool_result","tool_call_id":"CALL","result":"done","is_error":false}',
    ),
    (
        "mcp_tool_approval_result",
        '{"type":"mcp_tool_approval_result","tool_call_id":"CALL","is_approved":true}',
    ),
    ("pong", '{"type":"pong","event_id":1}'),
    ("user_audio_chunk", '{"user_audio_chunk":"AAAAAAAAAAA="}'),
    (
        "conversation_initiation_client_data",
        '{"type":"conversation_initiation_client_data","conversation_config_override":'
        '{"agent":{"prompt":{"prompt":"You are terse."},"first_message":"Hello","language":"en"},'
        '"tts":{"speed":1.1}},"dynamic_variables":{"name":"Bo"}}',
    ),
    (
        "enclave_setup_config",
        '{"type":"enclave_setup_config","agent_config_dict":{},'
        '"override_agent_config_list":null,"tools_config_list":null,'
        '"prompt_knowledge_base":null}',
    ),
)


def templates() -> list[tuple[str, str]]:
    """(name, example text) of every client message, the likely ones first."""
    return list(_TEMPLATES)


def check_frame(text: str) -> str:
    """What is wrong with `text` as a frame of ours, "" when nothing is."""
    frame = object_of(text)
    if isinstance(frame, str):
        return frame
    if "user_audio_chunk" in frame:
        return _check_chunk(text)
    if "command_type" in frame:
        return "`command_type` belongs to the monitoring socket, not to this one"
    return _CHECK.problem(frame, text)


def _check_chunk(text: str) -> str:
    try:
        base64_of(_decode_chunk(text).user_audio_chunk)
    except (msgspec.DecodeError, RecursionError, UnicodeError, BadFrame) as error:
        return f"user_audio_chunk: {error}"
    return ""


def _more(frame: strict.AnyStrictFrame) -> str:
    """What a shape cannot say."""
    match frame:
        case strict.UserMessage(text=text, rich_content_id=content_id):
            said = isinstance(text, str) or isinstance(content_id, str)
            return "" if said else "needs a text"
        case strict.MultimodalMessage():
            return _more_of_files(frame)
        case strict.Initiation(dynamic_variables=dict() as variables):
            reserved = [name for name in variables if name.startswith(RESERVED)]
            return f"dynamic variable {reserved[0]} is reserved" if reserved else ""
        case _:
            return ""


def _more_of_files(frame: strict.MultimodalMessage) -> str:
    files = frame.files if isinstance(frame.files, list) else []
    if not files and not isinstance(frame.file, strict.FileInput):
        return "" if isinstance(frame.text, strict.MultimodalText) else "needs a text or a file"
    if files and isinstance(frame.file, strict.FileInput) and frame.file != files[0]:
        return "`file` must be the first of `files`"
    return ""


_CHECK = FrameCheck(strict.AnyStrictFrame, _more)
