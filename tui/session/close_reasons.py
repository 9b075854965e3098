"""How a call ended, in one sentence that says who, why and what to do.

Knows the close codes that all share (RFC 6455 7.4.1); what else one means, its provider says.
"""

from collections.abc import Sequence

from tui.events import Closer, LinkClosed

_BY_CODE = {
    1002: "the agent's side failed or waited too long for us; call again",
    1006: "the network or the server broke off without a word; call again",
    1008: "the agent refused the call: look at the set-up and the key",
    1009: "a frame was too large for the agent",
    1011: "the agent's server failed; call again",
}
_REFUSED = {
    1002: "it breaks the protocol: look at the agent's server, or at a proxy on the way",
    1007: "its text is not UTF-8",
    1009: "it is too large",
}
"""What was wrong with a frame that we did not take."""


def sentence(closed: LinkClosed, advice: str, overrides: Sequence[str] = ()) -> str:
    """What the screen says of a call that is over; `advice` is the provider's, "" for the usual."""
    said = f": {closed.reason}" if closed.reason else ""
    match closed.by:
        case Closer.USER:
            return "you hung up"
        case Closer.LIMIT:
            return f"hung up at your limit{said}"
        case Closer.AGENT:
            return f"the agent ended the call ({closed.code}{said}), {_when(closed, ())}"
        case Closer.ERROR if closed.refused:
            why = _REFUSED.get(closed.code, "it could not be read")
            ended = f"we ended the connection with code {closed.code}{said}"
            return f"{ended}, {_when(closed, ())}; the agent sent a frame that is refused: {why}"
        case Closer.ERROR:
            ended = f"the connection ended with code {closed.code}{said}"
            helps = advice or _BY_CODE.get(closed.code, "call again")
            return f"{ended}, {_when(closed, overrides)}; {helps}"


def _when(closed: LinkClosed, overrides: Sequence[str]) -> str:
    chosen = f", with overrides: {', '.join(overrides)}" if overrides else ""
    return f"{closed.elapsed_ms:.0f} ms after start{chosen}"
