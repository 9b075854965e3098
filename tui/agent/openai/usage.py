"""What a response costs, in tokens, from the lengths of real audio and text. Pure.

Audio counts as the hosted service was measured to count it: 1 token for 100 ms heard, 1 for 50 ms
spoken. Text is taken as 4 characters a token, an image as 85.
"""

import math
from collections.abc import Iterable
from typing import Any

import msgspec

HEARD_MS, SPOKEN_MS = 100, 50
CHARACTERS = 4
IMAGE = 85
CACHE_STEP = 64
"""Cached tokens come in whole blocks."""
LIMIT = 15_000_000
"""Tokens a minute, as the hosted service tells of its largest tier."""


class Tokens(msgspec.Struct, frozen=True):
    text: int = 0
    audio: int = 0
    image: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.text + other.text, self.audio + other.audio, self.image + other.image)

    @property
    def total(self) -> int:
        return self.text + self.audio + self.image

    def cached(self, before: "Tokens") -> "Tokens":
        """The part that was there already when the last response was asked for."""
        return Tokens(*(_blocks(min(now, then)) for now, then in zip(_of(self), _of(before),
                                                                     strict=True)))  # fmt: skip


class Stopped(Exception):
    """A response ends here, `incomplete` for that reason."""


class Made:
    """What was generated, up to a limit of tokens ("inf": none)."""

    def __init__(self, limit: int | str) -> None:
        self._limit = limit
        self._chars, self._ms = 0, 0.0

    @property
    def tokens(self) -> Tokens:
        return Tokens(math.ceil(self._chars / CHARACTERS), spoken_tokens(self._ms))

    def count(self, text: int = 0, ms: float = 0.0) -> None:
        """Raises Stopped where this would be more than was asked for."""
        before = self._chars, self._ms
        self._chars, self._ms = self._chars + text, self._ms + ms
        if isinstance(self._limit, int) and self.tokens.total > self._limit:
            self._chars, self._ms = before
            raise Stopped("max_output_tokens")


def text_tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS)


def heard_tokens(ms: float) -> int:
    return math.ceil(ms / HEARD_MS)


def spoken_tokens(ms: float) -> int:
    return math.ceil(ms / SPOKEN_MS)


def summed(all_of: Iterable[Tokens]) -> Tokens:
    return sum(all_of, Tokens())


def usage(taken: Tokens, cached: Tokens, given: Tokens) -> dict[str, Any]:
    """`taken`: of the context; `given`: of what was generated."""
    return {
        "total_tokens": taken.total + given.total,
        "input_tokens": taken.total,
        "output_tokens": given.total,
        "input_token_details": _by_kind(taken)
        | {"cached_tokens": cached.total, "cached_tokens_details": _by_kind(cached)},
        "output_token_details": {"text_tokens": given.text, "audio_tokens": given.audio},
    }


def rate_limits(left: int) -> list[dict[str, Any]]:
    reset = round((LIMIT - left) / LIMIT * 60, 3)
    return [{"name": "tokens", "limit": LIMIT, "remaining": left, "reset_seconds": reset}]


def _by_kind(tokens: Tokens) -> dict[str, int]:
    return {f"{kind}_tokens": n for kind, n in msgspec.structs.asdict(tokens).items()}


def _of(tokens: Tokens) -> tuple[int, int, int]:
    return tokens.text, tokens.audio, tokens.image


def _blocks(count: int) -> int:
    return count // CACHE_STEP * CACHE_STEP
