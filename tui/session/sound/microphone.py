"""The microphone's side of a session: what is heard becomes chunks for the wire, and marks.

Knows the plan and every station between device and wire (`poll` is the pipe); no socket, no
speaker. Polled from the loop, never blocks but in `make`.
"""

import time
from collections.abc import Callable

from tui.audio.chunks import Chunk, Chunker
from tui.audio.files.pipe import PipeMicrophone
from tui.audio.files.wavfile import WavMicrophone
from tui.audio.level import FLOOR_DBFS, Peak, dbfs
from tui.audio.ports import Block, Port, Source
from tui.audio.silence import Silence
from tui.audio.speech.energy_detector import Edge
from tui.audio.speech.mic_health import MicHealth, MicProblem
from tui.events import (
    USUAL_FORMAT,
    AudioFormat,
    AudioGlitched,
    Event,
    MicMuted,
    Noted,
    SpeechStarted,
    SpeechStopped,
)
from tui.plan import Plan
from tui.session.sound.call_recording import CallRecording
from tui.session.sound.echo_guard import EchoGuard
from tui.session.sound.open_ports import begin, make_source
from tui.session.sound.speech_marks import SpeechMarks


class Microphone:
    """Captures from a device or a file; `emit` takes what is to be put on record."""

    side = "input"
    outgrown = False

    def __init__(
        self,
        plan: Plan,
        emit: Callable[[Event], None],
        recording: CallRecording,
        echo: EchoGuard,
    ) -> None:
        self._plan = plan
        self._emit = emit
        self._recording = recording
        self._echo = echo
        self._format = USUAL_FORMAT
        self._chunker: Chunker | None = None
        self._level = FLOOR_DBFS
        self._opened_ns = 0
        self._marks = SpeechMarks(plan.audio.detector)
        self._troubles = MicHealth()
        self._peak = Peak()
        self._overruns = 0
        self._silence: Silence | None = None
        self._wanted = False
        self._begun = False
        self._file_started = False
        self._phase_told = False
        self.port: Source | None = None
        self.muted = plan.muted or plan.audio.push_to_talk
        self.held = False
        self.speaking = False

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
        self._convert_from(source)
        self._start_file()

    def agree(self, wire: AudioFormat) -> None:
        """Send in this format from now on."""
        changed, self._format = wire != self._format, wire
        self._silence = None if changed else self._silence
        if changed and self.port is not None:
            self._convert_from(self.port)

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
        self._chunker = None
        self._troubles.forget()
        self._peak.forget()
        return port

    def mute(self, muted: bool) -> None:
        """Send silence instead of sound, or nothing at all, as the plan has it."""
        self._emit(MicMuted(muted=muted))
        self._close(muted, self.held)

    def hold(self, held: bool) -> None:
        """Send silence, muted or not: a call that is held keeps its rhythm."""
        self._close(self.muted, held)

    def poll(self, *, alone: bool = True) -> list[Chunk]:
        """Chunks of the wire format that are due, by all that lies between device and wire.

        `alone`: nothing is being played that the microphone would hear.
        """
        if self._chunker is None or self.port is None:
            return self._stand_in()
        chunks: list[Chunk] = []
        for captured in self.port.read():
            # A block comes some 40 ms after it was captured: the time of capture decides, so that
            # the last words before unmuting stay unheard.
            private = self.closed or captured.capture_ns < self._opened_ns
            self._recording.heard(captured, private)
            self._judge(captured)
            block = self._echo.filter(captured)
            self._level = dbfs(block.pcm)
            if not private:
                self._mark_speech(block, alone)
            chunks += self._chunker.cut(block.pcm, silent=private, begin_ns=block.capture_ns)
        self._tell_of_phase(self.port)
        self._tell_of_overruns(self.port)
        return [] if self.muted and not self._keeps_rhythm else chunks

    def _judge(self, captured: Block) -> None:
        self._peak.feed(captured.pcm, captured.capture_ns)
        if not self.is_file:
            self._troubles.feed(captured.pcm, captured.capture_ns)

    def _mark_speech(self, block: Block, alone: bool) -> None:
        if self._begun:  # loading the model holds the interpreter for a moment
            self._marks.prepare(alone, block.capture_ns)
        self._mark(self._marks.feed(block))
        self._troubles.spoke(self._marks.speaking, alone=alone)
        for text in self._marks.news():
            self._emit(Noted(text=text))

    def _tell_of_overruns(self, port: Source) -> None:
        missed = port.overruns - self._overruns
        if missed > 0:
            self._overruns += missed
            self._emit(AudioGlitched(what="overrun", count=missed))

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
        return self._level if self.port else FLOOR_DBFS

    @property
    def peak(self) -> float:
        """dBFS of the loudest sample of the last second, muted or not."""
        return self._peak.dbfs if self.port else FLOOR_DBFS

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
        return self.held or self._plan.audio.mute == "silence"

    def _stand_in(self) -> list[Chunk]:
        """What a microphone would send that is lost, or not there yet."""
        if not (self._wanted and self._begun and self._keeps_rhythm) or self.is_file:
            return []
        if self._silence is None:
            wire = self._format
            self._silence = Silence(wire.rate, wire.encoding, self._plan.audio.chunk_ms)
        return self._silence.poll()

    def _convert_from(self, source: Source) -> None:
        self._marks.open(source.rate)
        self._level = FLOOR_DBFS
        wire, audio = self._format, self._plan.audio
        self._chunker = Chunker(
            source.rate, wire.rate, wire.encoding, audio.chunk_ms, quality=audio.quality
        )

    def _close(self, muted: bool, held: bool) -> None:
        was_closed, self.muted, self.held = self.closed, muted, held
        if self.closed:
            self._mark(self._marks.stop())
        elif was_closed:
            self._opened_ns = time.monotonic_ns()

    def _start_file(self) -> None:
        if self.is_file and self._begun and not self._file_started and self.port is not None:
            self._file_started = True
            self.port.start()

    def _mark(self, edges: list[Edge]) -> None:
        for edge in edges:
            self.speaking = edge.started
            mark = SpeechStarted if edge.started else SpeechStopped
            self._emit(mark(at_ns=edge.at_ns))
