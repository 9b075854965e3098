"""Starts and stops the embedded local agent as a child of the session.

Knows processes and the agent's one ready line; nothing of how it hears or speaks.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tui.errors import LinkError
from tui.processes.lifetime import environment, python
from tui.processes.logs import open_log
from tui.provider import Ready
from tui.session.http.credentials import without_secrets

READY_S = 15.0
STOP_S = 0.7
LOCAL_ID = "local"
"""The one agent that its signed URL is for."""


class LocalAgent:
    """The child process. It ends with its stdin, so it cannot outlive a session that is killed."""

    def __init__(self, log: str = "", hide: Iterable[str] = ()) -> None:
        """`hide`: variables that it must not see, beside those that are called like a secret."""
        self._log = log
        self._hide = tuple(hide)
        self._process: asyncio.subprocess.Process | None = None
        self._ready: Ready | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def spawn(self) -> None:
        """Start the process if it does not run; what it says is heard by `ready`."""
        if self.running:
            return
        self._ready = None
        stderr = open_log(Path(self._log) if self._log else None)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *python("tui.agent", "--parent", "--lazy-speech"),
                env=environment(without_secrets(os.environ, self._hide)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        finally:
            if stderr >= 0:
                os.close(stderr)

    async def ready(self) -> Ready:
        """Where it is and what it takes for a key, once it is ready. Raises LinkError."""
        if self._ready is None:
            self._ready = await self._hear()
        return self._ready

    async def wait(self) -> int:
        """Until it ends; its exit code."""
        assert self._process is not None  # noqa: S101
        return await self._process.wait()

    async def stop(self) -> None:
        """Close its stdin, which ends it; kill it when it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None  # noqa: S101
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _hear(self) -> Ready:
        assert self._process is not None and self._process.stdout is not None  # noqa: S101
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), READY_S)
            return msgspec.json.decode(line, type=Ready)
        except (TimeoutError, msgspec.DecodeError) as error:
            await self.stop()
            where = f"; its log is {self._log}" if self._log else ""
            raise LinkError(
                "the local agent did not start", f"try `voicescope agent` by hand{where}"
            ) from error
