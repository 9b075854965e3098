"""`python -m tui.session.rest`: one question to the REST API, in a short-lived process.

Reads one line of JSON and writes one. The screen asks this way, so that it never opens a socket
and never loads what opens one. The key comes in the environment, under the name it is told.
"""

import asyncio
import os
import sys
from typing import Any

import msgspec

from tui.catalogue import AgentCard, AgentChoice, VoiceChoice
from tui.session.errors import LinkError


class Question(msgspec.Struct, frozen=True, kw_only=True):
    do: str
    """agents, voices or agent."""
    base_url: str
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
    from tui.session.rest_client import Rest  # noqa: PLC0415  slow to load

    name = question.api_key_env
    rest = Rest(question.base_url, os.environ.get(name, "") if name else "", name)
    try:
        match question.do:
            case "agents":
                return Reply(agents=await rest.agents(question.text))
            case "voices":
                return Reply(voices=await rest.voices(question.text))
            case _:
                return Reply(card=await rest.agent(question.text))
    except LinkError as error:
        return Reply(error=f"{error.reason}; {error.advice}")


def main() -> int:
    question: Any = msgspec.json.decode(sys.stdin.buffer.readline(), type=Question)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(reply(question))) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
