"""Sound files that are named on the command line: what can be refused before a call, is.

Knows files and their flags; no call. None of them is ever written over, whoever made it.
"""

from pathlib import Path

from tui.config import ConfigError


def check_mic(path: Path, channel: int) -> None:
    """Raises ConfigError when it cannot be spoken."""
    from tui.audio.ports import AudioUnavailable  # noqa: PLC0415  numpy
    from tui.audio.wav import WavReader  # noqa: PLC0415

    try:
        WavReader(path, channel).close()
    except AudioUnavailable as error:
        raise ConfigError(f"--mic: {error.reason}; {error.advice}") from error


def check_outputs(
    *, mic: Path | None, speaker: Path | None, record: Path | None, journal: Path | None
) -> None:
    """Raises ConfigError where a file would be lost, or cannot be made."""
    if record is not None and record.suffix.lower() != ".wav":
        raise ConfigError(f"--record {record}: give a .wav; `voicescope export` makes others of it")
    taken: dict[Path, str] = {}
    for flag, path in (("--journal", journal), ("--record", record), ("--speaker", speaker)):
        if path is None:
            continue
        if mic is not None and _same(mic, path):
            raise ConfigError(f"{flag} {path} is what --mic reads; give {flag} a new name")
        other = taken.setdefault(path.resolve(), flag)
        if other != flag:
            raise ConfigError(f"{other} and {flag} are the same file; give {flag} another name")
        if _holds_something(path, flag):
            raise ConfigError(f"{path} exists; give {flag} a new name")
        if flag != "--journal" and not path.resolve().parent.is_dir():
            raise ConfigError(f"{flag}: there is no folder {path.parent}")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _holds_something(path: Path, flag: str) -> bool:
    """There is something to lose: the speaker's may be empty, as mktemp makes it, or a device."""
    if flag == "--speaker":
        return path.is_dir() or (path.is_file() and path.stat().st_size > 0)
    return path.exists()
