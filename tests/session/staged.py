"""A session against a scenario of the local agent, which is a process of its own.

The agent is reached as a private one is: by a signed URL, which also names the scenario.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.session.rig import Rig, http_server, plan_for, running
from tui.commands import Connect
from tui.setup import Setup

KEY_ENV = "TEST_VOICESCOPE_KEY"


@asynccontextmanager
async def staged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket_url: str, **changes: Any
) -> AsyncIterator[Rig]:
    """A session that has begun to call `socket_url`, in text only unless told otherwise."""
    monkeypatch.setenv(KEY_ENV, "any")
    async with http_server(200, {"signed_url": socket_url}) as url:
        plan: dict[str, Any] = {"setup": Setup(text_only=True), "reconnect": False}
        plan |= {"after_call": False} | changes
        async with running(plan_for(tmp_path, base_url=url, api_key_env=KEY_ENV, **plan)) as rig:
            rig.session.handle(Connect())
            yield rig
