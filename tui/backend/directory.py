"""What a call can be set up from: agents and voices of the account, profiles of the configuration.

Knows the configuration file and how to ask a short-lived process; opens no socket itself.
"""

import asyncio
import contextlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from tui.catalogue import AgentCard, AgentChoice, Table, VoiceChoice
from tui.errors import BackendError
from tui.journal.folder import SUFFIX
from tui.journal.new_file import replace_file
from tui.plan import Plan
from tui.processes.lifetime import environment, python
from tui.providers import provider_of
from tui.session.http.catalogue_process import Reply, Wanted
from tui.session.local_agent import LOCAL_ID
from tui.session.preflight import ending
from tui.setup import Setup, asked

ASK_S = 20.0
"""Longer than the process itself waits for anything."""
BEGINNING = 16_384
"""Bytes of a journal in which its first call is named."""
_TARGET = re.compile(rb'"kind":"link_opening","target":"([^"\\]*)"')


class CallDirectory:
    """A `Directory` (see `backend`) for one plan and one configuration file."""

    def __init__(self, plan: Plan, path: Path, profiles: dict[str, Setup]) -> None:
        self._plan = plan
        self._path = path
        self.profiles = dict(profiles)
        self.setup = plan.setup
        self._provider = provider = provider_of(plan.provider)
        self.fields = provider.fields
        self.preflight = provider.preflight
        self._has_cards = provider.catalogue.card is not None
        self._tables: Mapping[str, Table] = {}

    def tables(self) -> Mapping[str, Table]:
        self._tables = self._provider.tables(self._path.parent)
        return self._tables

    def notes(self, setup: Setup) -> Sequence[str]:
        told = tuple(self._provider.notes(setup))
        if self._plan.local:  # which serves any model
            return told
        called = {self._provider.section.callee: self._plan.agent_id}
        return told + ending(
            self.fields, self._tables or self.tables(), called, setup, date.today()
        )

    async def agents(self, search: str) -> list[AgentChoice]:
        return (await self._ask("agents", search)).agents

    async def voices(self, search: str) -> list[VoiceChoice]:
        return (await self._ask("voices", search)).voices

    async def preview(self, url: str) -> bytes:
        return (await self._ask("preview", url)).sound

    async def last_calls(self) -> Mapping[str, int]:
        journals = self._plan.journals
        return await asyncio.to_thread(_last_calls, Path(journals.folder)) if journals.keep else {}

    async def agent(self, agent_id: str) -> AgentCard | None:
        """ "" is the configured agent."""
        if not self._has_cards:
            return None
        wanted = agent_id or self._plan.agent_id or (LOCAL_ID if self._plan.local else "")
        if not wanted:
            raise BackendError("no agent is configured: choose one")
        card = (await self._ask("agent", wanted)).card
        if card is None:
            raise BackendError("there is no such agent")
        return card

    def save_profile(self, name: str, setup: Setup) -> None:
        """Into the user's file, whose comments and order stay; `secret__` values are left out."""
        if not name.strip():
            raise BackendError("a profile needs a name")
        try:
            path = self._path.resolve()
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, _with_profile(self._path, name, _plain(setup)).encode())
        except OSError as error:
            raise BackendError(f"cannot write {self._path}: {error.strerror}") from error
        self.profiles[name] = setup

    async def _ask(self, do: str, text: str) -> Reply:
        plan = self._plan
        wanted = Wanted(
            do=do,
            provider=plan.provider,
            base_url="" if plan.local else plan.base_url,
            api_key_env=plan.api_key_env,
            text=text,
        )
        process = await asyncio.create_subprocess_exec(
            *python("tui.session.http.catalogue_process"),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(ASK_S):
                told = await _answer(process, msgspec.json.encode(wanted) + b"\n")
            reply = msgspec.json.decode(told, type=Reply)
        except (TimeoutError, msgspec.DecodeError) as error:
            raise BackendError("nothing answered; try again") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if reply.error:
            raise BackendError(reply.error)
        return reply


async def _answer(process: asyncio.subprocess.Process, question: bytes) -> bytes:
    """All it says. Its input stays open: the end of that would be the end of it."""
    assert process.stdin and process.stdout  # noqa: S101
    process.stdin.write(question)
    return await process.stdout.read()


def _last_calls(folder: Path) -> dict[str, int]:
    """By the id of the agent, from how each journal begins."""
    found: dict[str, int] = {}
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            when = int(path.stat().st_mtime)
            with path.open("rb") as file:
                for target in _TARGET.findall(file.read(BEGINNING)):
                    name = target.decode(errors="replace").rpartition("/")[2]
                    name = LOCAL_ID if name == "local agent" else name
                    found[name] = max(when, found.get(name, 0))
    return found


def _plain(setup: Setup) -> dict[str, Any]:
    """What is set, as a table; without secrets."""
    table = asked(setup)
    if "dynamic_variables" in table:
        variables = setup.dynamic_variables.items()
        kept = {name: value for name, value in variables if not name.startswith("secret__")}
        table["dynamic_variables"] = kept
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(table))
    return plain


def _with_profile(path: Path, name: str, table: dict[str, Any]) -> str:
    import tomlkit  # noqa: PLC0415  only for who saves a profile
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    try:
        document = tomlkit.parse(text)
        profiles = document.get("profiles")
        if profiles is None:
            profiles = document["profiles"] = tomlkit.table(is_super_table=True)
        profiles[name] = table
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError) as error:
        raise BackendError(f"{path} was not changed: {error}") from error
