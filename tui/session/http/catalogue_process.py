"""One question to the REST API, in a short-lived process:
`python -m tui.session.http.catalogue_process`.

Reads one line of JSON and writes one. The screen asks this way, so that it never opens a socket
and never loads what opens one. The key comes in the environment, under the name it is told.
"""

import asyncio
import sys
from urllib.parse import urlsplit

import msgspec

from tui.catalogue import AgentCard, AgentChoice, VoiceChoice
from tui.errors import LinkError
from tui.journal.redact import Redactor
from tui.processes.lifetime import end_with_parent
from tui.provider import Access
from tui.providers import provider_of, secret_shapes
from tui.session.http.credentials import key_of
from tui.session.local_agent import LocalAgent


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    do: str
    """agents, voices, agent or preview."""
    provider: str
    base_url: str
    """"" asks the embedded agent, which is started for this question alone."""
    api_key_env: str = ""
    text: str = ""
    """What to search for, the agent's id, or the address of a preview."""


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    error: str = ""
    agents: list[AgentChoice] = []
    voices: list[VoiceChoice] = []
    card: AgentCard | None = None
    sound: bytes = b""


async def reply(wanted: Wanted) -> Reply:
    """What the API says, or one sentence that says why not."""
    key = key_of(wanted.api_key_env)
    access = Access(base_url=wanted.base_url, key=key, key_name=wanted.api_key_env)
    try:
        return await (_reply(wanted, access) if wanted.base_url else _reply_of_embedded(wanted))
    except LinkError as error:
        # A server may repeat in its refusal what it was given.
        hide = Redactor([key], secret_shapes(wanted.provider))
        return Reply(error=hide(f"{error.reason}; {error.advice}"))


async def _reply_of_embedded(wanted: Wanted) -> Reply:
    agent = LocalAgent()
    await agent.spawn()
    try:
        ready = await agent.ready()
        if wanted.do == "preview":  # told by one that is gone: this one has another port
            text = ready.url + urlsplit(wanted.text).path
            wanted = msgspec.structs.replace(wanted, text=text)
        return await _reply(wanted, Access(base_url=ready.url, key=ready.token))
    finally:
        await agent.stop()


async def _reply(wanted: Wanted, access: Access) -> Reply:
    from tui.session.http.client import Api, fetch  # noqa: PLC0415  slow to load

    catalogue, api = provider_of(wanted.provider).catalogue, Api(access)
    match wanted.do:
        case "preview":
            return Reply(sound=await fetch(wanted.text))
        case "agents" if catalogue.agents:
            return Reply(agents=await api.ask_all(catalogue.agents(access, wanted.text)))
        case "voices" if catalogue.voices:
            return Reply(voices=await api.ask_all(catalogue.voices(access, wanted.text)))
        case "agent" if catalogue.card:
            named = msgspec.structs.replace(access, whom=wanted.text)
            card: AgentCard = await Api(named).ask(catalogue.card(named))
            return Reply(card=card)
        case _:
            return Reply(error=f"{wanted.provider} has no list of {wanted.do} to choose from")


def main() -> int:
    wanted = msgspec.json.decode(sys.stdin.buffer.readline(), type=Wanted)
    end_with_parent()
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(reply(wanted))) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
