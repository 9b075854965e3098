"""What the session process tells the screen, at most ten times a second.

A notice is a snapshot of the present, never a change: the newest one says it all, so a slow
reader may skip any number of them. What happened is in the journal; a notice says how far the
journal has grown and what has no record (levels).
"""

from enum import StrEnum

import msgspec

from tui.catalogue import DeviceChoice
from tui.events import Failure

SILENT_DBFS = -120.0


class CallState(StrEnum):
    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    CLOSING = "closing"
    FAILED = "failed"

    @property
    def busy(self) -> bool:
        """A call is under way, or about to begin or to end."""
        return self in (CallState.CONNECTING, CallState.LIVE, CallState.CLOSING)


class PendingTool(msgspec.Struct, frozen=True):
    """A tool that waits for the user's word. `arguments` is JSON text, to be cleaned."""

    call_id: str
    name: str
    arguments: str
    deadline_ns: int
    server: str = ""
    """The MCP server that the agent would run it on; "" for a client tool, which runs here."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The session, now. Levels are dBFS (0 = full scale), SILENT_DBFS when there is no sound."""

    state: CallState = CallState.IDLE
    detail: str = ""
    """One sentence for the state: why it failed, who hung up; "" when there is nothing to say."""
    failure: Failure = Failure.OTHER
    """Of a state that failed."""
    records: int = 0
    """Whole records in the journal file."""
    target: str = ""
    """What we are connected to, redacted, short: `local agent`, `provider/agent_12`."""
    live_ns: int = 0
    """Monotonic time at which the call went live; 0 when it is not."""
    muted: bool = False
    push_to_talk: bool = False
    """The microphone is open only between two presses of the talk key."""
    held: bool = False
    """Both ways are silent; the reply that was being played waits where it is."""
    switched: int = -1
    """How many switches (mute, push-to-talk, hold) the session has obeyed; -1: no session says."""
    mic_available: bool = False
    audio_advice: str = ""
    """Why there is no audio, and what to install; "" when there is."""
    mic_dbfs: float = SILENT_DBFS
    speaker_dbfs: float = SILENT_DBFS
    mic_peak_dbfs: float = SILENT_DBFS
    """The loudest sample of the last second, muted or not."""
    speaker_peak_dbfs: float = SILENT_DBFS
    """The same of what is being played."""
    audio_warnings: tuple[str, ...] = ()
    """What is wrong with the sound at the moment, in words for the user."""
    echo: str = ""
    """What keeps the agent from hearing itself: cancel, gate, or "" for nothing."""
    buffer_ms: int = 0
    """How much of a reply is collected before it is played, at present."""
    bridge_ms: float | None = None
    """Time to the sound devices at the other end of a bridge and back; None without one."""
    asking_after: bool = False
    """The provider is being asked what it has on record of a call that is over."""
    recording: str = ""
    """The file that the call is being recorded to; "" for none."""
    devices: tuple[DeviceChoice, ...] = ()
    """The devices to choose from, while they are watched (`WatchDevices`)."""
    devices_advice: str = ""
    """Why there are none, and what to do."""
    speaking: bool = False
    """The local detector hears the user."""
    agent_speaking: bool = False
    """Reply samples are being played."""
    vad_score: float | None = None
    """The provider's newest VAD score, where it sends them."""
    round_trip_ms: float | None = None
    """The provider's newest estimate (ping_ms), else that of the socket's own ping."""
    stalled_ms: int = 0
    """How long nothing has come from the agent although something should have; 0 = healthy."""
    pending_tools: tuple[PendingTool, ...] = ()
    retry_at_ns: int = 0
    """Monotonic time of the next try to connect; 0 when none is planned."""
    retry_attempt: int = 0
    duration_limit_s: int = 0
    """How long the call may last, by the agent or the user's own limit; 0 when not known."""
    limit: str = ""
    """The user's limit that is nearly reached: `83 % of $0.50`."""
    mic_file_finished: bool = False
    """The file in place of a microphone has been spoken to its end."""
    journal_error: str = ""
    """Why records are being lost at the moment, e.g. a full disk; the call goes on."""
    final: bool = False
    """The session process is about to end; no notice follows."""
