"""Supervises one client tool, in a process group that ends with it.

Knows the tool's entry and its arguments, told in one line of JSON on standard input; nothing of
this program, which is why it imports nothing of it. It runs no line of the tool's own: no tool can
hold its interpreter.

Theory of operation. The rest of standard input is a lifeline: when it ends, whoever started this is
gone, and the whole group is killed. The tool is a child with pipes of its own, so what it leaves
behind keeps nothing open that somebody waits for: with the tool's end all has been said.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

FAILED = 1
FUNCTION = str(Path(__file__).with_name("function.py"))
MOST = 1 << 20
"""Bytes that are taken up after the tool's end: what it left behind may write on for ever."""
PR_SET_PDEATHSIG = 1


def main() -> int:
    line = sys.stdin.buffer.readline()
    if not line:
        return FAILED
    signal_at_parents_death = _pdeathsig()
    # A tool can stop its whole group; at the parent's death this one wakes to end it.
    signal_at_parents_death(signal.SIGCONT)
    request = json.loads(line)
    argv = request["command"] or [sys.executable, "-P", "-E", FUNCTION, request["run"]]
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    me = os.getpid()

    def tie() -> None:
        """A tool without its supervisor is killed by the kernel, where the kernel can."""
        signal_at_parents_death(signal.SIGKILL)
        if os.getppid() != me:  # it was killed before that
            os._exit(FAILED)

    try:
        tool = subprocess.Popen(  # noqa: S603  the user's own list, and no shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=tie,  # noqa: PLW1509  there is one thread yet
        )
    except OSError as error:
        print(f"cannot run {argv[0]}: {error.strerror}", file=sys.stderr)
        return FAILED
    threading.Thread(target=_tell, args=(tool, request["arguments"]), daemon=True).start()
    return _follow(tool, woken)


def _pdeathsig() -> Callable[[int], Any]:
    """What has the calling process signalled at its parent's death; only Linux can."""
    if sys.platform != "linux":
        return lambda number: None
    import ctypes  # noqa: PLC0415

    prctl = ctypes.CDLL(None).prctl
    return lambda number: prctl(PR_SET_PDEATHSIG, int(number))


def _tell(tool: subprocess.Popen[bytes], arguments: Any) -> None:
    """Without a shell: what the agent says is never part of a command line."""
    assert tool.stdin  # noqa: S101
    try:
        tool.stdin.write(json.dumps(arguments).encode())
        tool.stdin.close()
    except OSError:
        return  # it does not care to read them


def _follow(tool: subprocess.Popen[bytes], woken: int) -> int:
    """Pass on what the tool says until its own end."""
    assert tool.stdout and tool.stderr  # noqa: S101
    streams = {tool.stdout.fileno(): 1, tool.stderr.fileno(): 2}
    waiting = selectors.DefaultSelector()
    for fd in (0, woken, *streams):
        os.set_blocking(fd, False)
        waiting.register(fd, selectors.EVENT_READ)
    while tool.poll() is None:
        for key, _ in waiting.select():
            data = _read(key.fd)
            if key.fd == 0 and data == b"":
                _end_all()
            elif data == b"":
                waiting.unregister(key.fd)
            elif data and key.fd in streams:
                _pass_on(streams[key.fd], data)
    for fd, to in streams.items():
        left = MOST
        while left > 0 and (data := _read(fd)):
            left -= len(data)
            _pass_on(to, data)
    return tool.returncode if tool.returncode >= 0 else 128 - tool.returncode


def _read(fd: int) -> bytes | None:
    """None where there is nothing yet."""
    try:
        return os.read(fd, 16 << 10)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _pass_on(fd: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        _end_all()  # nobody listens any more


def _end_all() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
