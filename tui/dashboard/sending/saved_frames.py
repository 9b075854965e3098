"""Frames that the user keeps under names of his own, in one private file.

Knows the file; whoever saves has taken secrets out.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from tui.journal.new_file import replace_file


class SavedFrames:
    """`path` need not exist. A file that cannot be read counts as empty, and is kept as it is:
    then nothing can be saved."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        self._frames: dict[str, str] = {}
        try:
            self._frames = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError, UnicodeError) as error:
            self.problem = f"{path}: {error}"

    @property
    def frames(self) -> Mapping[str, str]:
        return self._frames

    def save(self, name: str, text: str) -> None:
        """Raises OSError, in words."""
        self._write({**self._frames, name: text})

    def forget(self, name: str) -> None:
        """Raises OSError."""
        self._write({key: text for key, text in self._frames.items() if key != name})

    def _write(self, frames: dict[str, str]) -> None:
        if self.problem:
            raise OSError(self.problem)
        with suppress(FileExistsError):
            self.path.parent.mkdir(mode=0o700, parents=True)
        text = msgspec.json.format(msgspec.json.encode(frames), indent=1)
        replace_file(self.path, text)
        self._frames = frames
