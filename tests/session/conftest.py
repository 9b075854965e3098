"""One local agent's process for the tests of a module that call it."""

from collections.abc import Iterator

import pytest

from tests.agent.helpers import AgentProcess
from tests.agent.helpers import running as agent_running


@pytest.fixture(scope="module")
def agent() -> Iterator[AgentProcess]:
    with agent_running() as process:
        yield process
