"""What an agent is asked to do differently, before a call: the provider-neutral set-up.

Knows fields and their limits; no provider, no socket, no screen. Everything is optional: what is
None is left out of the wire, because an empty or null override is an override too.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Variable = str | int | float | bool | list[Any] | None
"""Lists may hold anything that JSON has."""


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One conversation's wishes; also what a profile in the configuration holds."""

    agent_id: str | None = None
    """Another agent than the configured one."""
    first_message: str | None = None
    """"" lets the user begin."""
    prompt: str | None = None
    language: str | None = None
    llm: str | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0.0, le=2.0)] | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    voice_id: str | None = None
    stability: Share | None = None
    similarity_boost: Share | None = None
    speed: Annotated[float, msgspec.Meta(ge=0.7, le=5.0)] | None = None
    keywords: tuple[str, ...] = ()
    """Words that the recogniser should expect."""
    text_only: bool | None = None
    max_duration_seconds: Annotated[int, msgspec.Meta(ge=1)] | None = None
    soft_timeout_message: str | None = None
    """What the agent says when its answer takes long."""
    dynamic_variables: dict[str, Variable] = {}
    user_id: str | None = None
    environment: str | None = None
    branch_id: str | None = None
    extra_body: dict[str, Any] = {}
    """Sent to a custom LLM as it is, beside temperature and max_tokens."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must not be written anywhere: `secret__` variables carry credentials."""
        found = self.dynamic_variables.items()
        secret = [value for name, value in found if name.startswith("secret__")]
        return tuple(str(leaf) for value in secret for leaf in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    """What a value is made of, without recursion: its depth is the user's own."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case list(items):
                waiting.extend(items)
            case dict(fields):
                waiting.extend(fields.values())
            case None:
                pass
            case leaf:
                yield leaf
