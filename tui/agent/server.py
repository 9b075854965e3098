"""The agent's server: routes, refusals, the count of conversations, ready and end.

Knows HTTP; conversations run by themselves, and what ends the process is `lifetime.py`. Speech is
loaded after the ready line, so that a client can connect at once.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TextIO
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from tui.agent.admission import FOREVER, LOCAL_AGENT, Admission, Policy, Refusal
from tui.agent.elevenlabs import cors
from tui.agent.elevenlabs.call_store import Call, CallStore
from tui.agent.elevenlabs.conversation import Conversation
from tui.agent.elevenlabs.formats import FORMATS
from tui.agent.elevenlabs.handshake import Formats
from tui.agent.elevenlabs.link import Connection
from tui.agent.elevenlabs.rest import Rest
from tui.agent.elevenlabs.rest_account import Account
from tui.agent.elevenlabs.rest_answers import problems, refused
from tui.agent.elevenlabs.scenario_runner import ScenarioRunner
from tui.agent.lifetime import stop_when_told
from tui.agent.log import Complaints
from tui.agent.profile import Agent, Agents
from tui.agent.scenarios.scenario import Scenario, packaged
from tui.agent.speech.engines import describe
from tui.agent.speech.loaded import LoadedSpeech
from tui.processes.printing import json_text

SOCKET_PATH = "/v1/convai/conversation"
SIGNED_URL_PATHS = (f"{SOCKET_PATH}/get-signed-url", f"{SOCKET_PATH}/get_signed_url")
"""The second spelling is the one of older clients."""
LARGEST_FRAME = 16 * 1024 * 1024
"""Bytes, the most that the official Python SDK takes as well."""
ALLOWED = "allowed_origin"
"""Where a request keeps the origin of the page that may read its answer."""
GOING_AWAY, TOO_MANY = 1001, 3008

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


class Server:
    def __init__(self, options: Options) -> None:
        self._options = options
        agents = options.agents
        self._admission = Admission(options.policy, lambda agent_id: agents.find(agent_id).private)
        self._speech = LoadedSpeech()
        self._call_store = CallStore()
        self._links: set[Connection] = set()
        self._stopping = asyncio.Event()
        self._base = ""

    async def run(self, ready: TextIO) -> None:
        """Serves until stopped; writes the ready line to `ready`. Raises OSError when the address
        can't be had."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._options.host, self._options.port).start()
            host, port = runner.addresses[0][:2]
            self._base = f"{_reachable(host)}:{port}"
            stop_when_told(self.stop, child=self._options.policy.parent_only)
            print(json_text(self._ready(), ready.encoding), file=ready, flush=True)
            await self._until_stopped()
        finally:
            await self._hang_up()
            await runner.cleanup()
            self._speech.close()

    def stop(self) -> None:
        self._stopping.set()

    async def _until_stopped(self) -> None:
        loading = asyncio.create_task(self._speech.load())
        await self._stopping.wait()
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)

    async def _hang_up(self) -> None:
        reason = "The agent is shutting down."
        closing = (link.close(GOING_AWAY, reason) for link in self._links)
        await asyncio.gather(*closing, return_exceptions=True)

    def _ready(self) -> dict[str, object]:
        line: dict[str, object] = {
            "ready": True,
            "url": f"http://{self._base}",
            "ws_url": self._socket_url(LOCAL_AGENT),
            "pid": os.getpid(),
            "speech": describe(),
        }
        if self._options.policy.parent_only or self._options.policy.key is not None:
            signature = self._admission.sign(LOCAL_AGENT, time.time(), FOREVER)
            line["signed_url"] = self._socket_url(LOCAL_AGENT, signature)
        return line

    def _socket_url(self, agent_id: str, signature: str | None = None) -> str:
        query = {"agent_id": agent_id}
        if signature:
            query["conversation_signature"] = signature
        return f"ws://{self._base}{SOCKET_PATH}?{urlencode(query)}"

    # ── Routes ───────────────────────────────────────────────────────────────────────────────────

    def _app(self) -> web.Application:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            headers = request.headers
            origin = headers.get("Origin")
            refusal = self._admission.refuse_request(headers.get("Host"), origin)
            if refusal:
                return refused(refusal)
            if origin:
                request[ALLOWED] = origin
            return cors.preflight(request) if cors.is_preflight(request) else await handler(request)

        async def permit(request: web.Request, response: web.StreamResponse) -> None:
            if origin := request.get(ALLOWED):
                cors.permit(response, origin)

        app = web.Application(middlewares=[guard, problems])
        app.on_response_prepare.append(permit)
        app.router.add_get(SOCKET_PATH, self._converse)
        for path in SIGNED_URL_PATHS:
            app.router.add_get(path, self._sign)
        Account(self._options.agents, self._admission).add_routes(app)
        Rest(self._call_store, self._admission).add_routes(app)
        return app

    async def _sign(self, request: web.Request) -> web.StreamResponse:
        agent_id = request.query.get("agent_id", "")
        refusal = self._admission.refuse_signing(agent_id, request.headers.get("xi-api-key"))
        if refusal:
            return refused(refusal)
        signature = self._admission.sign(agent_id, time.time())
        return web.json_response({"signed_url": self._socket_url(agent_id, signature)})

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        refusal = self._admission.refuse_conversation(
            query.get("agent_id", ""), query.get("conversation_signature"), time.time()
        )
        agent = self._options.agents.find(query.get("agent_id", ""))
        formats = [
            FORMATS.get(query.get("input_format", agent.input_format)),
            FORMATS.get(query.get("output_format", agent.output_format)),
        ]
        if refusal:
            return refused(refusal)
        if formats[0] is None or formats[1] is None:
            message = f"A format is one of {', '.join(FORMATS)}."
            return refused(Refusal(422, "unknown_format", message))
        scenario, name = self._options.scenario, query.get("scenario")
        if name is not None and (scenario := packaged(name)) is None:
            return refused(Refusal(404, "scenario_not_found", "No scenario has this name."))
        socket = _socket()
        await socket.prepare(request)
        opened = _Opened(socket, request, agent, Formats(formats[0], formats[1]), scenario)
        await self._hold(opened)
        return socket

    async def _hold(self, opened: "_Opened") -> None:
        socket, agent = opened.socket, opened.agent
        if len(self._links) >= self._options.max_conversations:
            await socket.close(code=TOO_MANY, message=b"too many concurrent connections")
            return
        call = self._call_store.open(agent.id, agent.name)
        complaints = Complaints(call.id)
        link = Connection(socket, complaints, self._options.strict, call.note)
        self._links.add(link)
        try:
            await self._conversation(link, call, complaints, opened).run()
        finally:
            self._links.discard(link)
            call.end(socket.close_code, time.time())

    def _conversation(
        self, link: Connection, call: Call, complaints: Complaints, opened: "_Opened"
    ) -> "Conversation | ScenarioRunner":
        formats, transport = opened.formats, opened.request.transport
        if opened.scenario is not None and isinstance(transport, asyncio.Transport):
            return ScenarioRunner(
                link,
                call,
                opened.scenario,
                speech=self._speech,
                transport=transport,
                output_format=formats.output,
                input_format=formats.input,
            )
        return Conversation(
            link,
            call,
            complaints,
            speech=self._speech,
            agent=opened.agent,
            formats=formats,
            idle_s=self._options.idle_s,
        )


class _Opened(NamedTuple):
    """A socket that was admitted, and what its URL asked for."""

    socket: web.WebSocketResponse
    request: web.Request
    agent: Agent
    formats: Formats
    scenario: Scenario | None


def _socket() -> web.WebSocketResponse:
    # `convai` is selected when it is offered; no subprotocol otherwise. Speech in base64 hardly
    # compresses, and a compressor per connection costs time and memory.
    return web.WebSocketResponse(
        protocols=("convai",),
        compress=False,
        heartbeat=20.0,
        max_msg_size=LARGEST_FRAME,
        timeout=1.0,
    )


def _reachable(host: str) -> str:
    """An address for URLs: every-interface addresses are not one."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  not bound to here
    return f"[{host}]" if ":" in host else host
