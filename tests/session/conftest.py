"""One local agent's process for the tests of a module that call it; a mark on processes."""

import os
import time
from collections.abc import Iterator

import pytest

from tests.agent.helpers import AgentProcess
from tests.agent.helpers import running as agent_running


@pytest.fixture(scope="module")
def agent() -> Iterator[AgentProcess]:
    with agent_running() as process:
        yield process


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A variable by which processes of this test are found."""
    text = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv("TOOL_MARK", text)
    return text
