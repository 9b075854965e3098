"""Puts what happens in a call into the journal, each record with its turn and loudness.

Knows the journal and the vocabulary; no socket, no device.
"""

import numpy as np

from tui.analysis.turns import TurnCounter
from tui.audio.g711 import ulaw_decode
from tui.audio.level import dbfs
from tui.codec import Codec, Frame, Step
from tui.events import (
    AudioFormat,
    AudioReceived,
    ConversationStarted,
    Encoding,
    Event,
)
from tui.journal.record import Direction
from tui.journal.writer import JournalWriter
from tui.session.memory import Memory

_DEFAULT_FORMAT = AudioFormat(Encoding.PCM, 16_000)


class Recorder:
    """The session's one way into the journal."""

    def __init__(self, writer: JournalWriter) -> None:
        self._writer = writer
        self._turns = TurnCounter()
        self._turn = 0
        self.memory = Memory()
        self._input = _DEFAULT_FORMAT
        self._output = _DEFAULT_FORMAT

    @property
    def count(self) -> int:
        """Whole records in the journal file."""
        return self._writer.count

    @property
    def error(self) -> str:
        return self._writer.error

    def received(self, text: str | bytes, step: Step, time_ns: int) -> None:
        """A frame of the agent, with what the codec made of it."""
        audio, level = None, None
        for event in step.events:
            if isinstance(event, AudioReceived):
                audio = event.audio
                # In another encoding than was agreed it would take a decoder to tell.
                level = None if event.encoding else loudness(audio, self._output)
            elif isinstance(event, ConversationStarted):
                self._input, self._output = event.input_format, event.output_format
        self._observe(step.events)
        self._writer.frame(
            Direction.RECEIVED,
            step.kind,
            text if isinstance(text, str) else text.hex(" "),
            turn=self._turn,
            audio=audio,
            level=level,
            time_ns=time_ns,
        )

    def sending(self, frame: Frame, codec: Codec) -> None:
        """A frame of ours, as it goes out."""
        kind = frame.kind
        if frame.audio is None:
            step = codec.sent(frame.text)
            kind = step.kind or kind
            self._observe(step.events)
        self._writer.frame(
            Direction.SENT,
            kind,
            frame.text,
            turn=self._turn,
            audio=frame.audio,
            level=loudness(frame.audio, self._input) if frame.audio else None,
        )

    def fact(self, event: Event) -> None:
        self._observe((event,))
        self._writer.fact(event, turn=self._turn)

    def _observe(self, events: tuple[Event, ...]) -> None:
        self._turn = self._turns.observe(events)
        for event in events:
            self.memory.observe(event)


def loudness(audio: bytes, form: AudioFormat) -> float | None:
    """Level in dBFS of wire audio; None where that takes a decoder."""
    match form.encoding:
        case Encoding.PCM:
            return dbfs(np.frombuffer(audio[: len(audio) // 2 * 2], "<i2"))
        case Encoding.ULAW:
            return dbfs(ulaw_decode(audio))
        case _:
            return None
