"""What an agent can decide to do in its turn, as plain data. Knows neither why nor how."""

from typing import Any

import msgspec


class Say(msgspec.Struct, frozen=True):
    text: str


class Think(msgspec.Struct, frozen=True):
    """Show the steps of `thoughts` as reasoning, then say `text`."""

    thoughts: tuple[str, ...]
    text: str


class CallTool(msgspec.Struct, frozen=True):
    """Ask the client to run a tool; its result goes to `Responder.tool_answered`."""

    name: str
    parameters: dict[str, Any]
    expects_response: bool = True
    timeout_s: int = 20


class CallMcp(msgspec.Struct, frozen=True):
    """Use a tool of an MCP server, which the user approves first."""

    service_id: str
    name: str
    parameters: dict[str, Any]


class Block(msgspec.Struct, frozen=True):
    """A guardrail keeps the answer back; `text` is said in its place."""

    guardrail: str
    text: str


class Fail(msgspec.Struct, frozen=True):
    """Report an error of the published kind `error_type`, as `error` or as `client_error`, and
    close with the code that belongs to it."""

    error_type: str
    as_client_error: bool = False


class EndCall(msgspec.Struct, frozen=True):
    """Say `text`, then hang up."""

    text: str


Reply = Say | Think | CallTool | CallMcp | Block | Fail | EndCall
