"""Sound files that are named on the command line: what can be refused before a call, is.

Knows files and their flags; no call. None of them is ever written over, whoever made it.
"""

from pathlib import Path

from tui.config import ConfigError

OTHERS = (
    ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".aac", ".aif", ".aiff", ".au",
    ".caf", ".webm", ".wma", ".amr", ".raw", ".pcm",
)  # fmt: skip
"""Endings of sound that is not WAV."""


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
    taken: dict[Path, str] = {}
    for flag, path in (("--journal", journal), ("--record", record), ("--speaker", speaker)):
        if path is None:
            continue
        _check_name(flag, path)
        if mic is not None and _same(mic, path):
            raise ConfigError(f"{flag} {path} is what --mic reads; give {flag} a new name")
        other = taken.setdefault(path.resolve(), flag)
        if other != flag:
            raise ConfigError(f"{other} and {flag} are the same file; give {flag} another name")
        if _holds_something(path, flag):
            raise ConfigError(f"{path} exists; give {flag} a new name")
        if not path.resolve().parent.is_dir():
            raise ConfigError(f"{flag}: there is no folder {path.parent}")


def _check_name(flag: str, path: Path) -> None:
    """An ending that says what the file will not be is refused, and a link, whatever it is to."""
    if str(path) == "-":
        raise ConfigError(f"{flag} -: standard output has the words of the call; name a file")
    ending = path.suffix.lower()
    if flag == "--record" and ending != ".wav":
        raise ConfigError(f"--record {path}: give a .wav; `voicescope export` makes others of it")
    if flag == "--speaker" and ending not in (".wav", "") and (ending in OTHERS or _is_new(path)):
        raise ConfigError(f"--speaker {path}: it is written as WAV; give a .wav")
    if flag == "--journal" and ending in (".wav", *OTHERS):
        raise ConfigError(f"--journal {path}: a journal is no sound; give a .jsonl")
    if path.is_symlink() and (path.is_file() or not path.exists()):
        raise ConfigError(f"{flag} {path} is a link; name the file itself")


def _is_new(path: Path) -> bool:
    """Neither a device nor the empty file of any name that mktemp makes."""
    return not path.exists()


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
