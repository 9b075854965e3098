"""One line that tells a reader of the event log what an OpenAI Realtime frame says.

Knows frame shapes; no state, no screen. Texts are as the server sent them: the screen cleans them.
"""

from typing import Any

import msgspec

from tui.providers.nesting import too_deep

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.encode
_LONGEST = 200

_QUOTED = ("delta", "transcript", "text")
_SAID = ("name", "arguments", *_QUOTED)
"""What a frame says, before what it is about."""
_LAST = ("call_id", "item_id", "response_id", "previous_item_id")
"""Whose it is: ids stand last, bare."""
_SKIPPED = frozenset(
    "type event_id object content_index output_index obfuscation logprobs audio usage".split()
)


def summarize(kind: str, text: str) -> str:
    """`text` is a frame's text with its audio left out."""
    if too_deep(text):
        return text[:_LONGEST]
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return text[:_LONGEST]
    if not isinstance(frame, dict):
        return text[:_LONGEST]
    for member, told in _TOLD.items():
        if isinstance(frame.get(member), dict):
            return told(frame)
    if isinstance(frame.get("rate_limits"), list):
        return ", ".join(_limit(limit) for limit in frame["rate_limits"])
    return _plain(frame)


def _plain(frame: dict[str, Any]) -> str:
    """A frame of members: what is said, numbers by their names, ids."""
    order = [*_SAID, *(name for name in frame if name not in (*_SAID, *_LAST)), *_LAST]
    shown = [_member(name, frame[name]) for name in order if name in frame]
    return _line(*shown, _usage(frame.get("usage")))


def _member(name: str, value: Any) -> str:
    if name in _SKIPPED or value is None or value == "":
        return ""
    if name in _QUOTED and isinstance(value, str):
        return f'"{value}"'
    if name in _LAST or name in _SAID:
        return str(value)
    return f"{name}={_encode(value).decode() if isinstance(value, dict | list) else value}"


def _error(frame: dict[str, Any]) -> str:
    """Also of a transcription that failed."""
    error = frame["error"]
    param, ours = error.get("param"), error.get("event_id")
    named = error.get("code") or error.get("type")
    return _line(
        named, error.get("message"), f"at {param}" if param else "", ours, frame.get("item_id")
    )


def _session(frame: dict[str, Any]) -> str:
    """What was asked is shown whole: it is ours, and short; what is agreed, by what matters."""
    session = frame["session"]
    if "id" not in session:
        asked = {name: value for name, value in session.items() if name != "type"}
        return _encode(asked).decode()
    sound = _dict(session, "audio")
    heard, spoken = _dict(sound, "input"), _dict(sound, "output")
    turns = _dict(heard, "turn_detection").get("type", "none")
    tools = _list(session, "tools")
    return _line(
        session.get("model"),
        " ".join(map(str, _list(session, "output_modalities"))),
        f"voice={spoken['voice']}" if spoken.get("voice") else "",
        f"turns={turns}" if heard else "",
        f"transcription={_dict(heard, 'transcription').get('model', 'none')}" if heard else "",
        f"tools={len(tools)}" if tools else "",
        session["id"],
    )


def _item(frame: dict[str, Any]) -> str:
    item = frame["item"]
    said = [_content(part) for part in _list(item, "content") if isinstance(part, dict)]
    named = item.get("role") or item.get("type")
    status = item.get("status")
    return _line(
        named,
        *(item.get(name) for name in ("server_label", "name", "arguments")),
        *said,
        *(_member(name, item.get(name)) for name in ("output", "approve", "error")),
        status if status not in (None, "completed") else "",
        item.get("call_id"),
        item.get("id"),
    )


def _content(part: dict[str, Any]) -> str:
    said = next((part[name] for name in ("text", "transcript") if part.get(name)), None)
    return f'"{said}"' if isinstance(said, str) else str(part.get("type", ""))


def _part(frame: dict[str, Any]) -> str:
    return _line(_content(frame["part"]), frame.get("item_id"), frame.get("response_id"))


def _response(frame: dict[str, Any]) -> str:
    """Of ours, what was asked; of the server's, how it stands and what it cost."""
    response = frame["response"]
    if "status" not in response:
        return _encode(response).decode() if response else ""
    details = _dict(response, "status_details")
    error = _dict(details, "error")
    return _line(
        response["status"],
        details.get("reason"),
        error.get("code") or error.get("type"),
        error.get("message"),
        _usage(response.get("usage")),
        response.get("id"),
    )


def _usage(usage: Any) -> str:
    if not isinstance(usage, dict) or not usage:
        return ""
    if "seconds" in usage:
        return f"{usage['seconds']} s"
    taken, cached = usage.get("input_tokens"), _dict(usage, "input_token_details")
    kept = cached.get("cached_tokens")
    given = f"in={taken} (cached {kept})" if kept else f"in={taken}"
    return f"{given} out={usage.get('output_tokens')}"


def _limit(limit: Any) -> str:
    if not isinstance(limit, dict):
        return str(limit)
    left = f"{limit.get('name')} {limit.get('remaining')} of {limit.get('limit')}"
    return f"{left}, whole in {limit.get('reset_seconds')} s"


def _dict(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _line(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


_TOLD = {
    "error": _error,
    "session": _session,
    "item": _item,
    "response": _response,
    "part": _part,
}
