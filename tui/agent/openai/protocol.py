"""The protocol's paths: its socket, the minting of client secrets, who is let in.

Knows HTTP; a conversation is in `conversation.py`. What is refused is told on the socket, by an
`error` and a close, as the hosted service does.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from tui.agent.admission import LOCAL_AGENT, Refusal
from tui.agent.openai.conversation import HOUR_S, Conversation
from tui.agent.openai.errors import REFUSED, UNAUTHORISED, Mistake
from tui.agent.openai.link import Connection, new_id
from tui.agent.openai.scenario_runner import ScenarioRunner
from tui.agent.openai.settings import Settings, Table, at_start, described, updated
from tui.agent.profile import Agent
from tui.agent.protocol import Held, Problem, Protocol, Services

SOCKET_PATH = "/v1/realtime"
SECRETS_PATH = f"{SOCKET_PATH}/client_secrets"
MODELS_PATH = "/v1/models"
PREFIX = "ek_"
"""Of a client secret."""
KEY_PROTOCOL = "openai-insecure-api-key."
"""A sub-protocol that brings the key of a browser, which can't set headers."""
BETA_PROTOCOL = "openai-beta."
MODEL = "gpt-realtime-2.1"
KEPT = 200
"""Secrets whose settings are remembered; older ones still let in."""


class Expiry(Table, frozen=True):
    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, msgspec.Meta(ge=10, le=7200)] = 600


class Minting(Table, frozen=True):
    expires_after: Expiry = Expiry()
    session: dict[str, Any] = msgspec.field(default_factory=dict)


class OpenAI(Protocol):
    name = "openai"
    key_header = "Authorization"
    subprotocols = ("realtime",)

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._minted: dict[str, dict[str, Any]] = {}
        """What was asked for with each client secret."""

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get(SOCKET_PATH, self._converse),
            web.post(SECRETS_PATH, self._mint),
            web.get(MODELS_PATH, self._models),
            web.get(f"{MODELS_PATH}/{{model}}", self._model),
        ]

    def refused(self, refusal: Refusal) -> web.Response:
        error = {
            "message": refusal.message,
            "type": "invalid_request_error",
            "param": refusal.field or None,
            "code": refusal.status,
        }
        return web.json_response({"error": error}, status=refusal.http)

    def socket_url(self, base: str, agent_id: str, token: str | None = None) -> str:
        query = {"model": agent_id} | ({"client_secret": f"{PREFIX}{token}"} if token else {})
        return f"{base}{SOCKET_PATH}?{urlencode(query)}"

    def key_of(self, request: web.Request) -> str | None:
        scheme, _, key = request.headers.get(self.key_header, "").partition(" ")
        if scheme.lower() == "bearer" and key.strip():
            return key.strip()
        offered = (p for p in _offered(request) if p.startswith(KEY_PROTOCOL))
        found = next(offered, "").removeprefix(KEY_PROTOCOL)
        return found or request.query.get("client_secret")

    # ── Client secrets ───────────────────────────────────────────────────────────────────────────

    async def _mint(self, request: web.Request) -> web.StreamResponse:
        self.need_key(request)
        try:
            wanted = msgspec.json.decode(await request.read() or b"{}", type=Minting)
        except msgspec.DecodeError as error:
            raise Problem(400, "invalid_value", str(error)) from None
        model = str(wanted.session.get("model") or MODEL)
        patch = {"type": "realtime"} | {k: v for k, v in wanted.session.items() if k != "model"}
        try:
            settings = updated(at_start(self.services.agents.find(model), model), patch)
        except Mistake as mistake:
            raise Problem(400, mistake.code, str(mistake), mistake.param or "") from None
        now, seconds = time.time(), wanted.expires_after.seconds
        secret = f"{PREFIX}{self.services.admission.sign(LOCAL_AGENT, now, seconds)}"
        self._minted[secret] = patch
        while len(self._minted) > KEPT:
            del self._minted[next(iter(self._minted))]
        session = described(settings, new_id("sess"), int(now + HOUR_S))
        answer = {"value": secret, "expires_at": int(now) + seconds, "session": session}
        return web.json_response(answer)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        """Any name is served: these are the agents, and what clients ask for unless told."""
        self.need_key(request)
        names = dict.fromkeys([MODEL, *(agent.id for agent in self.services.agents)])
        return web.json_response({"object": "list", "data": [_model(name) for name in names]})

    async def _model(self, request: web.Request) -> web.StreamResponse:
        self.need_key(request)
        return web.json_response(_model(request.match_info["model"]))

    # ── Conversations ────────────────────────────────────────────────────────────────────────────

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        services, model = self.services, request.query.get("model", "")
        agent, scenario = services.agents.find(model or LOCAL_AGENT), self.scenario_of(request)
        refusal = self._refusal(request)

        async def talk(held: Held) -> None:
            call, transport = held.call, request.transport
            link = Connection(held.socket, held.complaints, services.strict)
            if refusal:
                services.call_store.remove(call.id)
                await link.turn_away(*refusal)
            settings = self._settings(request, agent, model)
            if scenario and isinstance(transport, asyncio.Transport):
                await ScenarioRunner(
                    link,
                    call,
                    scenario,
                    speech=services.speech,
                    transport=transport,
                    settings=settings,
                ).run()
            else:
                await Conversation(
                    link,
                    call,
                    speech=services.speech,
                    agent=agent,
                    settings=settings,
                    idle_s=services.idle_s,
                    strict=services.strict,
                ).run()

        return await services.hold(self, request, agent, talk)

    def _settings(self, request: web.Request, agent: Agent, model: str) -> Settings:
        return updated(
            at_start(agent, model),
            self._minted.get(self.key_of(request) or "", {"type": "realtime"}),
        )

    def _refusal(self, request: web.Request) -> tuple[Mistake, int] | None:
        """Why no conversation is held, and the close that says so."""
        query = request.query
        beta = request.headers.get("OpenAI-Beta", "").startswith("realtime")
        if beta or any(p.startswith(BETA_PROTOCOL) for p in _offered(request)):
            words = "The beta shape of this API is no longer served: leave out OpenAI-Beta."
            return Mistake("beta_api_shape_disabled", words), REFUSED
        if refused := self._refuse_key(self.key_of(request), query.get("model", "")):
            return Mistake("invalid_api_key", refused.message), UNAUTHORISED
        if query.get("intent"):
            return Mistake("invalid_intent", "Sessions of that intent are not held here."), REFUSED
        if "call_id" in query:
            return Mistake("invalid_call_id", "There is no such call.", "call_id"), REFUSED
        if not query.get("model"):
            return Mistake("missing_model", "You must provide a model parameter.", "model"), REFUSED
        return None

    def _refuse_key(self, key: str | None, model: str) -> Refusal | None:
        """As with the other protocol, who has none may talk to a public agent."""
        admission, now = self.services.admission, time.time()
        if not key:
            return admission.refuse_conversation(model or LOCAL_AGENT, None, now)
        if key and key.startswith(PREFIX):
            return admission.refuse_conversation(LOCAL_AGENT, key.removeprefix(PREFIX), now)
        return admission.refuse_key(key, now, self.key_header)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "local"}


def _offered(request: web.Request) -> list[str]:
    header = request.headers.get("Sec-WebSocket-Protocol", "")
    return [name.strip() for name in header.split(",")]


PROTOCOL = OpenAI
