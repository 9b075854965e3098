"""What a protocol of the agent is to the server, and what the server has for it.

Knows HTTP and sockets; no frame of any protocol. Which protocols there are is in `protocols.py`.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from aiohttp import web

from tui.agent.admission import Admission, Refusal
from tui.agent.call_store import Call, CallStore
from tui.agent.log import Complaints
from tui.agent.profile import Agent, Agents
from tui.agent.protocols import NAMES
from tui.agent.scenarios.scenario import Scenario, packaged
from tui.agent.speech.loaded import LoadedSpeech


class Problem(Exception):
    """A request that is refused; the protocol words it."""

    def __init__(self, http: int, status: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.refusal = Refusal(http, status, message, field)


def require(refusal: Refusal | None) -> None:
    """Raises Problem for a refusal."""
    if refusal:
        raise Problem(refusal.http, refusal.status, refusal.message, refusal.field)


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that was let in."""

    socket: web.WebSocketResponse
    call: Call
    complaints: Complaints


Talk = Callable[[Held], Awaitable[None]]
"""Holds the conversation until either side ends it. May raise Over, alone or in a group."""
NeedKey = Callable[[web.Request], None]
"""Raises Problem for a request without the account's key."""
Hold = Callable[["Protocol", web.Request, Agent, Talk], Awaitable[web.WebSocketResponse]]
"""Makes a request's socket a conversation, or closes it where there are too many."""


@dataclass(frozen=True, slots=True)
class Services:
    """What all conversations share."""

    speech: LoadedSpeech
    agents: Agents
    admission: Admission
    call_store: CallStore
    hold: Hold
    strict: bool = False
    """Malformed client frames end the conversation."""
    idle_s: float | None = None
    """Seconds without user input after which a conversation is closed; None: never."""
    scenario: Scenario | None = None
    """What every conversation of its protocol acts out."""


class Protocol(ABC):
    name: ClassVar[str]
    key_header: ClassVar[str]
    subprotocols: ClassVar[tuple[str, ...]] = ()
    """Of the WebSocket: the first that is offered is selected."""
    busy_code: ClassVar[int] = 1013
    """Closes a socket when there are too many conversations (RFC 6455's registry)."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @abstractmethod
    def routes(self) -> Sequence[web.RouteDef]:
        """Of its socket and its REST API; a handler refuses by raising Problem."""

    @abstractmethod
    def refused(self, refusal: Refusal) -> web.Response:
        """The refusal as this protocol's clients read it."""

    @abstractmethod
    def socket_url(self, base: str, agent_id: str, token: str | None = None) -> str:
        """Where a conversation with the agent starts. `base`: ws://host:port; `token`: a signature
        of `Admission.sign` that lets in whoever has the URL."""

    def key_of(self, request: web.Request) -> str | None:
        return request.headers.get(self.key_header)

    def need_key(self, request: web.Request) -> None:
        """Raises Problem for a request without the account's key."""
        admission, key = self.services.admission, self.key_of(request)
        require(admission.refuse_key(key, time.time(), self.key_header))

    def scenario_of(self, request: web.Request) -> Scenario | None:
        """The packaged one that the URL names (`?scenario=NAME`), else the command line's. Raises
        Problem for a name that none has."""
        name, scenario = request.query.get("scenario"), self.services.scenario
        if name is None:
            return scenario if scenario and scenario.head.protocol == self.name else None
        if (found := packaged(name, self.name)) is None:
            raise Problem(404, "scenario_not_found", "No scenario has this name.")
        return found


def load_protocols() -> tuple[type[Protocol], ...]:
    return tuple(import_module(f"tui.agent.{name}.protocol").PROTOCOL for name in NAMES)
