"""A second protocol of the agent, unlike the first: a bearer key, frames with an `op`, typed only.

`python -m tests.agent.toy` is `voicescope agent` that serves it as well.
"""

import json
import sys
from collections.abc import Sequence

from aiohttp import web

from tui.agent import main, protocol
from tui.agent.admission import LOCAL_AGENT, Refusal
from tui.agent.link import Link
from tui.agent.protocol import Held, Protocol
from tui.agent.responder.replies import Say
from tui.agent.responder.responder import Responder

PATH = "/v1/toy"


class Toy(Protocol):
    name = "toy"
    key_header = "Authorization"
    subprotocols = ("toy",)

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get(PATH, self._converse), web.get(f"{PATH}/calls", self._calls)]

    def key_of(self, request: web.Request) -> str | None:
        scheme, _, key = request.headers.get(self.key_header, "").partition(" ")
        return key if scheme == "Bearer" else None

    def refused(self, refusal: Refusal) -> web.Response:
        error = {"code": refusal.status, "message": refusal.message, "param": refusal.field}
        return web.json_response({"error": error}, status=refusal.http)

    def socket_url(self, base: str, agent_id: str, token: str | None = None) -> str:
        return f"{base}{PATH}?model={agent_id}"

    async def _calls(self, request: web.Request) -> web.StreamResponse:
        self.need_key(request)
        turns = [[t.role, t.message, t.turn_id] for c in self.services.call_store.newest()
                 for t in c.turns]  # fmt: skip
        return web.json_response(turns)

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        self.need_key(request)
        agent = self.services.agents.find(request.query.get("model", LOCAL_AGENT))
        scenario = self.scenario_of(request)

        async def talk(held: Held) -> None:
            link, responder = Link(held.socket, held.complaints), Responder()
            await link.send_text(json.dumps({"op": "open", "scripted": scenario is not None}))
            while True:
                frame = json.loads(await link.receive_text())
                held.call.said("user", frame["text"], "u-1")
                reply = responder.respond(frame["text"])
                assert isinstance(reply, Say)
                await link.send_text(json.dumps({"op": "reply", "text": reply.text}))

        return await self.services.hold(self, request, agent, talk)


if __name__ == "__main__":
    served: tuple[type[Protocol], ...] = (*protocol.load_protocols(), Toy)
    protocol.load_protocols = lambda: served
    sys.exit(main.main())
