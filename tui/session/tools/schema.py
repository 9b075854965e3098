"""Whether a tool's arguments fit the schema that the user wrote for it, beside the loop.

Knows the process that checks, one for all calls: it starts with the first and anew after a check
that was too much for it. What a schema means is in `schema_process`.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

MAX_ARGUMENTS = 64 << 10
CHECK_S = 5.0
"""For one check, its turn in the queue included. What it costs is limited by the process itself."""
SCRIPT = str(Path(__file__).with_name("schema_process.py"))
TOO_MUCH = "they could not be checked in time"


class Checker:
    """Used by one loop; `close` when nothing is to be checked any more."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def problem(self, schema: dict[str, Any], arguments: Any) -> str:
        """What is wrong with `arguments`, short; "" when nothing is. Raises nothing but OSError."""
        try:
            text = json.dumps([schema, arguments]).encode()
        except (ValueError, RecursionError, TypeError) as error:
            return f"they cannot be read: {error}"
        if len(text) - len(json.dumps(schema)) > MAX_ARGUMENTS:
            return f"the arguments are larger than {MAX_ARGUMENTS} bytes"
        if not schema:
            return ""
        try:
            async with asyncio.timeout(CHECK_S), self._turn:
                return await self._asked(text)
        except TimeoutError:
            return TOO_MUCH

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _asked(self, text: bytes) -> str:
        process = await self._started()
        assert process.stdin and process.stdout  # noqa: S101
        answered = False
        try:
            process.stdin.write(text + b"\n")
            line = await process.stdout.readline()
            answered = bool(line)
        finally:
            if not answered:  # ended by its own limit, or still at it while nobody waits any more
                await self.close()
        return str(json.loads(line)) if line else TOO_MUCH

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-E",
                SCRIPT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        return self._process
