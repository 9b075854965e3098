"""Runs one client tool, in a process and a process group of its own.

Knows the tool's entry and its arguments, told in one line of JSON on standard input; nothing else
of this program, which is why it imports nothing of it. The rest of standard input is a lifeline:
when it ends, whoever started this is gone, and the whole group is killed with it.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

FAILED = 1


def main() -> int:
    line = sys.stdin.buffer.readline()
    if not line:
        return FAILED
    threading.Thread(target=_die_with_parent, daemon=True).start()
    request = json.loads(line)
    if request["command"]:
        return _run_command(request["command"], request["arguments"])
    return _run_function(request["run"], request["arguments"])


def _die_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _run_command(argv: list[str], arguments: Any) -> int:
    """Without a shell: what the agent says is never part of a command line."""
    text = json.dumps(arguments).encode()
    try:
        done = subprocess.run(argv, input=text, check=False)  # noqa: S603  the user's own list
    except OSError as error:
        print(f"cannot run {argv[0]}: {error.strerror}", file=sys.stderr)
        return FAILED
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _run_function(entry: str, arguments: Any) -> int:
    """What it prints goes to standard error; what it returns is the result."""
    result_fd = os.dup(1)
    os.dup2(2, 1)
    module, _, name = entry.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        returned = getattr(importlib.import_module(module), name)(**arguments)
        text = returned if isinstance(returned, str) else json.dumps(returned)
    except Exception as error:  # noqa: BLE001, RUF100  whatever the user's code raises
        text = f"{type(error).__name__}: {error}"
        _write(result_fd, text)
        return FAILED
    _write(result_fd, text)
    return 0


def _write(fd: int, text: str) -> None:
    data = text.encode(errors="replace")
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that the tool left running is not waited for
