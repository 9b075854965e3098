"""What the session process is told at its start, in one line of JSON.

Knows the sections of the configuration that the session reads, which the plan carries as they
are, and no secret: a key travels in the environment, under the name given here.
"""

import json
from typing import Annotated, Any, Literal

import msgspec

from tui.setup import Setup

Milliseconds = Annotated[int, msgspec.Meta(ge=5, le=1000)]
Amount = Annotated[int, msgspec.Meta(ge=0)]
Limit = Annotated[float, msgspec.Meta(ge=0, le=100_000)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration."""


class SessionKeys(Section, frozen=True):
    reconnect: bool = True
    """Try again when the network broke a conversation."""
    hand_over: bool = True
    """Tell the agent of such a new conversation what was said before."""
    after_call: bool = True
    """Ask the provider, where there is a key, what it has on record of a call that is over."""
    max_minutes: Limit = 0.0
    """A call is hung up after so long; 0: no limit."""
    max_cost: Limit = 0.0
    """The same in US dollars, as far as prices are known."""


class Audio(Section, frozen=True):
    enabled: bool = True
    """Open devices (or the files in their place)."""
    input: str = ""
    output: str = ""
    chunk_ms: Milliseconds = 20
    block_ms: Milliseconds = 20
    start_buffer_ms: Milliseconds = 60
    mute: Literal["silence", "nothing"] = "silence"
    """What a muted microphone sends."""
    talk: Literal["open", "push"] = "open"
    echo: Literal["off", "cancel", "gate"] = "off"
    input_channel: Amount = 0
    """Of a device with several: 1 is the first, 0 all of them mixed."""
    detector: Literal["auto", "silero", "energy"] = "auto"
    """Who marks the user's speech; auto is Silero where it is installed."""
    quality: Literal["fast", "medium", "best"] = "medium"
    """Of the conversion between the device's rate and the wire's."""
    record: Literal["off", "stereo", "files"] = "off"
    bridge: str = ""
    """A Unix socket of a bridge whose devices are used in place of this machine's."""

    @property
    def push_to_talk(self) -> bool:
        return self.talk == "push"


class Journal(Section, frozen=True):
    keep: bool = True
    folder: str = ""
    audio: bool = True
    max_mb: Amount = 2000
    """Older journals go when all of them are larger, or older than this; 0: no limit."""
    max_age_days: Amount = 30


class ClientTool(Section, frozen=True):
    """A client tool: either `run` or `command`."""

    run: str = ""
    """`module:function`, called with the arguments by name."""
    command: tuple[str, ...] = ()
    """Program and arguments, run without a shell; the tool's arguments come on its stdin."""
    description: str = ""
    parameters: dict[str, Any] = {}
    """JSON Schema (2020-12) of the arguments."""
    approve: Literal["ask", "auto"] = "ask"
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 10.0
    env: tuple[str, ...] = ()
    """Names of variables that it may see, beside PATH, HOME and LANG."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How to hold a call. Paths are absolute."""

    provider: str
    """Its protocol."""
    local: bool = False
    """The embedded agent speaks it, which the session starts itself."""
    journal: str
    """An empty file that the session appends to."""
    journal_audio: str = ""
    """An empty file for the audio; "" keeps none."""
    journal_fd: int = -1
    """The same, open and inherited: what lies under a name may change. -1: by its path."""
    journal_audio_fd: int = -1
    journal_records: int = 0
    """Records it already holds: a session before this one was killed."""
    journals: Journal = Journal(keep=False)
    """Whether journals are kept, where, and how many."""

    agent_id: str = ""
    """Who is called, as the provider names it; "" for the embedded agent's first."""
    base_url: str = ""
    """Where the provider's API is; "" for the embedded agent."""
    api_key_env: str = ""
    section: dict[str, Any] = {}
    """The provider's table; what is agreed above wins."""
    secret_env: tuple[str, ...] = ()
    """More variables that hold a secret, such as the key of a provider that is not called."""

    audio: Audio = Audio()
    mic_file: str = ""
    mic_fd: int = -1
    """A pipe of raw samples in place of a microphone, inherited; -1 for none."""
    mic_rate: int = 16_000
    """Of that pipe, Hz."""
    speaker_file: str = ""
    muted: bool = False
    """Begin with a closed microphone: a session before this one was muted."""
    record_path: str = ""
    """Where the call's sound goes, a .wav; two files get -user and -agent before the ending."""

    setup: Setup = Setup()
    """What the first conversation asks of the agent."""
    session: SessionKeys = SessionKeys()

    tools: dict[str, ClientTool] = {}
    tools_folder: str = ""
    """Where tools run, and where modules of `run` are found first."""

    agent_log: str = ""
    """File that the local agent's own log goes to; "" for nowhere."""


def encode_plan(plan: Plan) -> bytes:
    """One line of JSON, also where a path is no text."""
    return json.dumps(msgspec.to_builtins(plan)).encode()


def decode_plan(line: bytes) -> Plan:
    return msgspec.convert(json.loads(line), Plan)
