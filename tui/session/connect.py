"""Where a call goes to: the embedded agent's signed URL, or the provider's.

Knows how each kind of agent is reached; nothing of what is said to it.
"""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from tui.catalogue import AgentCard
from tui.errors import LinkError
from tui.events import AgentProcessEnded, AgentProcessStarted, Event, Failure
from tui.journal.redact import Redactor
from tui.net import is_loopback, without_login
from tui.plan import Plan, chosen
from tui.session.http.credentials import key_of
from tui.session.http.upload import upload
from tui.session.local_agent import LOCAL_ID, LocalAgent, rest_of
from tui.session.preflight import read_card
from tui.setup import Setup


class Connector:
    """Finds the URL of the next call; owns the embedded agent where there is one."""

    def __init__(
        self,
        plan: Plan,
        redact: Redactor,
        emit: Callable[[Event], None],
        agent: LocalAgent | None = None,
    ) -> None:
        """`agent`: the embedded one, where it has been started already."""
        self._plan = plan
        self._redact = redact
        self._emit = emit
        self._agent = agent
        self._told_pid = 0
        self._watch: asyncio.Task[None] | None = None
        self._closing = False
        self._key = key_of(plan.api_key_env)
        redact.add(self._key)
        self._local_rest = ("", "")

    def target(self, setup: Setup) -> str:
        """Short and without a secret, fit to show."""
        if self._agent is not None:
            agent_id = self._agent_id(setup)
            return f"local agent/{agent_id}" if agent_id not in ("", LOCAL_ID) else "local agent"
        host = urlsplit(without_login(self._plan.base_url)).netloc
        usual = host == "api.elevenlabs.io"
        return f"{self._plan.provider if usual else host}/{self._agent_id(setup)}"

    async def url(self, setup: Setup) -> str:
        """Where to connect to. Raises LinkError."""
        if self._agent is not None:
            return await self._local_url(self._agent, setup)
        plan, agent_id = self._plan, self._agent_id(setup)
        if not agent_id:
            raise LinkError(
                "there is no agent id",
                "set elevenlabs.agent_id in the config, or give --agent-id",
                failure=Failure.NO_AGENT,
            )
        if self._key:
            from tui.session.http.signed_url import signed_url  # noqa: PLC0415  slow to load

            url = await signed_url(
                plan.base_url,
                agent_id,
                self._key,
                plan.api_key_env,
                environment=setup.environment,
                branch_id=setup.branch_id,
            )
            if not url.startswith("wss://") and not is_loopback(url):
                raise LinkError("the signed URL is not encrypted", "check base_url")
            self._hide(url)
            return url
        if not plan.base_url.startswith("https://") and not is_loopback(plan.base_url):
            shown = without_login(plan.base_url)
            raise LinkError(f"{shown} is not encrypted", "use an https:// base_url")
        socket_base = plan.base_url.rstrip("/").replace("http", "ws", 1)
        asked = {"agent_id": agent_id, "environment": setup.environment}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{socket_base}/v1/convai/conversation?{query}"

    async def card(self, setup: Setup) -> AgentCard | None:
        """What the agent says of itself; None where it cannot be had. The embedded one is asked
        after `url`, and only where there is something that it might refuse."""
        plan = self._plan
        if self._agent is None:
            agent_id = self._agent_id(setup)
            return await read_card(plan.base_url, agent_id, self._key, plan.api_key_env)
        base, key = self._local_rest
        agent_id = self._agent_id(setup) or LOCAL_ID
        return await read_card(base, agent_id, key, "") if chosen(setup) else None

    async def upload(self, path: str, conversation_id: str) -> tuple[str, int]:
        """Give a file to a conversation; its id and size. Raises FileRefused."""
        base, key = (self._plan.base_url, self._key) if self._agent is None else self._local_rest
        return await upload(path, conversation_id, base, key, self._plan.api_key_env)

    def redacted(self, text: str) -> str:
        """A server may repeat in its refusal what it was given: not on the screen."""
        return self._redact(text)

    async def close(self) -> None:
        self._closing = True
        if self._agent is not None:
            await self._agent.stop()
        if self._watch is not None:
            await self._watch

    def _agent_id(self, setup: Setup) -> str:
        return setup.agent_id or self._plan.agent_id

    async def _local_url(self, agent: LocalAgent, setup: Setup) -> str:
        await agent.spawn()
        url = await agent.signed_url()
        self._local_rest = rest_of(url)
        self._hide(url)
        if self._told_pid != agent.pid:
            self._told_pid = agent.pid
            self._emit(AgentProcessStarted(pid=agent.pid))
            self._watch = asyncio.create_task(self._tell_end(agent))
        agent_id = self._agent_id(setup)
        return await self._other_local_url(agent_id) if agent_id not in ("", LOCAL_ID) else url

    async def _other_local_url(self, agent_id: str) -> str:
        """The embedded server has more agents than the one its own URL is for."""
        from tui.session.http.rest_client import Rest  # noqa: PLC0415  slow to load
        from tui.session.http.signed_url import signed_url  # noqa: PLC0415  slow to load

        base_url, signature = self._local_rest
        known = [agent.id for agent in await Rest(base_url, signature).agents("")]
        if agent_id not in known:
            reason = f"the local agent has no agent {agent_id!r}"
            raise LinkError(reason, f"it has {', '.join(known)}")
        url = await signed_url(base_url, agent_id, signature, "the local agent")
        self._hide(url)
        return url

    def _hide(self, url: str) -> None:
        """Whatever a signed URL grants, nobody else may read it anywhere."""
        for value in parse_qs(urlsplit(url).query).get("conversation_signature", []):
            self._redact.add(value)

    async def _tell_end(self, agent: LocalAgent) -> None:
        code = await agent.wait()
        if not self._closing:
            again = (
                "it is started again" if self._plan.reconnect else "the next call starts it again"
            )
            self._emit(AgentProcessEnded(exit_code=code, detail=again))
