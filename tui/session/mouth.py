"""The speaker's side of a session: replies are played, cut, and accounted for by the sample.

Knows playback and the plan; no socket, no microphone. Polled from the loop, never blocks.
"""

import asyncio
from collections.abc import Callable

from tui.audio.player import Finished, Gap, Player, Started
from tui.audio.ports import Port, Sink
from tui.audio.start_buffer import StartBuffer
from tui.events import (
    AudioFormat,
    AudioGlitched,
    Encoding,
    Event,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplySilenced,
)
from tui.session.plan import Plan
from tui.session.ports import make_sink

SILENT = -120.0


class Mouth:
    """Plays to a device or a file; `emit` takes what is to be put on record."""

    side = "output"

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._format = AudioFormat(Encoding.PCM, 16_000)
        self._player: Player | None = None
        self._silenced: set[int] = set()
        self._early: list[tuple[int, bytes]] = []
        self._underruns = 0
        self.opening = False
        """The port is being opened: what the agent says meanwhile is kept."""
        self.port: Sink | None = None

    @property
    def is_file(self) -> bool:
        return bool(self._plan.speaker_file)

    async def open(self) -> Port:
        """Open the device or file and use it. Raises AudioUnavailable."""
        port = await asyncio.to_thread(self._make)
        self._use(port)
        return port

    def _make(self) -> Sink:
        """Blocks, as a sound server may."""
        sink = make_sink(self._plan, self._plan.output_device)
        sink.start()
        return sink

    def _use(self, sink: Sink) -> None:
        """Speak through `sink` from now on, first what came while it was being opened."""
        self.port = sink
        self._underruns = sink.underruns
        self._start_player(sink)
        self.opening = False
        early, self._early = self._early, []
        for event_id, audio in early:
            self.play(event_id, audio)

    def agree(self, wire: AudioFormat) -> None:
        """Expect this format from now on."""
        changed, self._format = wire != self._format, wire
        if changed and self.port is not None:
            self._start_player(self.port)

    def begin(self) -> None:
        """A conversation starts: its replies are numbered from 1."""
        self._silenced.clear()

    def leave(self) -> Sink | None:
        """Speak no more; gives the port, for the caller to close."""
        port, self.port = self.port, None
        self._player = None
        return port

    def play(self, event_id: int, audio: bytes) -> None:
        """Queue a piece of reply `event_id`, unless the user silenced that reply."""
        if event_id in self._silenced:
            return
        if self._player is not None:
            self._player.play(event_id, audio)
        elif self.opening:
            self._early.append((event_id, audio))

    def flush(self, cause: str) -> None:
        """Stop and clear playback now; `cause` is interruption, user or call ended."""
        self._early.clear()
        for cut in self._player.flush() if self._player else ():
            self._emit(
                PlaybackFlushed(
                    event_id=cut.reply,
                    at_ns=cut.at_ns,
                    heard_ms=round(cut.heard_ms, 1),
                    dropped_ms=round(cut.dropped_ms, 1),
                    cause=cause,
                )
            )

    def silence(self, event_id: int) -> None:
        """The user's own stop key: what still comes of this reply is not played."""
        self.flush("user")
        if event_id:
            self._silenced.add(event_id)
            self._emit(ReplySilenced(event_id=event_id))

    def poll(self) -> None:
        """Put on record which replies reached the ear, and when."""
        if self._player is None or self.port is None:
            return
        for progress in self._player.poll():
            match progress:
                case Started(reply=reply, at_ns=at_ns):
                    self._emit(PlaybackStarted(event_id=reply, at_ns=at_ns))
                case Gap(gap_ms=gap_ms):
                    self._emit(AudioGlitched(what="gap", gap_ms=round(gap_ms, 1)))
                case Finished(reply=reply, at_ns=at_ns, heard_ms=heard_ms):
                    heard = round(heard_ms, 1)
                    self._emit(PlaybackFinished(event_id=reply, at_ns=at_ns, heard_ms=heard))
        missed = self.port.underruns - self._underruns
        if missed > 0:
            self._underruns += missed
            self._emit(AudioGlitched(what="underrun", count=missed))

    @property
    def level(self) -> float:
        """dBFS of what is being played."""
        return self._player.level if self._player else SILENT

    @property
    def playing(self) -> bool:
        return self._player is not None and self._player.playing

    def _start_player(self, sink: Sink) -> None:
        self._player = Player(
            sink, self._format.rate, self._format.encoding, StartBuffer(self._plan.start_buffer_ms)
        )
