"""The microphone's side of a session: what is heard becomes chunks for the wire, and marks.

Knows capture and the plan; no socket, no speaker. Polled from the loop, never blocks.
"""

import asyncio
from collections.abc import Callable

from tui.audio.capture import Capture
from tui.audio.pipe import PipeMicrophone
from tui.audio.ports import Block, Port, Source
from tui.audio.speech import Edge, SpeechDetector
from tui.audio.wavfile import WavMicrophone
from tui.events import (
    AudioFormat,
    AudioGlitched,
    Encoding,
    Event,
    MicMuted,
    SpeechStarted,
    SpeechStopped,
)
from tui.session.plan import Plan
from tui.session.ports import make_source

SILENT = -120.0


class Ears:
    """Captures from a device or a file; `emit` takes what is to be put on record."""

    side = "input"

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._format = AudioFormat(Encoding.PCM, 16_000)
        self._capture: Capture | None = None
        self._detector: SpeechDetector | None = None
        self._overruns = 0
        self._begun = False
        self._file_started = False
        self.port: Source | None = None
        self.muted = False
        self.speaking = False
        self.filter: Callable[[Block], Block] | None = None
        """Makes of each block what is sent and judged in its place, such as an echo canceller;
        blocks of other lengths than they came in are not allowed."""
        self.tap: Callable[[Block], None] = lambda block: None
        """Sees every block as it was captured, muted or not."""

    @property
    def is_file(self) -> bool:
        return bool(self._plan.mic_file) or self._plan.mic_fd >= 0

    async def open(self) -> Port:
        """Open the device or file and use it. Raises AudioUnavailable."""
        port = await asyncio.to_thread(self._make)
        self._use(port)
        return port

    def _make(self) -> Source:
        """Blocks, as a sound server may."""
        source = make_source(self._plan, self._plan.input_device)
        if not self.is_file:  # which begins to speak when there is an agent
            source.start()
        return source

    def _use(self, source: Source) -> None:
        """Listen to `source` from now on."""
        self.port = source
        self._overruns = source.overruns
        self._start_capture(source)
        self._start_file()

    def agree(self, wire: AudioFormat) -> None:
        """Send in this format from now on."""
        changed, self._format = wire != self._format, wire
        if changed and self.port is not None:
            self._start_capture(self.port)

    def begin(self) -> None:
        """There is an agent to hear us: a file begins to speak, once."""
        self._begun = True
        self._start_file()

    def leave(self) -> Source | None:
        """Listen no more; gives the port, for the caller to close."""
        port, self.port = self.port, None
        self._capture = self._detector = None
        self.speaking = False
        return port

    def mute(self, muted: bool) -> None:
        """Send silence instead of sound: the agent's own detector keeps its rhythm."""
        self.muted = muted
        if self._capture is not None:
            self._capture.muted = muted
        self._emit(MicMuted(muted=muted))
        if muted and self._detector is not None:
            self._mark(self._detector.stop())

    def poll(self) -> list[bytes]:
        """Chunks of the wire format that are due; also marks when the user speaks."""
        if self._capture is None or self.port is None:
            return []
        chunks = self._capture.poll()
        missed = self.port.overruns - self._overruns
        if missed > 0:
            self._overruns += missed
            self._emit(AudioGlitched(what="overrun", count=missed))
        return [chunk.data for chunk in chunks]

    @property
    def level(self) -> float:
        """dBFS of what the microphone hears, muted or not."""
        return self._capture.level if self._capture else SILENT

    @property
    def file_finished(self) -> bool:
        """The file in place of a microphone has been spoken to its end."""
        return isinstance(self.port, (WavMicrophone, PipeMicrophone)) and self.port.finished

    def _start_capture(self, source: Source) -> None:
        self._detector = SpeechDetector(source.rate)
        self._capture = Capture(
            source,
            self._format.rate,
            self._format.encoding,
            self._plan.chunk_ms,
            before=self._pass,
            on_block=self._detect,
        )
        self._capture.muted = self.muted

    def _start_file(self) -> None:
        if self.is_file and self._begun and not self._file_started and self.port is not None:
            self._file_started = True
            self.port.start()

    def _pass(self, block: Block) -> Block:
        self.tap(block)
        return self.filter(block) if self.filter is not None else block

    def _detect(self, block: Block) -> None:
        if self._detector is not None:
            self._mark(self._detector.feed(block.pcm, block.capture_ns))

    def _mark(self, edges: list[Edge]) -> None:
        for edge in edges:
            self.speaking = edge.started
            mark = SpeechStarted if edge.started else SpeechStopped
            self._emit(mark(at_ns=edge.at_ns))
