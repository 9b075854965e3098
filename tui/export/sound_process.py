"""A journal's sound as a WAV, made by a process of its own: the screen's has other things to do.

Knows `tui.export.sound` and a pipe. The child says how far it is, a line each time, and ends with
its standard input; where it cannot do it, its last line says why.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tui.errors import BackendError
from tui.processes.lifetime import Watchdog, environment, python

TOLD_S = 0.2


def write_sound(journal: Path, target: Path, progress: Callable[[float], None]) -> None:
    """Both sides as stereo in the new file `target`. Raises BackendError, and leaves none then, as
    when `progress` raises something."""
    child = subprocess.Popen(  # noqa: S603  words of ours
        command(journal, target),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
        encoding="utf-8",
        errors="replace",
    )
    said = ""
    with child:
        assert child.stdout is not None  # noqa: S101
        try:
            for line in child.stdout:
                said = line.strip()
                if said.startswith("="):
                    progress(float(said[1:]))
        except BaseException:
            child.kill()
            target.unlink(missing_ok=True)
            raise
    if child.returncode:
        raise BackendError(said if said[:1] not in ("", "=") else "its sound cannot be written")


def command(journal: Path, target: Path) -> list[str]:
    """What makes `main` do it."""
    return python("tui.export.sound_process", str(journal), str(target))


def main() -> int:
    from tui.audio.ports import AudioUnavailable  # noqa: PLC0415  numpy
    from tui.export.sound import sound_of  # noqa: PLC0415
    from tui.journal.reader import JournalError, JournalReader  # noqa: PLC0415

    source, target = map(Path, sys.argv[1:])
    Watchdog(lifeline=0)
    threading.Thread(target=_end_with_parent, args=(target,), daemon=True).start()
    told = time.monotonic()

    def tell(done: float) -> None:
        nonlocal told
        if time.monotonic() - told >= TOLD_S:
            told = time.monotonic()
            print(f"={done:.3f}", flush=True)

    try:
        sound_of(JournalReader.open(source), target, tell)
    except AudioUnavailable as error:
        print(f"{error.reason}; {error.advice}", flush=True)
    except JournalError as error:
        print(error, flush=True)
    except OSError as error:
        print(error.strerror or error, flush=True)
    else:
        os._exit(0)  # a thread still reads standard input
    os._exit(1)


def _end_with_parent(target: Path) -> None:
    if not sys.stdin.buffer.read(1):
        target.unlink(missing_ok=True)
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
