"""A directory that a test scripts: agents, voices and profiles without a network."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from tui.catalogue import AgentCard, AgentChoice, Table, VoiceChoice
from tui.errors import BackendError
from tui.providers import provider_of
from tui.setup import Setup, SetupField

SUPPORT = AgentCard(
    id="agent_support",
    name="Support",
    first_message="Hello, this is the refund desk.",
    prompt="You are a patient agent of a shop.",
    language="en",
    llm="gemini-2.5-flash",
    voice_id="voice_rachel",
    permitted=frozenset(
        {
            "first_message",
            "language",
            "prompt",
            "voice_id",
            "text_only",
            "temperature",
            "max_tokens",
            "extra_body",
        }
    ),
    variables=("customer", "order_id"),
    defaults={"customer": "Ada"},
)


class ScriptedDirectory:
    """`refuses` is raised by every question; `slow` keeps answers back until it is set."""

    def __init__(self, card: AgentCard | None = SUPPORT) -> None:
        self.card = card
        self.found = [
            AgentChoice(id="agent_support", name="Support", tags=("shop",)),
            AgentChoice(id="agent_sales", name="Sales", last_call_unix_s=1_760_000_000),
        ]
        self.voices_found = [
            VoiceChoice(id="voice_rachel", name="Rachel", labels=("american", "female")),
            VoiceChoice(id="voice_adam", name="Adam", labels=("british", "male")),
        ]
        self.setup = Setup()
        self.called: dict[str, int] = {}
        self.fields: tuple[SetupField, ...] = provider_of("elevenlabs").fields
        self.preflight = provider_of("elevenlabs").preflight
        self.folder: Path | None = None
        """Where the user's own tables are."""
        self.noted: tuple[str, ...] = ()
        self.profiles: dict[str, Setup] = {}
        self.refuses = ""
        self.slow = asyncio.Event()
        self.slow.set()
        self.searched: list[str] = []

    async def _answer(self) -> None:
        await self.slow.wait()
        if self.refuses:
            raise BackendError(self.refuses)

    async def agents(self, search: str) -> list[AgentChoice]:
        self.searched.append(search)
        await self._answer()
        return [agent for agent in self.found if search.lower() in agent.name.lower()]

    async def voices(self, search: str) -> list[VoiceChoice]:
        await self._answer()
        return [voice for voice in self.voices_found if search.lower() in voice.name.lower()]

    async def preview(self, url: str) -> bytes:
        await self._answer()
        return url.encode()

    async def last_calls(self) -> Mapping[str, int]:
        return self.called

    async def agent(self, agent_id: str) -> AgentCard | None:
        await self._answer()
        return self.card

    def tables(self) -> Mapping[str, Table]:
        return provider_of("elevenlabs").tables(self.folder)

    def notes(self, setup: Setup) -> Sequence[str]:
        return self.noted

    def save_profile(self, name: str, setup: Setup) -> None:
        if self.refuses:
            raise BackendError(self.refuses)
        self.profiles[name] = setup
