"""The agent's server: sockets, refusals, the count of conversations, ready and end.

Knows HTTP, and protocols by their contract; conversations run by themselves, and what ends the
process is `lifetime.py`. Speech is loaded after the ready line, so that a client can connect at
once.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TextIO

import msgspec
from aiohttp import web

from tui.agent import cors
from tui.agent.admission import FOREVER, LOCAL_AGENT, Admission, Policy, Refusal
from tui.agent.call_store import CallStore
from tui.agent.lifetime import stop_when_told
from tui.agent.link import Over
from tui.agent.log import Complaints, log
from tui.agent.profile import Agent, Agents
from tui.agent.protocol import Held, Problem, Protocol, Services, Talk, require
from tui.agent.scenarios.scenario import Scenario
from tui.agent.speech.engines import describe
from tui.agent.speech.loaded import LoadedSpeech
from tui.processes.printing import json_text

LARGEST_FRAME = 16 * 1024 * 1024
"""Bytes, the most that common clients take as well."""
ALLOWED = "allowed_origin"
"""Where a request keeps the origin of the page that may read its answer."""
GOING_AWAY, CRASHED = 1001, 1011

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    policy: Policy
    agents: Agents
    strict: bool = False
    """Malformed client frames end the conversation."""
    scenario: Scenario | None = None
    """What every conversation acts out; `?scenario=NAME` asks for a packaged one instead."""
    max_conversations: int = 32
    idle_s: float | None = None
    """Seconds without user input after which a conversation is closed; None: never."""
    lazy_speech: bool = False
    """Load what a conversation needs once it needs it, not at the start."""


class Server:
    def __init__(self, options: Options, protocols: Sequence[type[Protocol]]) -> None:
        """`protocols`: one at least, all served at once. A path of several is told apart by the
        header in which the key stands."""
        self._options = options
        agents = options.agents
        self._admission = Admission(options.policy, lambda agent_id: agents.find(agent_id).private)
        self._speech = LoadedSpeech()
        self._call_store = CallStore()
        services = Services(
            speech=self._speech,
            agents=agents,
            admission=self._admission,
            call_store=self._call_store,
            hold=self._hold,
            strict=options.strict,
            idle_s=options.idle_s,
            scenario=options.scenario,
        )
        self._protocols = [protocol(services) for protocol in protocols]
        self._sockets: set[web.WebSocketResponse] = set()
        self._stopping = asyncio.Event()

    async def run(self, ready: TextIO) -> None:
        """Serves until stopped; writes the ready line to `ready`. Raises OSError when the address
        can't be had."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._options.host, self._options.port).start()
            host, port = runner.addresses[0][:2]
            stop_when_told(self.stop, child=self._options.policy.parent_only)
            print(
                json_text(self._ready(f"{_reachable(host)}:{port}"), ready.encoding),
                file=ready,
                flush=True,
            )
            await self._until_stopped()
        finally:
            await self._hang_up()
            await runner.cleanup()
            self._speech.close()

    def stop(self) -> None:
        self._stopping.set()

    async def _until_stopped(self) -> None:
        loading = [] if self._options.lazy_speech else [asyncio.create_task(self._speech.load())]
        await self._stopping.wait()
        for task in loading:
            task.cancel()
        await asyncio.gather(*loading, return_exceptions=True)

    async def _hang_up(self) -> None:
        reason = b"The agent is shutting down."
        closing = (socket.close(code=GOING_AWAY, message=reason) for socket in self._sockets)
        await asyncio.gather(*closing, return_exceptions=True)

    def _ready(self, address: str) -> dict[str, object]:
        base, first, policy = f"ws://{address}", self._protocols[0], self._options.policy
        line: dict[str, object] = {
            "ready": True,
            "url": f"http://{address}",
            "ws_url": first.socket_url(base, LOCAL_AGENT),
            "pid": os.getpid(),
            "speech": describe(),
            "sockets": {p.name: p.socket_url(base, LOCAL_AGENT) for p in self._protocols},
        }
        token = self._admission.sign(LOCAL_AGENT, time.time(), FOREVER)
        if policy.parent_only:
            line["token"] = token  # what it takes for a key
        if policy.parent_only or policy.key is not None:
            line["signed_url"] = first.socket_url(base, LOCAL_AGENT, token)
        return line

    # ── Routes ───────────────────────────────────────────────────────────────────────────────────

    def _app(self) -> web.Application:
        owners: dict[web.AbstractResource | None, Protocol] = {}

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            protocol = owners.get(request.match_info.route.resource) or self._meant(request)
            try:
                return await self._answer(request, handler)
            except Problem as problem:
                refusal = problem.refusal
            except web.HTTPException as error:
                if error.status < 400:
                    raise
                status = error.reason.lower().replace(" ", "_")
                refusal = Refusal(error.status, status, error.reason)
            log("refused", status=refusal.status)
            return protocol.refused(refusal)

        async def permit(request: web.Request, response: web.StreamResponse) -> None:
            if origin := request.get(ALLOWED):
                cors.permit(response, origin)

        app = web.Application(middlewares=[guard])
        app.on_response_prepare.append(permit)
        served: dict[tuple[str, str], dict[Protocol, web.RouteDef]] = {}
        for protocol in self._protocols:
            for route in protocol.routes():
                if isinstance(route, web.RouteDef):
                    served.setdefault((route.method, route.path), {})[protocol] = route
        for by_protocol in served.values():
            (first, route), *others = by_protocol.items()
            handler = self._by_key(by_protocol) if others else route.handler
            for added in web.RouteDef(route.method, route.path, handler, route.kwargs).register(
                app.router
            ):
                if not others:
                    owners[added.resource] = first
        return app

    def _by_key(self, routes: Mapping[Protocol, web.RouteDef]) -> Handler:
        """Of a path that several have."""

        async def pick(request: web.Request) -> web.StreamResponse:
            route = routes.get(self._meant(request)) or next(iter(routes.values()))
            answer: web.StreamResponse = await route.handler(request)
            return answer

        return pick

    def _meant(self, request: web.Request) -> Protocol:
        """The protocol of a path that none has: a key in its header tells."""
        return next((p for p in self._protocols if p.key_of(request)), self._protocols[0])

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        require(self._admission.refuse_request(request.headers.get("Host"), origin))
        if origin:
            request[ALLOWED] = origin
        return cors.preflight(request) if cors.is_preflight(request) else await handler(request)

    # ── Conversations ────────────────────────────────────────────────────────────────────────────

    async def _hold(
        self, protocol: Protocol, request: web.Request, agent: Agent, talk: Talk
    ) -> web.WebSocketResponse:
        # Speech in base64 hardly compresses, and a compressor per connection costs time and memory.
        socket = web.WebSocketResponse(
            protocols=protocol.subprotocols,
            compress=False,
            heartbeat=20.0,
            max_msg_size=LARGEST_FRAME,
            timeout=1.0,
        )
        await socket.prepare(request)
        if len(self._sockets) >= self._options.max_conversations:
            busy = b"too many concurrent connections"
            await socket.close(code=protocol.busy_code, message=busy)
            return socket
        call = self._call_store.open(agent.id, agent.name)
        log("conversation_started", conversation_id=call.id, agent_id=agent.id)
        self._sockets.add(socket)
        try:
            await talk(Held(socket, call, Complaints(call.id)))
        except* Over:
            pass
        except* Exception as group:
            log("conversation_crashed", conversation_id=call.id, error=_leaves(group))
            await socket.close(code=CRASHED, message=b"The agent failed; its log says why.")
        finally:
            self._sockets.discard(socket)
            call.end(socket.close_code, time.time())
            log("conversation_ended", conversation_id=call.id, code=socket.close_code)
        return socket


def _leaves(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_leaves(inner) for inner in error.exceptions)
    return f"{type(error).__name__}: {error}"


def _reachable(host: str) -> str:
    """An address for URLs: every-interface addresses are not one."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  not bound to here
    return f"[{host}]" if ":" in host else host
