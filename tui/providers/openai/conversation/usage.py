"""What a conversation costs in tokens and time, as an OpenAI Realtime server counts it.

Knows the objects that hold figures; no prices.
"""

import math
from typing import Any

from msgspec.structs import replace

from tui.events import RateLimit, RateLimitsReported, Tokens, UsageReported
from tui.providers import lenient
from tui.providers.openai.server_frames import object_in, objects_in, text_in, whole_in


def of_response(reply_id: str, usage: dict[str, Any], model: str) -> tuple[UsageReported, ...]:
    """Nothing where a server counts nothing: for a response that failed, or never."""
    fresh, given = object_in(usage, "input_token_details"), object_in(usage, "output_token_details")
    into = _tokens(fresh, whole_in(usage, "input_tokens"))
    out = _tokens(given, whole_in(usage, "output_tokens"))
    if not (into.total or out.total):
        return ()
    cached, estimated = _cached(fresh, into)
    reported = UsageReported(
        reply_id=reply_id,
        model=model,
        input=into,
        cached=cached,
        output=out,
        estimated=estimated,
    )
    return (reported,)


def of_transcript(turn_id: str, usage: dict[str, Any], model: str) -> tuple[UsageReported, ...]:
    """By tokens or by time, as its model is charged."""
    told = UsageReported(user_turn_id=turn_id, model=model)
    if text_in(usage, "type") == "duration":
        seconds = _real(usage.get("seconds"))
        return (replace(told, seconds=seconds),) if seconds else ()
    into = _tokens(object_in(usage, "input_token_details"), whole_in(usage, "input_tokens"))
    out = Tokens(text=whole_in(usage, "output_tokens") or 0)
    if not (into.total or out.total):
        return ()
    return (replace(told, input=into, output=out),)


def limits(data: dict[str, Any]) -> RateLimitsReported:
    found = (
        RateLimit(
            text_in(one, "name"),
            whole_in(one, "limit") or 0,
            whole_in(one, "remaining") or 0,
            _real(one.get("reset_seconds")) or 0.0,
        )
        for one in objects_in(data, "rate_limits")
    )
    return RateLimitsReported(limits=tuple(found))


def _tokens(details: dict[str, Any], total: int | None = None) -> Tokens:
    """What is in no detail is text."""
    text, audio, image = (
        whole_in(details, f"{name}_tokens") or 0 for name in ("text", "audio", "image")
    )
    return Tokens(text + max((total or 0) - text - audio - image, 0), audio, image)


def _cached(details: dict[str, Any], into: Tokens) -> tuple[Tokens, bool]:
    """Where nobody says what the cached ones are of, they are text first; that is a guess."""
    told = object_in(details, "cached_tokens_details")
    count = whole_in(details, "cached_tokens") or 0
    if told or not count:
        return _tokens(told), False
    text = min(count, into.text)
    audio = min(count - text, into.audio)
    return Tokens(text, audio, min(count - text - audio, into.image)), True


def _real(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    number = lenient.real(value)
    return number if number is not None and math.isfinite(number) else None
