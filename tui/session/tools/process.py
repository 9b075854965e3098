"""Runs a client tool as a child process with nothing of ours in its environment.

Knows processes; not who asked, nor whether it was allowed.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from tui.plan import ClientTool
from tui.session.tools.function import FAILED, GAVE

MAX_OUTPUT = 64 << 10
"""Bytes of a result; what the agent's own reports of tools hold, too."""
MAX_STDERR = 4 << 10
ALWAYS = ("PATH", "HOME", "LANG")
"""The whole environment of a tool, but for what its configuration names."""
CHILD = str(Path(__file__).with_name("child.py"))


class Outcome(msgspec.Struct, frozen=True):
    """`stderr` is for the user, never for the agent."""

    result: str
    failed: bool
    stderr: str = ""


async def run_tool(tool: ClientTool, arguments: dict[str, Any], folder: str) -> Outcome:
    """Run `tool` in `folder`. Cancelling kills it and all that it started. Raises OSError, and
    ValueError or RecursionError for arguments that cannot be handed on."""
    request = {"run": tool.run, "command": tool.command, "arguments": arguments}
    line = json.dumps(request).encode() + b"\n"
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
        return await _converse(process, tool, line)
    finally:
        _kill(process)


async def _converse(process: asyncio.subprocess.Process, tool: ClientTool, line: bytes) -> Outcome:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101
    process.stdin.write(line)
    output, errors = await asyncio.gather(
        _head(process.stdout, MAX_OUTPUT + len(GAVE), process), _head(process.stderr, MAX_STDERR)
    )
    code = await process.wait()
    return _outcome(tool, output, code, _text(errors, MAX_STDERR).strip())


def _outcome(tool: ClientTool, output: bytes, code: int, errors: str) -> Outcome:
    if not tool.run:
        cut = len(output) > MAX_OUTPUT
        failed = code != 0 and not cut
        result = _text(output, MAX_OUTPUT)
        return Outcome(result or (f"The tool failed with code {code}." * failed), failed, errors)
    mark, result = output[: len(GAVE)], _text(output[len(GAVE) :], MAX_OUTPUT)
    if mark not in (GAVE, FAILED):
        result = f"The tool ended with code {code} before it gave a result."
    return Outcome(result, mark != GAVE, errors)


async def _head(
    stream: asyncio.StreamReader,
    limit: int,
    process: asyncio.subprocess.Process | None = None,
) -> bytes:
    """The beginning of what comes, a byte over `limit` where there is more; `process` is killed
    then."""
    data = bytearray()
    while chunk := await stream.read(16 << 10):
        data += chunk[: limit + 1 - len(data)]
        if len(data) > limit and process is not None:
            _kill(process)
            break
    return bytes(data)


def _text(data: bytes, limit: int) -> str:
    text = data[:limit].decode(errors="replace")
    return f"{text}\n[cut at {limit} bytes]" if len(data) > limit else text


def _kill(process: asyncio.subprocess.Process) -> None:
    """The whole group: what a tool left behind ends with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
