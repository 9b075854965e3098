"""How ElevenLabs is reached: its hosts, a signed URL where there is a key, the bare socket else.

Knows addresses and answers as data; asks nobody. The key goes to the REST API and nowhere else.
"""

from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from tui.errors import LinkError
from tui.events import Failure
from tui.net import is_loopback, without_login
from tui.provider import Access, Dial, Endpoint, Option, Question, Ready, Request, Section
from tui.setup import Setup

AGENT_ID_ENV = "ELEVENLABS_AGENT_ID"
SOCKET = "/v1/convai/conversation"
SIGNATURE = "conversation_signature"
EMBEDDED_ID = "local"
"""The one agent that the embedded agent's signed URL is for."""
OPTIONS = (
    Option(
        flag="--agent-id",
        key="agent_id",
        help="the agent to talk to; with --local one of the embedded agent's",
    ),
)
_HOSTS = {
    "global": "api.elevenlabs.io",
    "us": "api.us.elevenlabs.io",
    "eu-residency": "api.eu.residency.elevenlabs.io",
    "in-residency": "api.in.residency.elevenlabs.io",
    "sg-residency": "api.sg.residency.elevenlabs.io",
}


class ElevenLabs(Section, frozen=True, kw_only=True):
    agent_id: str = ""
    api_key_env: str = "ELEVENLABS_API_KEY"
    region: Literal["global", "us", "eu-residency", "in-residency", "sg-residency"] = "global"
    environment: str = ""
    per_minute: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Of the user's plan, US dollars; 0: as published."""

    @property
    def api(self) -> str:
        """`base_url` where there is one, else the region's host."""
        return self.base_url or f"https://{_HOSTS[self.region]}"

    @property
    def whom(self) -> str:
        return self.agent_id

    def complete(self, setup: Setup) -> Setup:
        if not self.environment or setup.environment is not None:
            return setup
        return msgspec.structs.replace(setup, environment=self.environment)


def headers(access: Access) -> dict[str, str]:
    """An agent on this machine asks for a key as well, and takes any."""
    key = access.key or ("none" if is_loopback(access.base_url) else "")
    return {"xi-api-key": key} if key else {}


def _credential(access: Access) -> Question[Dial] | None:
    """A `wss://` URL that starts one conversation within 15 minutes."""
    if not access.key:
        return None
    agent_id, setup = _agent_id(access), access.setup
    asked = {"environment": setup.environment, "branch_id": setup.branch_id}
    query = {"agent_id": agent_id} | {name: value for name, value in asked.items() if value}

    def refused(status: int, said: str) -> tuple[str, str] | None:
        if status == 401:
            return f"the key in {access.key_name} was refused ({said})", "set a valid key there"
        if status == 403:
            reason = f"the key in {access.key_name} may not call this agent ({said})"
            return reason, "give that key the permission, or set another there"
        if status in (404, 422):
            reason = f"there is no agent {agent_id!r} for this key ({said})"
            return reason, "check elevenlabs.agent_id in the config, or --agent-id"
        return None

    return Question(
        request=Request(path=f"{SOCKET}/get-signed-url", query=query, headers=headers(access)),
        read=_signed,
        refused=refused,
    )


def _signed(answer: Any) -> Dial:
    url = answer.get("signed_url") if isinstance(answer, dict) else None
    if not isinstance(url, str) or not url:
        raise ValueError("no signed URL")
    return Dial(url=url, secrets=tuple(parse_qs(urlsplit(url).query).get(SIGNATURE, [])))


def _dial(access: Access) -> Dial:
    """A public agent's socket."""
    agent_id, base = _agent_id(access), access.base_url
    if not base.startswith("https://") and not is_loopback(base):
        raise LinkError(f"{without_login(base)} is not encrypted", "use an https:// base_url")
    asked = {"agent_id": agent_id, "environment": access.setup.environment}
    query = urlencode({name: value for name, value in asked.items() if value})
    name = access.key_name or "ELEVENLABS_API_KEY"
    return Dial(
        url=f"{base.rstrip('/').replace('http', 'ws', 1)}{SOCKET}?{query}",
        refused={
            401: f"set {name}, this agent is not public",
            403: f"set {name}, or check that this agent admits you",
        },
    )


def _embedded(access: Access, ready: Ready) -> Dial | None:
    return _signed({"signed_url": ready.signed_url}) if access.whom == EMBEDDED_ID else None


def _agent_id(access: Access) -> str:
    if not access.whom:
        raise LinkError(
            "there is no agent id",
            "set elevenlabs.agent_id in the config, or give --agent-id",
            failure=Failure.NO_AGENT,
        )
    return access.whom


ENDPOINT = Endpoint(dial=_dial, credential=_credential, embedded=_embedded)
