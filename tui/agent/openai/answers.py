"""What a response holds: replies to what stands unanswered in a conversation. Pure.

Words decide, as everywhere in this agent; the functions that can be called are those that the
client has declared.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from tui.agent.openai.errors import FAILURES
from tui.agent.openai.items import Item
from tui.agent.openai.settings import (
    DEFAULT_INSTRUCTIONS,
    FunctionChoice,
    FunctionTool,
    Json,
    McpTool,
    ToolChoice,
    Tools,
)
from tui.agent.profile import Agent, AgentTool, Parameter
from tui.agent.responder.languages import PHRASES, base
from tui.agent.responder.persona import Persona
from tui.agent.responder.replies import CallMcp, CallTool, Reply, Say
from tui.agent.responder.responder import FIRST_MESSAGE, LOOKUP_ORDER, UNKNOWN, Responder
from tui.agent.responder.triggers import arguments_for, found

_WORD_FOR_WORD = re.compile(
    r"\b(?:say|speak|repeat|read|greet|open with)\b[^\"“]*[\"“](?P<words>.+)[\"”]", re.I | re.S
)
_EXACT = re.compile(
    r"\b(?:exactly|word for word|verbatim)\b[^:\n]*:\s*(?P<words>\S.*)", re.I | re.S
)
_KINDS = ("string", "number", "integer", "boolean")
_USES = ("function_call", "mcp_call", "mcp_approval_request")
_RESULTS = ("function_call_output", "mcp_call", "mcp_approval_response")


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be answered, and by whom."""

    agent: Agent
    context: tuple[Item, ...]
    instructions: str
    own_instructions: str | None = None
    """Those of this response alone."""
    tools: Tools = ()
    tool_choice: ToolChoice = "auto"
    parallel: bool = True
    language: str = "en"


def replies(now: Situation) -> tuple[Reply, ...]:
    if exact := _word_for_word(now.own_instructions or ""):
        return (Say(exact),)
    responder = Responder(persona=_persona(now))
    for item in now.context:
        if item.role == "system":
            responder.learn(item.text(), item.id)
    unsaid = _unanswered(now.context, used=False)
    results = [i for i in unsaid if i.type in _RESULTS and i.body.get("approve") is not True]
    asked = [i for i in _unanswered(now.context, used=True) if i.role == "user"]
    if results:
        told = [_result(item, now.context, responder) for item in results]
        said = Say(" ".join(r.text for r in told if isinstance(r, Say)))
        return (said, *(_answers(asked, now, responder) if asked else ()))
    asked = asked or [i for i in now.context if i.role == "user"][-1:]
    if not asked:
        return (responder.in_character(Say(_greeting(now))),)
    return _answers(asked, now, responder)


def _answers(asked: Sequence[Item], now: Situation, responder: Responder) -> tuple[Reply, ...]:
    if images := [p["image_url"] for p in asked[-1].parts if p["type"] == "input_image"]:
        return (Say(" ".join(_about_image(url) for url in images)),)
    return _to([item.text() for item in asked], now, responder)


def _word_for_word(instructions: str) -> str:
    """What is to be said as it stands, "" where nothing is."""
    exact = _EXACT.search(instructions)
    words = exact["words"].strip() if exact else ""
    if words and not re.fullmatch(r"[\"“].*[\"”]", words, re.S):
        return words
    quoted = _WORD_FOR_WORD.search(instructions)
    return quoted["words"].strip() if quoted else words.strip('"“”')


def _to(texts: Sequence[str], now: Situation, responder: Responder) -> tuple[Reply, ...]:
    """The last of `texts` counts; where it says nothing by itself, it is the rest of a sentence."""
    text = texts[-1]
    if len(texts) > 1 and _is_unknown(responder.respond(text)):
        text = " ".join(texts)
    functions = [t for t in now.tools if isinstance(t, FunctionTool)]
    if forced := _forced(now.tool_choice, functions):
        return (CallTool(forced.name, arguments_for(_as_agent_tool(forced, ()), text)),)
    first = responder.respond(text)
    all_of = [first]
    if isinstance(first, CallTool):
        all_of += _further(first, text, responder)
    called = [_declared(reply, now, functions) for reply in all_of]
    return tuple(called if now.parallel else called[:1])


def _further(first: CallTool, text: str, responder: Responder) -> list[CallTool]:
    """The calls that go on behind an "and": "order 7 and order 8", but not "a hundred and one"."""
    found: list[CallTool] = []
    for part in re.split(r"\band\b", text)[1:]:
        reply = responder.respond(part)
        if first.name == LOOKUP_ORDER and re.search(r"\d|\border", part):
            number = re.sub(r"\borders?\b", "", part)
            reply = responder.respond(f"check order {number}")
        if isinstance(reply, CallTool) and reply not in (first, *found):
            found.append(reply)
    return found


