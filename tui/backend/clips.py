"""Sound of a journal's frames for the screen: its shape, played, saved as WAV.

Knows the journal, the wire's encodings and the process that plays; no widget. Imports numpy only
when it is asked for something.
"""

import asyncio
import contextlib
import io
import os
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.backend.base import ClipShape
from tui.errors import BackendError
from tui.events import AudioFormat, Encoding
from tui.journal.new_file import new_file
from tui.journal.reader import JournalReader
from tui.processes.lifetime import environment, python

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NOT_KEPT = "The journal did not keep this sound (journal.audio = false)."
LONGEST_S = 600
MP3_RATE = 44_100


class Clips:
    """One journal's sound. `reader` is asked for each time: it may be another one later."""

    def __init__(self, reader: Callable[[], JournalReader], device: str = "") -> None:
        self._reader = reader
        self._device = device
        self._playing: asyncio.subprocess.Process | None = None

    def shape(self, numbers: Sequence[int], wire: AudioFormat, columns: int) -> ClipShape:
        """Of the sound of these records together. Raises BackendError."""
        from tui.analysis.waveform import waveform  # noqa: PLC0415  numpy
        from tui.audio.level import dbfs  # noqa: PLC0415

        pcm = self._decode(numbers, wire)
        found = tuple((column.low, column.high) for column in waveform(pcm, columns))
        return ClipShape(str(wire), len(pcm) * 1000 / wire.rate, dbfs(pcm), found)

    def save(self, numbers: Sequence[int], wire: AudioFormat, stem: str) -> Path:
        """A new WAV file in the present folder. Raises BackendError."""
        from tui.audio.files.wav import wav_header  # noqa: PLC0415  numpy

        pcm = self._decode(numbers, wire)
        try:
            with new_file(Path.cwd(), stem, "wav") as (fd, named), os.fdopen(fd, "wb") as file:
                file.write(wav_header(wire.rate, len(pcm)))
                file.write(pcm.astype("<i2", copy=False).tobytes())
        except OSError as error:
            raise BackendError(f"cannot save here: {error.strerror}") from error
        return named[0]

    async def play(self, numbers: Sequence[int], wire: AudioFormat) -> None:
        """To its end, or until `stop`. Raises BackendError where there is no speaker."""
        await self._play(self._decode(numbers, wire), wire.rate)

    async def play_file(self, data: bytes) -> None:
        """A WAV or MP3 file. Raises BackendError."""
        await self._play(*_samples_of_file(data))

    async def _play(self, pcm: "npt.NDArray[np.int16]", rate: int) -> None:
        from tui.session.sound.clip_player import encode  # noqa: PLC0415  numpy

        self.stop()
        process = await asyncio.create_subprocess_exec(
            *python("tui.session.sound.clip_player"),
            env=environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._playing = process
        try:
            assert process.stdin and process.stdout  # noqa: S101
            # Its input stays open: the end of that would be the end of it.
            process.stdin.write(encode(pcm, rate=rate, device=self._device))
            said = await process.stdout.read()
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode and process.returncode > 0:
            raise BackendError(said.decode(errors="replace").strip() or "the sound was not played")

    @property
    def playing(self) -> bool:
        return self._playing is not None and self._playing.returncode is None

    def stop(self) -> None:
        """Silence; nothing where nothing is played."""
        if self._playing is not None:
            with contextlib.suppress(ProcessLookupError):
                self._playing.kill()
            self._playing = None

    def _decode(self, numbers: Sequence[int], wire: AudioFormat) -> "npt.NDArray[np.int16]":
        reader = self._reader()
        parts: list[bytes] = []
        size = 0
        for number in numbers:
            data = reader.audio(number)
            if data is not None:
                parts.append(data)
                size += len(data)
            if size > LONGEST_S * wire.rate * wire.sample_bytes:
                break
        if not parts:
            raise BackendError(NOT_KEPT)
        return _samples(b"".join(parts), wire)


def _samples(data: bytes, wire: AudioFormat) -> "npt.NDArray[np.int16]":
    from tui.audio.encoding import decoder  # noqa: PLC0415  numpy

    if wire.encoding is Encoding.MP3:
        return _samples_of_mp3(data, wire.rate)
    return decoder(wire.encoding)(data[: len(data) // wire.sample_bytes * wire.sample_bytes])


def _samples_of_file(data: bytes) -> "tuple[npt.NDArray[np.int16], int]":
    """Samples and their rate."""
    import numpy as np  # noqa: PLC0415

    if not data.startswith(b"RIFF"):
        pcm = _samples_of_mp3(data, MP3_RATE)
        if not len(pcm):
            raise BackendError("this is neither WAV nor MP3")
        return pcm, MP3_RATE
    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() != 2:
                raise BackendError("its samples are not of 16 bits")
            found = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            mono = found.reshape(-1, file.getnchannels()).mean(axis=1).astype(np.int16)
            return mono, file.getframerate()
    except (wave.Error, EOFError, ValueError) as error:
        raise BackendError(f"this WAV cannot be read: {error}") from error


def _samples_of_mp3(data: bytes, rate: int) -> "npt.NDArray[np.int16]":
    """Whole frames of it: a record may begin and end within one."""
    import numpy as np  # noqa: PLC0415

    from tui.audio.mp3 import Mp3Decoder, Mp3Missing  # noqa: PLC0415

    try:
        decoder = Mp3Decoder(rate)
    except Mp3Missing as error:
        raise BackendError(f"This sound is MP3, which needs a decoder: {error}") from error
    return np.concatenate([decoder.feed(data), decoder.drain()])
