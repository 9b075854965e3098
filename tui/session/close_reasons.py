"""How a call ended, in one sentence that says who, why and what to do.

Knows close codes and the reasons that agents give; no socket.
"""

from collections.abc import Sequence

from tui.events import Closer, LinkClosed

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
    1002: "the agent's side failed or waited too long for us; call again",
    1006: "the network or the server broke off without a word; call again",
    1008: "the agent refused the set-up: look at overrides, dynamic variables and the key",
    1009: "a frame was too large for the agent",
    1011: "the agent's server failed; call again",
    3000: "this agent is not public: set the API key, by which a signed URL is had",
    3008: "too many calls at once; wait, then call again",
    4300: "no line became free in time; call again later",
}
_REFUSED = {
    1002: "it breaks the protocol: look at the agent's server, or at a proxy on the way",
    1007: "its text is not UTF-8",
    1009: "it is too large",
}
"""What was wrong with a frame that we did not take."""


def sentence(closed: LinkClosed, overrides: Sequence[str] = ()) -> str:
    """What the screen says of a call that is over."""
    said = f": {closed.reason}" if closed.reason else ""
    match closed.by:
        case Closer.USER:
            return "you hung up"
        case Closer.AGENT:
            return f"the agent ended the call ({closed.code}{said}), {_when(closed, ())}"
        case Closer.ERROR if closed.refused:
            why = _REFUSED.get(closed.code, "it could not be read")
            ended = f"we ended the connection with code {closed.code}{said}"
            return f"{ended}, {_when(closed, ())}; the agent sent a frame that is refused: {why}"
        case Closer.ERROR:
            ended = f"the connection ended with code {closed.code}{said}"
            return f"{ended}, {_when(closed, overrides)}; {hint(closed.code, closed.reason)}"


def hint(code: int, reason: str) -> str:
    """What the user can do about it."""
    lowered = reason.lower()
    for words, advice in _BY_REASON:
        if words in lowered:
            return advice
    return _BY_CODE.get(code, "call again")


def _when(closed: LinkClosed, overrides: Sequence[str]) -> str:
    chosen = f", with overrides: {', '.join(overrides)}" if overrides else ""
    return f"{closed.elapsed_ms:.0f} ms after start{chosen}"
