"""The session's ears and mouth: devices or files, in the formats that were negotiated.

Knows audio and the plan; no socket. All is polled from the loop every few milliseconds and never
blocks; opening a device happens in a thread.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tui.audio.capture import Capture
from tui.audio.device import Microphone, Speaker, rescan
from tui.audio.player import Finished, Gap, Player, Started
from tui.audio.ports import AudioUnavailable, Block, Sink, Source
from tui.audio.speech import Edge, SpeechDetector
from tui.audio.wavfile import WavMicrophone, WavSpeaker
from tui.events import (
    AudioFailed,
    AudioFormat,
    AudioGlitched,
    AudioOpened,
    Encoding,
    Event,
    MicMuted,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ReplySilenced,
    SpeechStarted,
    SpeechStopped,
)
from tui.session.plan import Plan

PortT = TypeVar("PortT", Source, Sink)

SILENT = -120.0
FILE_RATE = 48_000
_DEFAULT_FORMAT = AudioFormat(Encoding.PCM, 16_000)


class Voice:
    """Capture and playback of one session; `emit` takes what is to be put on record."""

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._source: Source | None = None
        self._sink: Sink | None = None
        self._capture: Capture | None = None
        self._player: Player | None = None
        self._input = _DEFAULT_FORMAT
        self._output = _DEFAULT_FORMAT
        self._detector: SpeechDetector | None = None
        self._silenced: set[int] = set()
        self._early: list[tuple[int, bytes]] = []
        self._glitches = {"underrun": 0, "overrun": 0}
        self._opening = False
        self._begun = False
        self._tried = False
        self._ports = asyncio.Lock()
        self._failures: dict[str, AudioUnavailable] = {}
        self._file_started = False
        self.muted = False
        self.speaking = False

    # ── Opening and closing ─────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Open both sides; what cannot be had is put on record and the call goes on without."""
        if not self._plan.audio or self._opening:
            return
        self._opening = True
        self._failures.clear()
        try:
            async with self._ports:
                await self._open_ports()
        finally:
            self._opening = False
        self.agree(self._input, self._output)
        self._start_file()
        self._play_early()

    async def _open_ports(self) -> None:
        if self._tried and self._source is None and self._sink is None:
            # A headset may have been plugged in since: PortAudio looks only when it is asked to.
            with contextlib.suppress(AudioUnavailable):
                await asyncio.to_thread(rescan)
        self._tried = True
        if self._source is None:
            self._source = await self._open_side("input", self._open_source)
        if self._sink is None:
            self._sink = await self._open_side("output", self._open_sink)

    async def _open_side(self, side: str, opener: Callable[[], PortT]) -> PortT | None:
        try:
            port = await asyncio.to_thread(opener)
        except AudioUnavailable as error:
            self._fail(side, error)
            return None
        self._report(side, port)
        return port

    def agree(self, input_format: AudioFormat, output_format: AudioFormat) -> None:
        """Use these wire formats from now on."""
        if self._source and (self._capture is None or input_format != self._input):
            self._capture = Capture(
                self._source,
                input_format.rate,
                input_format.encoding,
                self._plan.chunk_ms,
                on_block=self._detect,
            )
            self._capture.muted = self.muted
            self._detector = SpeechDetector(self._source.rate)
        if self._sink and (self._player is None or output_format != self._output):
            self._player = Player(
                self._sink,
                output_format.rate,
                output_format.encoding,
                self._plan.start_buffer_ms,
            )
        self._input, self._output = input_format, output_format

    def begin(self) -> None:
        """A conversation starts: its replies are numbered from 1, and a file begins to speak."""
        self._silenced.clear()
        self._begun = True
        self._start_file()

    async def rest(self) -> None:
        """Between calls nobody listens: give the devices back. Files go on to the end."""
        keep_source, keep_sink = bool(self._plan.mic_file), bool(self._plan.speaker_file)
        ports: list[Source | Sink] = []
        if self._source is not None and not keep_source:
            ports.append(self._source)
            self._source = self._capture = self._detector = None
            self.speaking = False
        if self._sink is not None and not keep_sink:
            ports.append(self._sink)
            self._sink = self._player = None
        async with self._ports:
            for port in ports:
                await asyncio.to_thread(port.close)

    def _start_file(self) -> None:
        """A file speaks once, from the moment at which there is an agent to hear it."""
        waiting = self._plan.mic_file and self._begun and not self._file_started
        if waiting and self._source is not None:
            self._file_started = True
            self._source.start()

    def close(self) -> None:
        for port in (self._source, self._sink):
            if port is not None:
                port.close()
        self._source = self._sink = None
        self._capture = self._player = None

    def _open_source(self) -> Source:
        plan = self._plan
        if plan.mic_file:
            return WavMicrophone(Path(plan.mic_file), plan.block_ms)
        source = Microphone(plan.input_device, plan.block_ms)
        source.start()
        return source

    def _open_sink(self) -> Sink:
        plan = self._plan
        sink: Sink = (
            WavSpeaker(Path(plan.speaker_file), FILE_RATE, plan.block_ms)
            if plan.speaker_file
            else Speaker(plan.output_device, plan.block_ms)
        )
        sink.start()
        return sink

    def _report(self, side: str, port: Source | Sink) -> None:
        self._emit(
            AudioOpened(
                side=side,
                device=port.name,
                rate=port.rate,
                channels=port.channels,
                block_ms=port.block_ms,
                latency_ms=round(port.latency_ms, 1),
            )
        )

    def _fail(self, side: str, error: AudioUnavailable) -> None:
        self._failures[side] = error
        self._emit(AudioFailed(side=side, reason=error.reason, advice=error.advice))

    # ── The microphone ──────────────────────────────────────────────────────────────────────────

    def mute(self, muted: bool) -> None:
        """Send silence instead of sound: the agent's own detector keeps its rhythm."""
        self.muted = muted
        if self._capture is not None:
            self._capture.muted = muted
        self._emit(MicMuted(muted=muted))
        if muted and self._detector is not None:
            self._mark(self._detector.stop())

    def hear(self) -> list[bytes]:
        """Chunks of the wire format that are due; also looks after what the user does."""
        if self._capture is None or self._source is None:
            return []
        chunks = self._capture.poll()
        self._count("overrun", self._source.overruns)
        if self._source.failed:
            self._lose("input", self._source.failed)
        return [chunk.data for chunk in chunks]

    @property
    def file_finished(self) -> bool:
        """The file in place of a microphone has been spoken to its end."""
        return isinstance(self._source, WavMicrophone) and self._source.finished

    def _detect(self, block: Block) -> None:
        if self._detector is not None:
            self._mark(self._detector.feed(block.pcm, block.capture_ns))

    def _mark(self, edges: list[Edge]) -> None:
        for edge in edges:
            self.speaking = edge.started
            mark = SpeechStarted if edge.started else SpeechStopped
            self._emit(mark(at_ns=edge.at_ns))

    # ── The speaker ─────────────────────────────────────────────────────────────────────────────

    def play(self, event_id: int, audio: bytes) -> None:
        """Queue a piece of reply `event_id`, unless the user silenced that reply."""
        if event_id in self._silenced:
            return
        if self._player is not None:
            self._player.play(event_id, audio)
        elif self._opening:
            self._early.append((event_id, audio))

    def _play_early(self) -> None:
        """What the agent said while the speaker was being opened."""
        early, self._early = self._early, []
        for event_id, audio in early:
            self.play(event_id, audio)

    def flush(self, cause: str) -> None:
        """Stop and clear playback now; `cause` is interruption or user."""
        self._early.clear()
        if self._player is None:
            return
        for cut in self._player.flush():
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

    def follow_playback(self) -> None:
        """Put on record which replies reached the ear, and when."""
        if self._player is None or self._sink is None:
            return
        for progress in self._player.poll():
            match progress:
                case Started(reply=reply, at_ns=at_ns):
                    self._emit(PlaybackStarted(event_id=reply, at_ns=at_ns))
                case Gap(gap_ms=gap_ms):
                    self._emit(AudioGlitched(what="gap", gap_ms=round(gap_ms, 1)))
                case Finished(reply=reply, at_ns=at_ns, heard_ms=heard_ms):
                    self._emit(
                        PlaybackFinished(event_id=reply, at_ns=at_ns, heard_ms=round(heard_ms, 1))
                    )
        self._count("underrun", self._sink.underruns)
        if self._sink.failed:
            self._lose("output", self._sink.failed)

    # ── The present ─────────────────────────────────────────────────────────────────────────────

    @property
    def advice(self) -> str:
        """Why a side is silent and what to do; "" when both are well."""
        if not self._failures:
            return ""
        names = {"input": "microphone", "output": "speaker"}
        missing = " and no ".join(names[side] for side in self._failures)
        error = next(iter(self._failures.values()))
        return f"no {missing}: {error.reason}; {error.advice}"

    @property
    def mic_available(self) -> bool:
        return self._capture is not None

    @property
    def speaker_available(self) -> bool:
        return self._player is not None

    @property
    def mic_dbfs(self) -> float:
        """What the microphone hears, muted or not."""
        return self._capture.level if self._capture else SILENT

    @property
    def speaker_dbfs(self) -> float:
        return self._player.level if self._player else SILENT

    @property
    def playing(self) -> bool:
        return self._player is not None and self._player.playing

    def _count(self, what: str, total: int) -> None:
        new = total - self._glitches[what]
        if new > 0:
            self._glitches[what] = total
            self._emit(AudioGlitched(what=what, count=new))

    def _lose(self, side: str, reason: str) -> None:
        """A device went away in a call: the call goes on, this side in silence."""
        if side == "input" and self._source is not None:
            self._source.close()
            self._source, self._capture, self.speaking = None, None, False
        elif self._sink is not None:
            self._sink.close()
            self._sink, self._player = None, None
        advice = "connect it again, then press F3 twice for a new call"
        self._fail(side, AudioUnavailable(reason, advice))
