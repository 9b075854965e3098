"""Pilots over scripted backends, with the clock's zone fixed so that times read the same."""

import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.dashboard.sample_call import CallScript, write_call
from tests.dashboard.scripted import ScriptedBackend
from tests.dashboard.stage import Stage
from tui.backend.base import Directory
from tui.dashboard.app import VoiceScopeApp
from tui.provider import Capabilities

OpenStage = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    time.tzset()
    yield
    os.environ.pop("TZ", None)
    time.tzset()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key saves lands in the folder where one is."""
    folder = tmp_path / "started-here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The sample call, ended."""
    return write_call(tmp_path / "support-0042.jsonl")


@pytest.fixture
def script(tmp_path: Path) -> Iterator[CallScript]:
    """An empty journal that a test writes on."""
    found = CallScript(tmp_path / "growing.jsonl")
    yield found
    found.close()


@asynccontextmanager
async def open_stage(
    path: Path,
    width: int = 80,
    height: int = 24,
    *,
    clock: Callable[[], int] = time.monotonic_ns,
    directory: Directory | None = None,
    keys: Mapping[str, str] | None = None,
    able: Capabilities | None = None,
) -> AsyncIterator[Stage]:
    backend = ScriptedBackend(path)
    backend.directory = directory
    backend.capabilities = able or backend.capabilities
    app = VoiceScopeApp(backend, clock=clock)
    app.set_keymap(dict(keys or {}))
    async with app.run_test(size=(width, height), notifications=True) as pilot:
        yield Stage(app, backend, pilot)


@pytest.fixture(name="open_stage")
def open_stage_fixture() -> OpenStage:
    return open_stage
