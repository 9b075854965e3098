"""Puts what happens in a call into the journal, each record with its turn and loudness.

Knows the journal and the vocabulary; no socket, no device.
"""

import os
import time
from collections.abc import Callable

import numpy as np

from tui import __version__
from tui.analysis.turns.counter import TurnCounter
from tui.audio.encoding import decoder, sample_bytes
from tui.audio.level import dbfs
from tui.audio.mp3 import LIBRARY, Mp3Missing, Mp3Replies
from tui.events import (
    USUAL_FORMAT,
    AudioFormat,
    AudioReceived,
    ConversationStarted,
    Encoding,
    Event,
    ItemRetrieved,
    Noted,
    ProtocolErred,
)
from tui.journal import folder
from tui.journal.record import Direction
from tui.journal.redact import Redactor
from tui.journal.writer import JournalWriter
from tui.plan import Plan
from tui.provider import PROTOCOL_ERROR, Codec, Frame, Step, in_words
from tui.session.handover import Handover


def open_writer(plan: Plan, redact: Redactor) -> JournalWriter:
    """The journal that the plan names, locked against pruning. Raises OSError."""
    fd = _opened(plan.journal_fd, plan.journal)
    folder.lock(fd)
    audio_fd = _opened(plan.journal_audio_fd, plan.journal_audio) if plan.journal_audio else None
    records = plan.journal_records
    size = os.fstat(fd).st_size
    if size and _last_byte(fd, size) != b"\n":  # the writer before was killed in mid-line
        os.write(fd, b"\n")
        records += 1
    return JournalWriter(
        fd,
        audio_fd,
        provider=plan.provider,
        version=__version__,
        redact=redact,
        resume=records,
    )


def _opened(inherited: int, path: str) -> int:
    if inherited >= 0:
        return inherited
    flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags)


def _last_byte(fd: int, size: int) -> bytes:
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1)


MP3_RATE = 16_000
"""Enough to tell a level."""


class Recorder:
    """The session's one way into the journal."""

    def __init__(self, writer: JournalWriter) -> None:
        self._writer = writer
        self._turns = TurnCounter()
        self._turn = 0
        self.handover = Handover()
        self.watch: Callable[[Event, int], None] = lambda event, time_ns: None
        """Is told of all that happens, with its monotonic ns."""
        self._input = USUAL_FORMAT
        self._output = USUAL_FORMAT
        self._mp3: Mp3Replies | None = Mp3Replies(MP3_RATE)
        self._told_binary = False

    @property
    def count(self) -> int:
        """Whole records in the journal file."""
        return self._writer.count

    @property
    def input_format(self) -> AudioFormat:
        """Of what we send."""
        return self._input

    @property
    def error(self) -> str:
        return self._writer.error

    def received(self, text: str | bytes, step: Step, time_ns: int) -> None:
        """A frame of the agent, with what the codec made of it."""
        audio, level, problem = None, None, ""
        try:
            audio, level = self._heard(step.events)
        except Exception as error:  # the frame itself is on record whatever is in it
            problem = f"{step.kind}: {in_words(error)}"
        self._writer.frame(
            Direction.RECEIVED,
            step.kind,
            self._as_text(text, step),
            turn=self._turn,
            audio=audio,
            level=level,
            time_ns=time_ns,
        )
        if problem:
            self.fact(ProtocolErred(reason=problem))

    def _heard(self, events: tuple[Event, ...]) -> tuple[bytes | None, float | None]:
        """The audio in a frame, and its level in dBFS."""
        audio, level = None, None
        for event in events:
            if isinstance(event, AudioReceived):
                audio = event.audio
                level = self._loudness(event)
            elif isinstance(event, ItemRetrieved) and event.audio:
                audio = event.audio
                level = loudness(audio, self._input if event.role == "user" else self._output)
            elif isinstance(event, ConversationStarted):
                self._input, self._output = event.input_format, event.output_format
        self._observe(events)
        return audio, level

    def _as_text(self, text: str | bytes, step: Step) -> str:
        """A binary frame that was read as text is kept as text, so that a replay reads it, too."""
        if isinstance(text, str):
            return text
        if step.kind == PROTOCOL_ERROR:
            return text.hex(" ")
        if not self._told_binary:
            self._told_binary = True
            self.fact(Noted(text="the agent sends its JSON in binary frames; it is read as text"))
        return text.decode()

    def sending(self, frame: Frame, codec: Codec, level: float | None = None) -> None:
        """A frame of ours, as it goes out; `level` in dBFS of the sound in it."""
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
            level=level,
        )

    def fact(self, event: Event) -> None:
        self._observe((event,))
        self._writer.fact(event, turn=self._turn)

    def _loudness(self, event: AudioReceived) -> float | None:
        """Of a piece of speech; None where there is no decoder, or not yet."""
        form = self._output
        if Encoding.MP3 not in (event.encoding, form.encoding):
            return loudness(event.audio, AudioFormat(event.encoding or form.encoding, form.rate))
        LIBRARY.begin()
        if self._mp3 is None or not LIBRARY.ready:
            return None
        try:
            decoded = self._mp3.feed(event.reply_id, event.audio)
        except Mp3Missing:
            self._mp3 = None
            return None
        return dbfs(np.concatenate([pcm for _, pcm in decoded]))

    def _observe(self, events: tuple[Event, ...]) -> None:
        self._turn = self._turns.observe(events)
        now_ns = time.monotonic_ns()
        for event in events:
            self.handover.observe(event)
            self.watch(event, now_ns)


def loudness(audio: bytes, form: AudioFormat) -> float | None:
    """Level in dBFS of wire audio; None where that takes a decoder."""
    if form.encoding in (Encoding.MP3, Encoding.UNKNOWN):
        return None
    whole = len(audio) - len(audio) % sample_bytes(form.encoding)
    return dbfs(decoder(form.encoding)(audio[:whole]))
