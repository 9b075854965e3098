"""Runs a client tool as a child process with nothing of ours in its environment.

Knows processes; not who asked, nor whether it was allowed.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from tui.session.plan import Tool

MAX_OUTPUT = 64 << 10
"""Bytes of a result; what the agent's own reports of tools hold, too."""
MAX_STDERR = 4 << 10
ALWAYS = ("PATH", "HOME", "LANG")
"""The whole environment of a tool, but for what its configuration names."""
CHILD = str(Path(__file__).with_name("tool_child.py"))


class Outcome(msgspec.Struct, frozen=True):
    """`stderr` is for the user, never for the agent."""

    result: str
    exit_code: int
    cut: bool = False
    """There was more of it."""
    stderr: str = ""

    @property
    def failed(self) -> bool:
        return self.exit_code != 0 and not self.cut


async def run_tool(tool: Tool, arguments: dict[str, Any], folder: str) -> Outcome:
    """Run `tool` in `folder`. Cancelling kills it and all that it started. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-E",
        CHILD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in (*ALWAYS, *tool.env) if name in os.environ},
        cwd=folder or None,
        start_new_session=True,
    )
    try:
        return await _converse(process, tool, arguments)
    finally:
        _kill(process)


async def _converse(
    process: asyncio.subprocess.Process, tool: Tool, arguments: dict[str, Any]
) -> Outcome:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101
    request = {"run": tool.run, "command": tool.command, "arguments": arguments}
    process.stdin.write(msgspec.json.encode(request) + b"\n")
    (output, cut), (errors, _) = await asyncio.gather(
        _head(process.stdout, MAX_OUTPUT, process), _head(process.stderr, MAX_STDERR)
    )
    return Outcome(output, await process.wait(), cut, errors.strip())


async def _head(
    stream: asyncio.StreamReader,
    limit: int,
    process: asyncio.subprocess.Process | None = None,
) -> tuple[str, bool]:
    """The beginning of what comes, and whether there is more; `process` is killed then."""
    data = bytearray()
    while chunk := await stream.read(16 << 10):
        data += chunk[: limit + 1 - len(data)]
        if len(data) > limit and process is not None:
            _kill(process)
            break
    text = bytes(data[:limit]).decode(errors="replace")
    cut = len(data) > limit
    return (f"{text}\n[cut at {limit} bytes]" if cut else text), cut


def _kill(process: asyncio.subprocess.Process) -> None:
    """The whole group: what a tool left behind ends with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
