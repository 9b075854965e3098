"""One question to the REST API, in a short-lived process:
`python -m tui.session.http.catalogue_process`.

Reads one line of JSON and writes one. The screen asks this way, so that it never opens a socket
and never loads what opens one. The key comes in the environment, under the name it is told.
"""

import asyncio
import sys
from typing import Any

import msgspec

from tui.catalogue import AgentCard, AgentChoice, VoiceChoice
from tui.errors import LinkError
from tui.journal.redact import Redactor
from tui.processes.lifetime import end_with_parent
from tui.session.http.credentials import key_of
from tui.session.local_agent import LocalAgent, rest_of


class Question(msgspec.Struct, frozen=True, kw_only=True):
    do: str
    """agents, voices or agent."""
    base_url: str
    """"" asks the embedded agent, which is started for this question alone."""
    api_key_env: str = ""
    text: str = ""
    """What to search for, or the agent's id."""


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    error: str = ""
    agents: list[AgentChoice] = []
    voices: list[VoiceChoice] = []
    card: AgentCard | None = None


async def reply(question: Question) -> Reply:
    """What the API says, or one sentence that says why not."""
    key = key_of(question.api_key_env)
    try:
        if question.base_url:
            return await _reply(question, question.base_url, key)
        return await _reply_of_embedded(question)
    except LinkError as error:
        # A server may repeat in its refusal what it was given.
        return Reply(error=Redactor([key])(f"{error.reason}; {error.advice}"))


async def _reply_of_embedded(question: Question) -> Reply:
    agent = LocalAgent()
    await agent.spawn()
    try:
        return await _reply(question, *rest_of(await agent.signed_url()))
    finally:
        await agent.stop()


async def _reply(question: Question, base_url: str, key: str) -> Reply:
    from tui.session.http.rest_client import Rest  # noqa: PLC0415  slow to load

    rest = Rest(base_url, key, question.api_key_env)
    match question.do:
        case "agents":
            return Reply(agents=await rest.agents(question.text))
        case "voices":
            return Reply(voices=await rest.voices(question.text))
        case _:
            return Reply(card=await rest.agent(question.text))


def main() -> int:
    question: Any = msgspec.json.decode(sys.stdin.buffer.readline(), type=Question)
    end_with_parent()
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(reply(question))) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
