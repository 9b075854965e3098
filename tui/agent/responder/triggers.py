"""Words that make the agent show a part of the protocol: tools, approvals, reasoning, errors.

Pure: a turn's text and a persona in, a reply or None out.
"""

import re
from typing import Any

from tui.agent.profile import AgentTool
from tui.agent.responder.number_words import read_digits, read_number
from tui.agent.responder.persona import Persona
from tui.agent.responder.replies import Block, CallMcp, CallTool, Fail, Reply, Think

LIBRARY = "library"
SEARCH = "search"
BOOKS = ("The Lighthouse", "A History of Bells", "Fog at Sea")
"""What the library holds, whatever is searched for."""
_SEARCH = re.compile(r"\bsearch the library for\s+(?P<query>.+)", re.I)
_THINK = re.compile(r"\bthink aloud about\s+(?P<topic>.+)", re.I)
_FAIL = re.compile(
    r"\bfail with (?:a |an |the )?(?P<client>client error )?(?P<kind>[a-z_ ]+)", re.I
)
_FORBIDDEN = re.compile(r"\bforbidden (?:word|topic)\b", re.I)


def triggered(text: str, persona: Persona) -> Reply | None:
    """What the words of a turn set off."""
    for tool in persona.tools:
        if (at := _trigger_end(tool, text)) is not None:
            return CallTool(tool.name, arguments_for(tool, text[at:]), tool.expects_response,
                            tool.timeout_s)  # fmt: skip
    if persona.mcp and (search := _SEARCH.search(text)):
        return CallMcp(LIBRARY, SEARCH, {"query": _words(search["query"])})
    if thought := _THINK.search(text):
        return _thinking(_words(thought["topic"]))
    if _FORBIDDEN.search(text):
        return Block("forbidden_topic", "I may not talk about that.")
    return _failure(text, persona)


def _thinking(topic: str) -> Think:
    steps = (
        f"The user wants to hear about {topic}.",
        f" I know little about {topic}.",
        " So be it.",
    )
    return Think(steps, f"I have thought about {topic}, and it is a good subject.")


def _failure(text: str, persona: Persona) -> Fail | None:
    if not (found := _FAIL.search(text)):
        return None
    kind = re.sub(r"\s+", "_", found["kind"].strip().lower())
    return Fail(kind, bool(found["client"])) if kind in persona.failures else None


def _trigger_end(tool: AgentTool, text: str) -> int | None:
    """Where the words behind the tool's trigger begin."""
    for trigger in tool.triggers:
        if found := re.search(rf"\b{re.escape(trigger)}\b", text, re.I):
            return found.end()
    return None


def arguments_for(tool: AgentTool, rest: str) -> dict[str, Any]:
    """Numbers are taken in the order they come; text is all that stands behind the trigger."""
    wanted = [p.type for p in tool.parameters.values() if p.type in ("integer", "number")]
    numbers = _numbers(rest, as_one=wanted == ["integer"])
    filled: dict[str, Any] = {}
    for name, parameter in tool.parameters.items():
        match parameter.type:
            case "integer":
                filled[name] = round(float(numbers.pop(0))) if numbers else 0
            case "number":
                filled[name] = float(numbers.pop(0)) if numbers else 0.0
            case "boolean":
                filled[name] = not re.search(r"\b(?:no|not|off|don't)\b", rest, re.I)
            case _:
                filled[name] = _words(rest)
    return filled


def _numbers(rest: str, *, as_one: bool) -> list[str]:
    """In digits or in words; `as_one`: "one zero zero nine" and "10 09" are 1009."""
    words = re.findall(r"-?\d+(?:\.\d+)?|[a-z]+", rest.lower())
    found: list[str] = []
    while words:
        number = read_number([words[0].lstrip("-"), *words[1:]])
        if number is None:
            words = words[1:]
        elif as_one and (digits := read_digits(words)):
            return [digits]
        else:
            value, count = number
            found.append(words[0] if words[0][-1].isdigit() else f"{value:.0f}")
            words = words[count:]
    return found


def found(call: CallMcp) -> str:
    """What the agent says of a search that was approved."""
    query = call.parameters["query"]
    return f"The library has {len(BOOKS)} books on {query}: {', '.join(BOOKS)}."


def _words(text: str) -> str:
    return text.strip().strip(" .!?,:;\"'")
