"""What every reader of JSON frames needs: how trouble is told, audio, arguments of tools.

Knows the vocabulary; no frame of any protocol.
"""

import binascii
from typing import Any

import msgspec

from tui import events
from tui.provider import PROTOCOL_ERROR, Step


class BadFrame(Exception):
    """A frame that parses but says something impossible."""


def protocol_error(reason: str) -> Step:
    return Step(events=(events.ProtocolErred(reason=reason),), kind=PROTOCOL_ERROR)


def reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    return f"not JSON: {error}"


def text_of(data: bytes) -> str | Step:
    """Some back ends send their JSON as bytes."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.lstrip().startswith("{"):
        size = len(data)
        return protocol_error(f"a binary frame of {size} bytes; this protocol has text frames only")
    return text


def base64_of(text: str) -> bytes:
    """Raises BadFrame for anything but the standard alphabet with padding."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise BadFrame(f"not base64: {error}") from error


def arguments(given: Any) -> tuple[dict[str, Any], str]:
    """The arguments, and what keeps them from being any. Nothing is none; a text may hold them."""
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given) if given.strip() else None
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            return {}, f"they come as a text that is not JSON: {error}"
    if given is None:
        return {}, ""
    if isinstance(given, dict):
        return given, ""
    kind = "a list" if isinstance(given, list) else f"a {type(given).__name__}"
    return {}, f"they are {kind}, not an object"
