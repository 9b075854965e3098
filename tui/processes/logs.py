"""Where a process of ours writes what it has to say: a log, new each time, or nothing.

Knows files. A log is never a reason not to call.
"""

import contextlib
import os
import subprocess
from pathlib import Path


def open_log(log: Path | None) -> int:
    """A descriptor of the new private file `log`, or DEVNULL where there cannot be one.

    What had its name before, be it a link to another's file, is left behind untouched.
    """
    if log is None:
        return subprocess.DEVNULL
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            log.unlink()
        return os.open(log, flags, 0o600)
    except OSError:
        return subprocess.DEVNULL
