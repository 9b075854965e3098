"""Where a call goes to: the embedded agent, or a provider's address.

Knows how each kind of place is reached, by what the provider says of itself; nothing of what is
said to it.
"""

import asyncio
import contextlib
import importlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tui.catalogue import AgentCard
from tui.errors import LinkError
from tui.events import AgentProcessEnded, AgentProcessStarted, CallReported, Event, Priced
from tui.journal.redact import Redactor
from tui.net import is_loopback, without_login
from tui.plan import Plan
from tui.provider import Access, Dial, PriceQuery, Ready
from tui.providers import provider_of
from tui.session.http.credentials import check_key, key_of
from tui.session.http.upload import upload
from tui.session.local_agent import LOCAL_ID, LocalAgent
from tui.session.preflight import read_card
from tui.setup import Setup, chosen


class Connector:
    """Finds the address of the next call; owns the embedded agent where there is one."""

    def __init__(
        self,
        plan: Plan,
        redact: Redactor,
        emit: Callable[[Event], None],
        agent: LocalAgent | None = None,
    ) -> None:
        """`agent`: the embedded one, where it has been started already."""
        self._plan = plan
        self._provider = provider_of(plan.provider)
        self._redact = redact
        self._emit = emit
        self._agent = agent
        self._ready: Ready | None = None
        """What the embedded agent said last."""
        self._told_pid = 0
        self._watch: asyncio.Task[None] | None = None
        self._closing = False
        self._section = msgspec.convert(plan.section, self._provider.section)
        self._key = key_of(plan.api_key_env)
        redact.add(self._key)

    def target(self, setup: Setup) -> str:
        """Short and without a secret, fit to show."""
        whom = self._access(setup).whom
        if self._agent is not None:
            return f"local agent/{whom}" if whom != LOCAL_ID else "local agent"
        usual = self._plan.base_url == self._provider.section().api
        host = urlsplit(without_login(self._plan.base_url)).netloc
        return f"{self._plan.provider if usual else host}/{whom}"

    async def dial(self, setup: Setup) -> Dial:
        """How to connect. Raises LinkError."""
        if self._agent is not None:
            await self._start(self._agent)
        access, endpoint = self._access(setup), self._provider.endpoint
        check_key(access.key, access.key_name)
        dial = endpoint.embedded(access, self._ready) if self._ready else None
        if dial is None:
            if self._ready:
                await self._check_embedded(access)
            question = endpoint.credential(access)
            dial = await (await _api(access)).ask(question) if question else endpoint.dial(access)
        for secret in dial.secrets:
            self._redact.add(secret)
        if not (dial.url.startswith("wss://") or dial.is_plain or is_loopback(dial.url)):
            raise LinkError("the address of the call is not encrypted", "check base_url")
        return dial

    async def card(self, setup: Setup) -> AgentCard | None:
        """What the agent says of itself; None where it cannot be had. The embedded one is asked
        after `dial`, and only where there is something that it might refuse."""
        if self._agent is not None and not chosen(setup):
            return None
        return await read_card(self._provider.catalogue, self._access(setup))

    def prices(
        self, setup: Setup, card: AgentCard | None = None, named: str = ""
    ) -> Sequence[Priced]:
        """What such a conversation costs by the tables; `named`: what that model does."""
        if self._agent is not None:
            return (Priced(free=True),)
        return self._provider.prices(self._priced(setup, card, named))

    async def reckoned(self, setup: Setup, card: AgentCard | None) -> Sequence[Priced]:
        """What the account itself says of it; nothing where it cannot be asked, or does not say."""
        ask = self._provider.catalogue.price
        question = ask(self._priced(setup, card)) if ask and self._agent is None else None
        if question is None:
            return ()
        with contextlib.suppress(LinkError):
            told = await (await _api(self._access(setup))).ask(question)
            today = date.today().isoformat()
            return [msgspec.structs.replace(priced, date=today) for priced in told]
        return ()

    def _priced(self, setup: Setup, card: AgentCard | None, named: str = "") -> PriceQuery:
        folder = Path(self._plan.tools_folder) if self._plan.tools_folder else None
        return PriceQuery(access=self._access(setup), card=card, folder=folder, named=named)

    @property
    def uploads(self) -> bool:
        """There is somewhere to upload a file to."""
        return self._provider.catalogue.upload is not None

    async def upload(self, path: str, conversation_id: str) -> tuple[str, int]:
        """Give a file to a conversation; its id and size. Raises FileRefused."""
        return await upload(path, conversation_id, self._provider.catalogue, self._access(Setup()))

    @property
    def reviews(self) -> bool:
        """The provider can be asked, with the user's key, what it has on record of a call."""
        asks = self._plan.session.after_call and self._agent is None and bool(self._key)
        return asks and self._provider.catalogue.review is not None

    async def review(self, conversation_id: str) -> CallReported:
        """Where `reviews`. Raises LinkError."""
        ask = self._provider.catalogue.review
        assert ask is not None  # noqa: S101
        access = self._access(Setup())
        found: CallReported = await (await _api(access)).ask(ask(access, conversation_id))
        return found

    def redacted(self, text: str) -> str:
        """A server may repeat in its refusal what it was given: not on the screen."""
        return self._redact(text)

    async def close(self) -> None:
        self._closing = True
        if self._agent is not None:
            await self._agent.stop()
        if self._watch is not None:
            await self._watch

    def _access(self, setup: Setup) -> Access:
        plan = self._plan
        whom = getattr(setup, self._section.callee) or plan.agent_id
        if self._agent is None:
            return Access(
                base_url=plan.base_url,
                key=self._key,
                key_name=plan.api_key_env,
                whom=whom,
                setup=setup,
                section=self._section,
            )
        url, token = (self._ready.url, self._ready.token) if self._ready else ("", "")
        return Access(
            base_url=url,
            key=token,
            key_name="the local agent",
            whom=whom or LOCAL_ID,
            setup=setup,
            section=self._section,
        )

    async def _start(self, agent: LocalAgent) -> None:
        await agent.spawn()
        self._ready = await agent.ready()
        self._redact.add(self._ready.token)
        if self._told_pid != agent.pid:
            self._told_pid = agent.pid
            self._emit(AgentProcessStarted(pid=agent.pid))
            self._watch = asyncio.create_task(self._tell_end(agent))

    async def _check_embedded(self, access: Access) -> None:
        """It has more agents than one, and a few words for who asks for another."""
        agents = self._provider.catalogue.agents
        if agents is None:
            return
        known = [agent.id for agent in await (await _api(access)).ask_all(agents(access, ""))]
        if access.whom not in known:
            reason = f"the local agent has no agent {access.whom!r}"
            raise LinkError(reason, f"it has {', '.join(known)}")

    async def _tell_end(self, agent: LocalAgent) -> None:
        code = await agent.wait()
        if not self._closing:
            again = (
                "it is started again"
                if self._plan.session.reconnect
                else "the next call starts it again"
            )
            self._emit(AgentProcessEnded(exit_code=code, detail=again))


async def _api(access: Access) -> Any:
    module = await asyncio.to_thread(importlib.import_module, "tui.session.http.client")
    return module.Api(access)
