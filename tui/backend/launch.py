"""From configuration and flags to a call that is about to be held: journal, plan, reader.

Knows configuration, journal files and the session's plan; no screen, no audio, no socket.
"""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from msgspec import to_builtins
from msgspec.structs import replace

from tui import __version__
from tui.config import Config, ConfigError, bridge_socket, default_path, state_folder
from tui.events import Noted
from tui.journal import folder
from tui.journal.reader import JournalReader
from tui.journal.record import audio_path
from tui.journal.writer import JournalWriter, create
from tui.net import BadAddress, base_address
from tui.plan import Journal, Plan
from tui.providers import LOCAL, built_in
from tui.session.process import SessionProcess
from tui.setup import Setup, Variable

OTHERS = (
    ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".aac", ".aif", ".aiff", ".au",
    ".caf", ".webm", ".wma", ".amr", ".raw", ".pcm",
)  # fmt: skip
"""Endings of sound that is not WAV."""


def check_mic(path: Path, channel: int) -> None:
    """Raises ConfigError when it cannot be spoken."""
    from tui.audio.files.wav import WavReader  # noqa: PLC0415
    from tui.audio.ports import AudioUnavailable  # noqa: PLC0415  numpy

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


_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
STDIN = Path("-")
"""In place of a microphone file: samples come through a pipe."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line adds to the configuration."""

    base_url: str = ""
    whom: str = ""
    """Who is called, where a flag says so."""
    mic: Path | None = None
    mic_rate: int = 16_000
    speaker: Path | None = None
    record: Path | None = None
    journal: Path | None = None
    config: Path | None = None
    profile: str = ""
    variables: Mapping[str, Variable] = field(default_factory=dict)
    text_only: bool = False


@dataclass(slots=True)
class Launch:
    """A call ready to be started, and started again after its process died."""

    plan: Plan
    reader: JournalReader
    journal: Path | None
    """None when nobody keeps this call."""
    log: Path | None
    """None for a call that leaves no trace."""
    config_path: Path
    profiles: dict[str, Setup]

    def start(self) -> SessionProcess:
        """Start the session process; it continues the journal where there already is some."""
        self.reader.refresh()
        plan = replace(self.plan, journal_records=len(self.reader))
        return SessionProcess(plan, self.log)


def prepare(config: Config, flags: Flags, env: Mapping[str, str] | None = None) -> Launch:
    """Make the journal and the plan. Raises ConfigError with one line that says what to do."""
    env = os.environ if env is None else env
    provider, local = config.place(env)
    section = config.section(provider)
    config_path = (flags.config or default_path()).resolve()
    setup = config.chosen_setup(
        provider, flags.profile, flags.variables, text_only=flags.text_only, path=config_path
    )
    if flags.whom:
        setup = replace(setup, **{section.callee: None})
    # With --local an address is that of an agent which is started already, and asks for no key.
    base_url = _base_url(flags.base_url if local else section.api)
    embedded = local and not base_url
    _check_files(flags, config.audio.input_channel)
    record = _how_to_record(config, flags)
    loose = [path for path in (state_folder(), *_logs()) if folder.make_private(path)]
    try:
        whom = flags.whom or getattr(setup, section.callee) or ("" if embedded else section.whom)
        made = _make_journal(config, flags, f"{LOCAL if embedded else provider}-{whom}")
    except OSError as error:
        raise ConfigError(f"cannot make the journal: {error}; set journal.folder") from error
    journal = made.path
    kept = flags.journal is not None or config.journal.keep
    if not kept:  # both sides have it open: nothing of it is left, whatever becomes of them
        folder.remove_temporary(journal)
    _begin(made, provider, [f"others could read {path}: it is private now" for path in loose])
    made.reader.refresh()
    log, agent_log = _logs() if kept else (None, None)
    plan = Plan(
        provider=provider,
        journal=str(journal),
        journal_audio=str(audio_path(journal)) if made.audio_fd >= 0 else "",
        journal_fd=made.fd,
        journal_audio_fd=made.audio_fd,
        journals=replace(config.journal, folder=str(journal_folder(config.journal))),
        local=embedded,
        # Whom the configuration names is one of the provider's: the embedded agent has others.
        agent_id=flags.whom if embedded else section.whom,
        base_url=base_url,
        api_key_env="" if local else section.api_key_env,
        section=to_builtins(section),
        secret_env=tuple(config.section(one.name).api_key_env for one in built_in()),
        audio=replace(config.audio, record=record, bridge=_bridge(config.audio.bridge)),
        mic_file=str(flags.mic.resolve()) if flags.mic and flags.mic != STDIN else "",
        mic_fd=os.dup(0) if flags.mic == STDIN else -1,
        mic_rate=flags.mic_rate,
        speaker_file=str(flags.speaker.resolve()) if flags.speaker else "",
        record_path=str(flags.record.resolve() if flags.record else journal.with_suffix(".wav")),
        setup=setup,
        session=config.session,
        tools=config.tools,
        tools_folder=str(config_path.parent),
        agent_log=str(agent_log or ""),
    )
    return Launch(plan, made.reader, journal if kept else None, log, config_path, config.profiles)


