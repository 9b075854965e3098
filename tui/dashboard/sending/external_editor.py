"""A text in the user's own editor, which has the terminal meanwhile.

Knows `$VISUAL`, `$EDITOR` and a private file; the call goes on in a process of its own.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

LIMIT = 1_000_000
FALLBACK = "vi"


class EditorError(Exception):
    """Why there was no editing, in words."""


def edited(app: App[Any], text: str) -> str:
    """`text` as the user left it. Raises EditorError."""
    command = _command()
    with tempfile.TemporaryDirectory(prefix="voicescope-") as folder:
        path = Path(folder) / "frame.json"
        path.touch(mode=0o600)
        path.write_text(text, "utf-8", "surrogatepass")
        try:
            with app.suspend():
                code = _run([*command, str(path)])
        except (OSError, SuspendNotSupported) as error:
            raise EditorError(f"{command[0]} cannot be started: {error}") from error
        if code:
            raise EditorError(f"{command[0]} ended with {code}: the text is as it was")
        return _read(path, text)


def _command() -> list[str]:
    said = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    try:
        command = shlex.split(said) or [FALLBACK]
    except ValueError as error:
        raise EditorError(f"$EDITOR is no command: {error}") from error
    if shutil.which(command[0]) is None:
        raise EditorError(f"there is no editor {command[0]!r}: set EDITOR to one")
    return command


def _run(command: list[str]) -> int:
    """Its exit code. Until it ends, ^C and ^\\ are the editor's."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    for number in kept:
        signal.signal(number, signal.SIG_IGN)
    try:
        done = subprocess.run(command, check=False, preexec_fn=_usual)  # noqa: S603
        return done.returncode
    finally:
        for number, handler in kept.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _usual() -> None:
    """In the child, which does nothing else before it is the editor."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def _read(path: Path, before: str) -> str:
    """Editors end the last line; a frame need not."""
    try:
        if path.stat().st_size > LIMIT:
            raise EditorError(f"the text is longer than {LIMIT:,} bytes: it is as it was")
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise EditorError(f"the text cannot be read back: {error}") from error
    return text if before.endswith("\n") else text.removesuffix("\n")
