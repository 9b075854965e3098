"""What the close codes and reasons of ElevenLabs mean, and what helps."""

from tui.provider import CloseMeaning

_FINAL_WORDS = ("maximum duration", "max_duration")
"""An agent's own limit has been sent with 1011 as well: trying again would go round it."""
_BY_REASON = (
    ("dynamic variable", "give it with --var NAME=VALUE or in the set-up"),
    ("dynamic_variable", "give it with --var NAME=VALUE or in the set-up"),
    ("override", "take that override out, or permit it in the agent's security settings"),
    ("invalid message", "the agent refused a frame: the last ones sent are in the log"),
    ("invalid_message", "the agent refused a frame: the last ones sent are in the log"),
    ("maximum duration", "that is the agent's own limit; call again"),
    ("max_duration", "that is the agent's own limit; call again"),
    ("concurren", "too many calls at once; wait, then call again"),
    ("quota", "the account has nothing left to call with"),
    ("transport_receive_timeout", "nothing was said for a minute; call again"),
)
"""Words in a reason, and what helps: the first that fits."""
_BY_CODE = {
    1008: "the agent refused the set-up: look at overrides, dynamic variables and the key",
    3000: "this agent is not public: set the API key, by which a signed URL is had",
    3008: "too many calls at once; wait, then call again",
    4300: "no line became free in time; call again later",
}


def meaning_of_close(code: int, reason: str) -> CloseMeaning:
    lowered = reason.lower()
    final = any(words in lowered for words in _FINAL_WORDS)
    for words, advice in _BY_REASON:
        if words in lowered:
            return CloseMeaning(advice=advice, final=final)
    return CloseMeaning(advice=_BY_CODE.get(code, ""), final=final)
