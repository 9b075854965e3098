"""What an agent is: its text, voice, permissions, tools and limits, and how it is read from TOML.

Knows files and shapes; not how any of it is acted on. A mistake in a file is told with the file,
the agent and the key.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tui.agent.admission import LOCAL_AGENT
from tui.events import AudioFormat, Encoding

EVERYTHING = "all"
Positive = Annotated[float, msgspec.Meta(gt=0)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Format = Literal[
    "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000"
]
FORMATS = {
    str(f): f
    for f in (
        *(AudioFormat(Encoding.PCM, r) for r in (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)),
        AudioFormat(Encoding.ULAW, 8_000),
    )
}
"""By those names: signed 16-bit little-endian, and G.711; always mono."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TOML table in which a misspelt key is a mistake."""


class Parameter(_Table, frozen=True):
    type: Literal["string", "number", "integer", "boolean"] = "string"
    description: str = ""
    required: bool = True


class AgentTool(_Table, frozen=True):
    """A client tool. A user's turn with one of `triggers` in it calls the tool."""

    name: Name
    triggers: tuple[str, ...]
    description: str = ""
    parameters: dict[str, Parameter] = {}
    expects_response: bool = True
    timeout_s: Annotated[int, msgspec.Meta(ge=1, le=120)] = 20


class Queue(_Table, frozen=True):
    """The agent is busy: a caller waits, and is then admitted or not."""

    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)]
    admits: bool = True


class Agent(_Table, frozen=True):
    id: Name
    name: str = ""
    first_message: str | None = None
    """None: the greeting of its language; "": it waits for the user."""
    prompt: str = ""
    language: str = "en"
    voice_id: str | None = None
    text_only: bool = False
    permits: tuple[str, ...] = ()
    """Paths of overrides, such as `agent.first_message`; `all` for everything."""
    refusal: Literal["silent", "error", "client_error"] = "silent"
    """Which frame goes before the close when an override is not permitted."""
    private: bool = False
    """It needs a signed URL."""
    max_duration_seconds: Positive | None = None
    input_format: Format = "pcm_16000"
    output_format: Format = "pcm_16000"
    variables: dict[str, str | int | float | bool] = {}
    """Dynamic variables that have a default; others that its texts name are required."""
    tool: tuple[AgentTool, ...] = ()
    mcp: bool = False
    """It has an MCP server, the library."""
    queue: Queue | None = None

    def may(self, path: str) -> bool:
        """Is the override at `path` permitted?"""
        return EVERYTHING in self.permits or path in self.permits


class AgentsError(Exception):
    """A file of agents that can't be followed; the text says where."""


class Agents:
    """Agents by id. An id that nobody defined is served like `local`, under its own name."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        self._agents = {agent.id: agent for agent in agents}

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def known(self, agent_id: str) -> Agent | None:
        return self._agents.get(agent_id)

    def find(self, agent_id: str) -> Agent:
        found = self._agents.get(agent_id)
        if found is not None:
            return found
        local = self._agents[LOCAL_AGENT]
        # Kept by hand: the name decides which undefined agents need a signed URL.
        return msgspec.structs.replace(local, id=agent_id, private=agent_id.startswith("private"))

    def with_file(self, path: Path) -> "Agents":
        """These and those of a TOML file, which win. Raises AgentsError."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AgentsError(f"{path}: {error}") from None
        return Agents([*self._agents.values(), *read_agents(text, str(path))])


def built_in() -> Agents:
    text = files("tui.agent").joinpath("agents.toml").read_text(encoding="utf-8")
    return Agents(read_agents(text, "agents.toml"))


def read_agents(text: str, where: str) -> list[Agent]:
    """The `[[agent]]` tables of a TOML text; `where` names it in complaints. Raises AgentsError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AgentsError(f"{where}: {error}") from None
    found = tables.pop("agent", None)
    if tables or not isinstance(found, list) or not found:
        raise AgentsError(f"{where}: write one or more [[agent]] tables, and nothing else")
    return [_agent(table, f"{where}: agent {n}") for n, table in enumerate(found, 1)]


def _agent(table: dict[str, Any], where: str) -> Agent:
    try:
        return msgspec.convert(table, Agent)
    except msgspec.ValidationError as error:
        raise AgentsError(f"{where}: {complaint(error)}") from None


def complaint(error: msgspec.ValidationError) -> str:
    """The message with the key in front: "tool[0].name: Expected `str`, got `int`"."""
    text = re.sub(r"Object missing required field `(\w+)`", r"\1 is missing", str(error))
    message, at, path = text.partition(" - at `")
    key = re.sub(r"^\$\.?|`$", "", path) if at else ""
    return f"{key}: {message}" if key else message
