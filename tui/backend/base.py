"""What the screen needs behind it: a session process, or a finished journal. Typing only."""

from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from tui.catalogue import AgentCard, AgentChoice, Table, VoiceChoice
from tui.commands import Command
from tui.errors import Progress
from tui.events import AudioFormat
from tui.journal.reader import JournalReader
from tui.notices import Notice
from tui.provider import Capabilities, OpenCodec, Summarize
from tui.setup import Setup, SetupField


class ClipShape(NamedTuple):
    """A piece of sound to look at: format, length, loudness, and the lowest and highest sample
    (-1.0 to 1.0) of each column."""

    format: str
    ms: float
    dbfs: float
    columns: tuple[tuple[float, float], ...]


class Sounds(Protocol):
    """The sound of a journal's frames, by record numbers and the format their conversation agreed
    on. All raise BackendError, in words."""

    def shape(self, numbers: Sequence[int], wire: AudioFormat, columns: int) -> ClipShape: ...

    def save(self, numbers: Sequence[int], wire: AudioFormat, stem: str) -> Path:
        """As a new WAV file in the present folder."""
        ...

    async def play_file(self, data: bytes) -> None:
        """A WAV or MP3 file, as `play` does."""
        ...

    async def play(self, numbers: Sequence[int], wire: AudioFormat) -> None:
        """On this machine's speaker, to the end or until `stop`."""
        ...

    @property
    def playing(self) -> bool: ...

    def stop(self) -> None: ...


class SavesCalls(Protocol):
    """Files made of a call, in the present folder. All raise BackendError and may take long: they
    are for a thread."""

    def rows(self, numbers: Sequence[int], name: str) -> Path:
        """These records as a journal of their own."""
        ...

    def scenario(self, numbers: Sequence[int], name: str) -> Path:
        """These records as a scenario that the local agent acts out."""
        ...

    def folder(self, progress: Progress) -> tuple[Path, str]:
        """The whole call: journal with its audio, transcript, and its sound as a WAV; why there is
        none of that, or ""."""
        ...


class Directory(Protocol):
    """What a call can be set up from. Asking goes to the network, never on the screen's own loop
    for longer than it takes to start a process."""

    @property
    def fields(self) -> Sequence[SetupField]:
        """What can be set up of a call."""
        ...

    def tables(self) -> Mapping[str, Table]:
        """The provider's published tables, with what the user's files add."""
        ...

    def preflight(self, card: AgentCard | None, setup: Setup) -> Sequence[str]:
        """What that agent (None: not known) would refuse of `setup`, a sentence each."""
        ...

    def notes(self, setup: Setup) -> Sequence[str]:
        """What of it has no effect, or is not served for long, a sentence each."""
        ...

    async def agents(self, search: str) -> list[AgentChoice]:
        """Agents to choose from. Raises BackendError, in words for the user."""
        ...

    async def voices(self, search: str) -> list[VoiceChoice]:
        """Voices to choose from. Raises BackendError."""
        ...

    async def preview(self, url: str) -> bytes:
        """The sound file of a voice's `preview_url`. Raises BackendError."""
        ...

    async def last_calls(self) -> Mapping[str, int]:
        """When agents were called from here last, by id: wall clock, s; as the journals say."""
        ...

    async def agent(self, agent_id: str) -> AgentCard | None:
        """What one agent is and permits; "" is the configured one. None, and nobody is asked,
        where the provider tells no such thing. Raises BackendError."""
        ...

    @property
    def setup(self) -> Setup:
        """What the next conversation is asked to be, until `Connect` says otherwise."""
        ...

    @property
    def profiles(self) -> dict[str, Setup]:
        """Set-ups saved in the configuration, by name."""
        ...

    def save_profile(self, name: str, setup: Setup) -> None:
        """Keep `setup` in the configuration; never a key. Raises BackendError."""
        ...


@runtime_checkable
class Frames(Protocol):
    """A backend that knows what frames may be sent by hand."""

    @property
    def frame_templates(self) -> Sequence[tuple[str, str]]:
        """(name, example text) of every message that a client can send."""
        ...

    def frame_check(self, text: str, /) -> str:
        """What is wrong with a frame written by hand, "" when nothing is."""
        ...

    def redact(self, text: str, /) -> str:
        """`text` without what is secret in this call, to be kept."""
        ...


class Backend(Protocol):
    @property
    def reader(self) -> JournalReader:
        """The journal that is shown; another one after `restart`, perhaps."""
        ...

    @property
    def open_codec(self) -> OpenCodec: ...

    @property
    def summarize(self) -> Summarize: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def title(self) -> str:
        """What will be talked to, redacted and short, until a notice names it."""
        ...

    @property
    def live(self) -> bool:
        """False for a replay: there is nobody to talk to."""
        ...

    def notices(self) -> AsyncIterator[Notice]:
        """Snapshots, at most ten a second; ends when the session process is gone.

        Whole records in the file before the notice that counts them. Called again after `restart`.
        """
        ...

    @property
    def directory(self) -> Directory | None:
        """Where agents, voices and profiles are; None where there is nothing to set up."""
        ...

    @property
    def sounds(self) -> Sounds | None:
        """Who can draw, save and play the sound of frames."""
        ...

    @property
    def take_away(self) -> SavesCalls | None:
        """Who can make files of the call; None where nothing of it is kept."""
        ...

    def wished(self, notice: Notice) -> Notice:
        """`notice` with the switches that were asked for and that it does not stand for yet."""
        ...

    def send(self, command: Command) -> None:
        """Ask the session; never blocks, never raises (a dead session shows by `notices`)."""
        ...

    async def restart(self) -> None:
        """Start the session process again, after `notices` ended. Raises OSError."""
        ...

    async def close(self) -> None:
        """Hang up and end what was started, within 2 s. A second call does nothing."""
        ...


class ReplayState(NamedTuple):
    """Where a replay stands. Times are ns from the first record."""

    position: int
    total: int
    at_ns: int
    end_ns: int
    playing: bool
    speed: float
    """0.0 = all at once."""
    skipped_ns: int
    """How much of the silence that is passing now was left out."""
    following: bool = False
    """At the end of a journal that grows."""
    writing: bool | None = None
    """Another process writes it; False: one did, and has ended; None: it was finished."""


class ReplayVerb(StrEnum):
    TOGGLE = "toggle"
    STEP = "step"
    FASTER = "faster"
    SLOWER = "slower"
    START = "start"
    END = "end"


class Replayed(Backend, Protocol):
    """A backend that goes through a journal at the user's pace."""

    @property
    def state(self) -> ReplayState: ...

    def ask(self, verb: ReplayVerb) -> None: ...
