"""The protocol's paths: its socket, the signing of URLs, and how a request becomes a conversation.

Knows HTTP; a conversation is in `conversation.py`, the rest of the REST API in `rest`.
"""

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlencode

from aiohttp import web

from tui.agent.admission import Refusal
from tui.agent.elevenlabs.conversation import Conversation
from tui.agent.elevenlabs.handshake import Formats
from tui.agent.elevenlabs.link import Connection
from tui.agent.elevenlabs.rest import Rest
from tui.agent.elevenlabs.rest_account import Account
from tui.agent.elevenlabs.rest_answers import refused
from tui.agent.elevenlabs.scenario_runner import ScenarioRunner
from tui.agent.profile import FORMATS, Agent
from tui.agent.protocol import Held, Problem, Protocol, require

SOCKET_PATH = "/v1/convai/conversation"
SIGNED_URL_PATHS = (f"{SOCKET_PATH}/get-signed-url", f"{SOCKET_PATH}/get_signed_url")
"""The second spelling is the one of older clients."""


class ElevenLabs(Protocol):
    name = "elevenlabs"
    key_header = "xi-api-key"
    subprotocols = ("convai",)
    busy_code = 3008

    def routes(self) -> Sequence[web.RouteDef]:
        services = self.services
        return [
            web.get(SOCKET_PATH, self._converse),
            *(web.get(path, self._sign) for path in SIGNED_URL_PATHS),
            *Account(services.agents, self.need_key, services.speech).routes(),
            *Rest(services.call_store, self.need_key).routes(),
        ]

    def refused(self, refusal: Refusal) -> web.Response:
        return refused(refusal)

    def socket_url(self, base: str, agent_id: str, token: str | None = None) -> str:
        query = {"agent_id": agent_id}
        if token:
            query["conversation_signature"] = token
        return f"{base}{SOCKET_PATH}?{urlencode(query)}"

    async def _sign(self, request: web.Request) -> web.StreamResponse:
        agent_id, admission = request.query.get("agent_id", ""), self.services.admission
        require(admission.refuse_signing(agent_id, self.key_of(request), self.key_header))
        token = admission.sign(agent_id, time.time())
        url = self.socket_url(f"ws://{request.host}", agent_id, token)
        return web.json_response({"signed_url": url})

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        query, services = request.query, self.services
        agent_id, signature = query.get("agent_id", ""), query.get("conversation_signature")
        require(services.admission.refuse_conversation(agent_id, signature, time.time()))
        agent = services.agents.find(agent_id)
        formats, scenario = _formats(request, agent), self.scenario_of(request)

        async def talk(held: Held) -> None:
            call, transport = held.call, request.transport
            link = Connection(held.socket, held.complaints, call, services.strict)
            if scenario and isinstance(transport, asyncio.Transport):
                await ScenarioRunner(
                    link,
                    call,
                    scenario,
                    speech=services.speech,
                    transport=transport,
                    formats=formats,
                ).run()
            else:
                await Conversation(
                    link,
                    call,
                    speech=services.speech,
                    agent=agent,
                    formats=formats,
                    idle_s=services.idle_s,
                ).run()

        return await services.hold(self, request, agent, talk)


def _formats(request: web.Request, agent: Agent) -> Formats:
    """Those that the URL asks for, else the agent's. Raises Problem for one that is not spoken."""
    query = request.query
    heard = FORMATS.get(query.get("input_format", agent.input_format))
    spoken = FORMATS.get(query.get("output_format", agent.output_format))
    if heard is None or spoken is None:
        raise Problem(422, "unknown_format", f"A format is one of {', '.join(FORMATS)}.")
    return Formats(heard, spoken)


PROTOCOL = ElevenLabs
