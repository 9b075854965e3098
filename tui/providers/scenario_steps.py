"""Recorded frames as steps of a scenario (TOML), whatever the protocol.

Knows the keys that scenarios have (docs/local-agent.md) and how TOML is written; no frame.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from tui.provider import Recorded

SHORTEST_DELAY_MS = 20
LONGEST_DELAY_MS = 600_000
DEEPEST = 20


def scenario_text(
    head: Sequence[str], frames: Sequence[Recorded], step_of: Callable[[Recorded], str]
) -> str:
    """What the agent sent is sent at its own distances. `step_of` gives "" for a frame without a
    step. Raises ValueError where nothing in `frames` can be acted out."""
    steps: list[str] = []
    before_ns = 0
    for frame in frames:
        step = step_of(frame)
        if not step:
            continue
        if frame.received and before_ns:
            steps += _pause(frame.time_ns - before_ns)
        steps.append(step)
        before_ns = frame.time_ns
    if not steps:
        raise ValueError("nothing in this selection can be acted out: it has no agent's frames")
    return "\n".join(head) + "\n" + "".join(f"\n[[step]]\n{step}\n" for step in steps)


def sent_again(text: str) -> str:
    """The step that sends that frame as it was."""
    value = object_of(text)
    if value is None or not fits_toml(value):
        return f"send_text = {toml(text)}"
    return f"send = {toml(value)}"


def awaited(kind: str, contains: Any = None) -> str:
    """The step that waits for a frame of the client; `contains`: text that is in it."""
    step = f"wait_for = {toml(kind)}"
    named = isinstance(contains, str) and contains
    return f"{step}\ncontains = {toml(contains)}" if named else step


def _pause(elapsed_ns: int) -> list[str]:
    ms = min(round(elapsed_ns / 1e6), LONGEST_DELAY_MS)
    return [f"delay_ms = {ms}"] if ms >= SHORTEST_DELAY_MS else []


def object_of(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def fits_toml(value: Any, depth: int = 0) -> bool:
    """TOML has no null and no numbers without end, and nobody reads a very deep line."""
    if isinstance(value, dict | list) and depth < DEEPEST:
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        return all(fits_toml(item, depth + 1) for item in inside)
    if isinstance(value, str):  # half a surrogate pair stands in no file
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and -(2**63) <= value < 2**63


def toml(value: Any) -> str:
    """`value` as an inline TOML value; strings with every odd character escaped."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case list():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case dict():
            inside = ", ".join(f"{_string(key)} = {toml(item)}" for key, item in value.items())
            return f"{{ {inside} }}" if inside else "{ }"
        case _:
            return repr(value)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but for the pairs that JSON makes of rare characters, and DEL.
    quoted = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return quoted.replace("\x7f", "\\u007f")
