"""The microphone's side of a session: what is heard becomes chunks for the wire, and marks.

Knows capture and the plan; no socket, no speaker. Polled from the loop, never blocks but in `make`.
"""

from collections.abc import Callable

from tui.audio.capture import Capture
from tui.audio.files.pipe import PipeMicrophone
from tui.audio.files.wavfile import WavMicrophone
from tui.audio.level import Peak
from tui.audio.ports import Block, Port, Source
from tui.audio.silence import Silence
from tui.audio.speech.energy_detector import Edge
from tui.audio.speech.mic_health import MicHealth, MicProblem
from tui.events import (
    AudioFormat,
    AudioGlitched,
    Encoding,
    Event,
    MicMuted,
    Noted,
    SpeechStarted,
    SpeechStopped,
)
from tui.plan import Plan
from tui.session.sound.open_ports import begin, make_source
from tui.session.sound.speech_marks import SpeechMarks

SILENT = -120.0


class Microphone:
    """Captures from a device or a file; `emit` takes what is to be put on record."""

    side = "input"

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._format = AudioFormat(Encoding.PCM, 16_000)
        self._capture: Capture | None = None
        self._marks = SpeechMarks(plan.detector)
        self._troubles = MicHealth()
        self._peak = Peak()
        self._overruns = 0
        self._silence: Silence | None = None
        self._wanted = False
        self._begun = False
        self._file_started = False
        self._phase_told = False
        self.port: Source | None = None
        self.muted = plan.muted or plan.push_to_talk
        self.held = False
        self.speaking = False
        self.filter: Callable[[Block], Block] | None = None
        """Makes of each block what is sent and judged in its place, such as an echo canceller;
        blocks of other lengths than they came in are not allowed."""
        self.tap: Callable[[Block], None] = lambda block: None
        """Sees every block as it was captured, muted or not."""
        self.idle: Callable[[], bool] = lambda: True
        """Whether work that holds the interpreter for a moment would be heard by nobody."""

    @property
    def is_file(self) -> bool:
        return bool(self._plan.mic_file) or self._plan.mic_fd >= 0

    def make(self, device: str) -> Port:
        """A port that hears already, not used yet. Blocks; raises AudioUnavailable."""
        source = make_source(self._plan, device)
        if not self.is_file:  # which begins to speak when there is an agent
            begin(source)
        return source

    def use(self, port: Port) -> None:
        """Listen to what `make` made from now on."""
        source: Source = port  # type: ignore[assignment]
        self.port = source
        self._silence = None
        self._overruns = source.overruns
        self._start_capture(source)
        self._start_file()

    def agree(self, wire: AudioFormat) -> None:
        """Send in this format from now on."""
        changed, self._format = wire != self._format, wire
        self._silence = None if changed else self._silence
        if changed and self.port is not None:
            self._start_capture(self.port)

    def want(self, wanted: bool) -> None:
        """There is to be a microphone: while there is none, silence is sent."""
        self._wanted, self._silence = wanted, None

    def begin(self) -> None:
        """There is an agent to hear us: a file begins to speak, once."""
        self._begun = True
        self._start_file()

    def leave(self) -> Source | None:
        """Listen no more; gives the port, for the caller to close."""
        port, self.port = self.port, None
        self._mark(self._marks.close())
        self._capture = None
        self._troubles.forget()
        self._peak.forget()
        return port

    def mute(self, muted: bool) -> None:
        """Send silence instead of sound, or nothing at all, as the plan has it."""
        self.muted = muted
        self._emit(MicMuted(muted=muted))
        self._close()

    def hold(self, held: bool) -> None:
        """Send silence, muted or not: a call that is held keeps its rhythm."""
        self.held = held
        self._close()

    def poll(self) -> list[bytes]:
        """Chunks of the wire format that are due; also marks when the user speaks."""
        if self._capture is None or self.port is None:
            return self._stand_in()
        chunks = self._capture.poll()
        self._tell_of_phase(self.port)
        missed = self.port.overruns - self._overruns
        if missed > 0:
            self._overruns += missed
            self._emit(AudioGlitched(what="overrun", count=missed))
        if self.muted and not self._keeps_rhythm:
            return []
        return [chunk.data for chunk in chunks]

    def _tell_of_phase(self, port: Source) -> None:
        if self._phase_told or not isinstance(port, (WavMicrophone, PipeMicrophone)):
            return
        if port.opposite:
            self._phase_told = True
            piped = isinstance(port, PipeMicrophone)
            advice = "pipe in one of them" if piped else "set audio.input_channel = 1"
            self._emit(
                Noted(
                    text=f"the channels of {port.name} are opposite in phase: mixed, the agent "
                    f"hears nothing; {advice}"
                )
            )

    @property
    def closed(self) -> bool:
        """What the microphone hears stays here: muted, or held."""
        return self.muted or self.held

    @property
    def level(self) -> float:
        """dBFS of what the microphone hears, muted or not."""
        return self._capture.level if self._capture else SILENT

    @property
    def peak(self) -> float:
        """dBFS of the loudest sample of the last second, muted or not."""
        return self._peak.dbfs if self._capture else SILENT

    def troubles(self) -> list[MicProblem]:
        """What became wrong with the microphone's signal, or right, since the last call."""
        return self._troubles.news()

    @property
    def file_finished(self) -> bool:
        """The file in place of a microphone has been spoken to its end."""
        return isinstance(self.port, (WavMicrophone, PipeMicrophone)) and self.port.finished

    @property
    def _keeps_rhythm(self) -> bool:
        """Where there is nothing to hear, silence is sent."""
        return self.held or self._plan.mute == "silence"

    def _stand_in(self) -> list[bytes]:
        """What a microphone would send that is lost, or not there yet."""
        if not (self._wanted and self._begun and self._keeps_rhythm) or self.is_file:
            return []
        if self._silence is None:
            wire = self._format
            self._silence = Silence(wire.rate, wire.encoding, self._plan.chunk_ms)
        return self._silence.poll()

    def _start_capture(self, source: Source) -> None:
        self._marks.open(source.rate)
        self._capture = Capture(
            source,
            self._format.rate,
            self._format.encoding,
            self._plan.chunk_ms,
            quality=self._plan.quality,
            before=self._pass,
            on_block=self._detect,
        )
        self._capture.muted = self.closed

    def _close(self) -> None:
        if self._capture is not None and self._capture.muted != self.closed:
            self._capture.muted = self.closed
        if self.closed:
            self._mark(self._marks.stop())

    def _start_file(self) -> None:
        if self.is_file and self._begun and not self._file_started and self.port is not None:
            self._file_started = True
            self.port.start()

    def _pass(self, block: Block) -> Block:
        self.tap(block)
        self._peak.feed(block.pcm, block.capture_ns)
        if not self.is_file:
            self._troubles.feed(block.pcm, block.capture_ns)
        return self.filter(block) if self.filter is not None else block

    def _detect(self, block: Block) -> None:
        if self._begun:
            self._marks.prepare(self.idle(), block.capture_ns)
        self._mark(self._marks.feed(block))
        self._troubles.spoke(self._marks.speaking, alone=self.idle())
        for text in self._marks.news():
            self._emit(Noted(text=text))

    def _mark(self, edges: list[Edge]) -> None:
        for edge in edges:
            self.speaking = edge.started
            mark = SpeechStarted if edge.started else SpeechStopped
            self._emit(mark(at_ns=edge.at_ns))