def _is_unknown(reply: Reply) -> bool:
    return isinstance(reply, Say) and UNKNOWN in reply.text


def _declared(reply: Reply, now: Situation, functions: Sequence[FunctionTool]) -> Reply:
    """Orders are looked up by whichever function has them in its name."""
    if not isinstance(reply, CallTool) or reply.name != LOOKUP_ORDER:
        return reply
    if now.tool_choice == "none":
        functions = ()
    function = next((f for f in functions if "order" in f.name.lower()), None)
    if function is None:
        return Say("I can't check orders: no function for it is declared.")
    properties = _properties(function)
    names = list(properties) or ["id"]
    key = next((n for n in names if n == "id"), names[0])
    number = str(next(iter(reply.parameters.values()), ""))
    kind = _kind(properties.get(key))
    is_number = kind in ("integer", "number") and number.isdigit()
    return CallTool(function.name, {key: int(number) if is_number else number})


def _forced(choice: ToolChoice, functions: Sequence[FunctionTool]) -> FunctionTool | None:
    if choice == "required":
        return functions[0] if len(functions) == 1 else None
    if isinstance(choice, FunctionChoice):
        return next((f for f in functions if f.name == choice.name), None)
    return None


def _result(item: Item, context: Sequence[Item], responder: Responder) -> Reply:
    if item.type == "mcp_approval_response":
        return Say("I did not search: the user denied it.")
    if item.type == "mcp_call":
        parameters = msgspec.json.decode(item.body["arguments"])
        return Say(found(CallMcp(item.body["server_label"], item.body["name"], parameters)))
    asked = next((i for i in context if i.body.get("call_id") == item.body["call_id"]), item)
    name, output = str(asked.body.get("name", "The tool")), item.body["output"]
    arguments, value = _decoded(asked.body.get("arguments") or "{}"), _decoded(output)
    # Nothing on the wire says that a function failed: clients write it into its output.
    failed = output.lower().startswith("error") or (isinstance(value, dict) and "error" in value)
    if "order" in name.lower():
        number = next(iter(arguments.values()), "") if isinstance(arguments, dict) else ""
        return responder.tool_answered(CallTool(LOOKUP_ORDER, {"id": number}), output, failed)
    return responder.tool_answered(CallTool(name, {}), output, failed)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _unanswered(context: Sequence[Item], *, used: bool) -> list[Item]:
    """What no words of the assistant's answer; with `used`, and no call was made for either.

    What came while a response went on stands before its words, and is not answered by them."""
    found, answers = list[Item](), list[Item]()
    for item in reversed(context):
        if all(one.knew is not None and item.id not in one.knew for one in answers):
            found.append(item)
        if item.role == "assistant" or (used and item.type in _USES):
            answers.append(item)
    return found[::-1]


def _persona(now: Situation) -> Persona:
    instructions = now.own_instructions or now.instructions
    functions = [t for t in now.tools if isinstance(t, FunctionTool)]
    own = {tool.name: tool.triggers for tool in now.agent.tool}
    tools = [_as_agent_tool(f, own.get(f.name, ())) for f in functions]
    return Persona(
        prompt="" if instructions == DEFAULT_INSTRUCTIONS else instructions,
        language=now.language,
        tools=() if now.tool_choice == "none" else tuple(tools),
        mcp=now.agent.mcp or any(isinstance(t, McpTool) for t in now.tools),
        failures=frozenset(FAILURES),
    )


def _as_agent_tool(function: FunctionTool, triggers: tuple[str, ...]) -> AgentTool:
    """The function's own name, in words, calls it."""
    properties = _properties(function)
    parameters = {name: Parameter(type=_kind(about)) for name, about in properties.items()}
    named = (function.name, re.sub(r"[_.-]+", " ", function.name))
    return AgentTool(name=function.name, triggers=(*named, *triggers), parameters=parameters)


def _properties(function: FunctionTool) -> Json:
    """Its parameters, as far as the schema is one."""
    found = function.parameters.get("properties")
    return found if isinstance(found, dict) else {}


def _kind(about: object) -> Any:
    kind = about.get("type") if isinstance(about, dict) else None
    return kind if kind in _KINDS else "string"


def _greeting(now: Situation) -> str:
    if now.agent.first_message:
        return now.agent.first_message
    phrases = PHRASES.get(base(now.language))
    return phrases.first_message if phrases else FIRST_MESSAGE


def _about_image(url: str) -> str:
    image = re.match(r"data:(?P<mime>[\w/+.-]+);base64,(?P<data>.*)", url, re.S)
    if not image:
        return f"I was told of an image at {url[:80]}, but I can't fetch it."
    return f"I have your image: {image['mime']}, {len(image['data']) * 3 // 4} bytes."


def server_of(tools: Tools) -> McpTool | None:
    """The MCP server that the client has declared."""
    return next((t for t in tools if isinstance(t, McpTool)), None)
