"""Records the sound of a call: writes files while the call lasts.

Knows the plan and what goes on record; no device. What a closed microphone hears is nobody's
business: it is recorded as silence.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tui.audio.files.recording import RecordedSide, Recording, WavTrack
from tui.audio.ports import Block
from tui.events import Event, Noted, RecordingFailed, RecordingStarted
from tui.journal.new_file import numbered
from tui.plan import Plan

USUAL_RATE = 48_000
"""Of a recording that begins before there is a speaker."""


class CallRecording:
    """Of both sides; `emit` takes what is to be put on record."""

    def __init__(self, plan: Plan, emit: Callable[[Event], None]) -> None:
        self._plan = plan
        self._emit = emit
        self._mic_rate = self._speaker_rate = 0
        self._recording: Recording | None = None
        self._wanted = False
        self._told = ""
        self.path = ""
        """The file that is being written, the first of two; "" while nothing is."""

    def begin(self) -> None:
        """A call begins: the recording does with the first sound of it."""
        self._wanted = self._plan.audio.record != "off" and bool(self._plan.record_path)

    def end(self) -> None:
        """The call is over, and so is its file: the next one has its own."""
        self._wanted = False
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.close(time.monotonic_ns())
            self._tell(recording)
        self.path = ""

    def rates(self, mic_rate: int, speaker_rate: int) -> None:
        """A device was opened, changed or lost; Hz, 0 where there is none."""
        self._mic_rate, self._speaker_rate = mic_rate, speaker_rate

    def heard(self, block: Block, private: bool) -> None:
        """What the microphone captured, with the echo in it; `private`: while it was closed."""
        recording = self._open(block)
        if recording is None or not self._mic_rate:
            return
        if private:
            block = Block(np.zeros_like(block.pcm), block.capture_ns)
        recording.heard(block, self._mic_rate)
        self._write(recording)

    def played(self, block: Block) -> None:
        """What the speaker was given, silence included; `capture_ns` is when it leaves it."""
        recording = self._open(block)
        if recording is not None and self._speaker_rate:
            recording.played(block, self._speaker_rate)
            self._write(recording)

    def _open(self, block: Block) -> Recording | None:
        if self._recording is None and self._wanted:
            self._wanted = False
            rate = self._speaker_rate or USUAL_RATE
            try:
                tracks, self.path = self._create(rate)
            except OSError as error:
                reason = error.strerror or str(error)
                self._emit(RecordingFailed(path=self._plan.record_path, reason=reason))
                return None
            self._told = ""
            self._recording = Recording(tracks, rate, block.capture_ns)
            self._emit(RecordingStarted(path=self.path))
        return self._recording

    def _create(self, rate: int) -> tuple[list[RecordedSide], str]:
        wish = Path(self._plan.record_path)  # a session holds several calls
        for path in numbered(wish.parent, wish.stem, wish.suffix, "."):
            try:
                if self._plan.audio.record == "stereo":
                    return [WavTrack(path, rate, 2)], str(path)
                user = path.with_stem(f"{path.stem}-user")
                agent = path.with_stem(f"{path.stem}-agent")
                return [WavTrack(user, rate, 1), WavTrack(agent, rate, 1)], str(user)
            except FileExistsError:
                continue
        raise AssertionError  # `numbered` has raised

    def _write(self, recording: Recording) -> None:
        recording.write(time.monotonic_ns())
        self._tell(recording)

    def _tell(self, recording: Recording) -> None:
        """A failure, and its end, once each."""
        if recording.error and not self._told:
            self._emit(RecordingFailed(path=self.path, reason=recording.error))
        elif self._told and not recording.error:
            seconds = recording.lost_ms / 1000
            self._emit(Noted(text=f"the recording goes on; {seconds:.1f} s of it are silence"))
        self._told = recording.error
