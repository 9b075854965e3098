"""The published error types and the close code that belongs to each. Knows names only.

Source: the service's generated types, where each type stands with its code.
"""

NORMAL, TIMED_OUT, BAD_INPUT, CRASHED = 1000, 1002, 1008, 1011

_KINDS = {
    NORMAL: "max_duration_exceeded",
    TIMED_OUT: "safety_violation llm_timeout transport_receive_timeout asyncio_timeout "
    "http_exception llm_error custom_llm_error cascade_brain_error asr_transcription_error "
    "vad_error turn_probability_error tts_cascade_error redis_timeout_error",
    BAD_INPUT: "invalid_message telephony_agent_error mcp_tool_error mcp_https_error value_error "
    "missing_fields override_error missing_dynamic_variable_transfer missing_dynamic_variable",
    CRASHED: "unknown_websocket_crash",
}
CODES = {kind: code for code, kinds in _KINDS.items() for kind in kinds.split()}
"""Error type -> close code."""


class Refused(Exception):
    """The conversation can't be held; the text is the reason to close with (code 1008)."""

    def __init__(self, reason: str, error_type: str, at_once: bool = False) -> None:
        super().__init__(reason)
        self.error_type = error_type
        self.at_once = at_once
        """Before the metadata; otherwise right behind it, as the hosted service does."""