def _base_url(text: str) -> str:
    try:
        return base_address(text) if text else ""
    except BadAddress as error:
        raise ConfigError(f"base_url: {error}") from error


def _bridge(configured: str) -> str:
    if configured == "auto":
        return str(bridge_socket())
    return str(Path(configured).expanduser()) if configured else ""


def _how_to_record(config: Config, flags: Flags) -> Literal["off", "stereo", "files"]:
    if flags.record is not None and (flags.text_only or not config.audio.enabled):
        raise ConfigError("--record: there is no sound with --text-only or without audio")
    if flags.record is not None:
        return "stereo" if config.audio.record == "off" else config.audio.record
    if config.audio.record != "off" and flags.journal is None and not config.journal.keep:
        raise ConfigError(
            "audio.record lies beside the journal: set journal.keep, or --record FILE"
        )
    return config.audio.record


def journal_folder(journals: Journal) -> Path:
    if journals.folder:
        return Path(os.path.expanduser(journals.folder)).absolute()
    return folder.default_folder()


@dataclass(slots=True)
class _Made:
    """A new journal: open for the session, which inherits it, and for who reads."""

    path: Path
    fd: int
    audio_fd: int
    reader: JournalReader
    note: str = ""


def _make_journal(config: Config, flags: Flags, label: str) -> _Made:
    """Its name says where the call goes. Raises OSError."""
    if flags.journal is not None:
        path = flags.journal.resolve()
        return _open(path, create(path), config.journal.audio)
    if not config.journal.keep:
        return _open(*folder.temporary_journal(), config.journal.audio)
    where = journal_folder(config.journal)
    try:
        return _open(*folder.new_journal(where, label, datetime.now()), config.journal.audio)
    except OSError as error:
        if config.journal.folder:
            raise
        # A home that cannot be written is no reason not to call.
        made = _open(*folder.temporary_journal(label), config.journal.audio)
        made.note = f"{where} cannot be written ({error.strerror}): the journal is {made.path}"
        return made


def _open(path: Path, fd: int, audio: bool) -> _Made:
    """The new journal `fd` and its new file for audio, whatever their names are later.
    Leaves neither when one cannot be had."""
    try:
        file = _reading(fd, path)
        audio_fd, sound = -1, None
        folder.lock(fd)
        if audio:
            audio_fd = create(audio_path(path))
            sound = _reading(audio_fd, audio_path(path))
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return _Made(path, fd, audio_fd, JournalReader(file, sound, path.name))


def _reading(fd: int, path: Path) -> BinaryIO:
    """The file of `fd` for reading, by its name once more, which others may have taken."""
    reading = os.open(path, os.O_RDONLY | _NOFOLLOW)
    if not os.path.samestat(os.fstat(fd), os.fstat(reading)):
        os.close(reading)
        raise PermissionError(errno.EPERM, "somebody else writes there", str(path))
    return open(reading, "rb", buffering=0)


def _begin(made: _Made, provider: str, notes: list[str]) -> None:
    """Record 0: a journal is whole from its first moment, whatever becomes of the session."""
    writer = JournalWriter(os.dup(made.fd), None, provider=provider, version=__version__)
    for note in notes + [made.note] * bool(made.note):
        writer.fact(Noted(text=note))
    writer.close()


def _logs() -> tuple[Path, Path]:
    """The session's, and the local agent's."""
    return state_folder() / "session.log", state_folder() / "agent.log"


def _check_files(flags: Flags, channel: int) -> None:
    """What can be refused before anything is started, is."""
    if flags.mic == STDIN and os.isatty(0):
        raise ConfigError("--mic -: pipe samples in, such as: sox in.ogg -t wav - | voicescope run")
    mic = flags.mic if flags.mic != STDIN else None
    if mic is not None:
        check_mic(mic, channel)
    check_outputs(mic=mic, speaker=flags.speaker, record=flags.record, journal=flags.journal)
