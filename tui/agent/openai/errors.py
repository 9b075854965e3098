"""What a client did wrong, in the service's words: `error` events and close codes.

Knows names, and what msgspec says of a frame that does not fit; no socket.
"""

import re
from typing import Any

import msgspec

GOING_AWAY, TIMED_OUT, BAD_INPUT = 1001, 1002, 1008
UNAUTHORISED, REFUSED = 3000, 4000
EXPIRED = "Your session hit the maximum duration of {minutes:g} minutes."

FAILURES = {
    "rate_limit_exceeded": 0,
    "server_error": 0,
    "insufficient_quota": REFUSED,
    "billing_hard_limit_reached": REFUSED,
    "account_deactivated": REFUSED,
    "session_expired": GOING_AWAY,
}
"""What a user can ask the agent to fail with, and the close that follows; 0: none does."""

_OWN_TYPE = ("server_error", "insufficient_quota", "rate_limit_exceeded")

_CODES = (
    ("Object contains unknown field", "unknown_parameter", "Unknown parameter: '{param}'."),
    (
        "Object missing required field",
        "missing_required_parameter",
        "Missing required parameter: '{param}'.",
    ),
    ("Expected ", "invalid_type", "Invalid type for '{param}': {said}."),
    ("", "invalid_value", "Invalid value for '{param}': {said}."),
)
_NAMED = re.compile(r"field `(\w+)`")


class Mistake(Exception):
    """The client is told of it by an `error` event; the conversation goes on."""

    def __init__(
        self, code: str, message: str, param: str | None = None, malformed: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.malformed = malformed
        """A frame of the wrong shape, which ends a strict conversation."""
        self.event_id: str | None = None
        """That of the client's event, where it has one."""

    def as_json(self) -> dict[str, Any]:
        return described(self.code, str(self), self.param, self.event_id)


def described(
    code: str, message: str, param: str | None = None, event_id: str | None = None
) -> dict[str, Any]:
    return {
        "type": code if code in _OWN_TYPE else "invalid_request_error",
        "code": code,
        "message": message,
        "param": param,
        "event_id": event_id,
    }


def misshapen(error: msgspec.ValidationError, within: str = "") -> Mistake:
    """`within`: where in the frame the value stands that msgspec complains of."""
    said, _, path = str(error).partition(" - at `$")
    at = ".".join(filter(None, (within, path.rstrip("`").lstrip("."))))
    _, code, words = next(c for c in _CODES if said.startswith(c[0]))
    if "length" in said or "`int` <" in said or "`int` >" in said or "`float` " in said:
        _, code, words = _CODES[-1]
    if named := _NAMED.search(said):
        at = ".".join(filter(None, (at, named[1])))
    return Mistake(code, words.format(param=at, said=said), at or None, malformed=True)
