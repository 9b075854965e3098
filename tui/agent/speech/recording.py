"""The sound of one conversation, kept for whoever asks for it afterwards: user left, agent right.

Knows bytes, formats and clock readings; no frames, no HTTP. Bounded: what does not fit is left out
at the end. The agent's speech lies where a client plays it, and ends where it was cut.
"""

import io
import wave

from tui.events import AudioFormat

LARGEST = 16 << 20
"""Bytes of both sides: some four minutes of 16 kHz."""
JITTER_S = 0.25
"""User audio that comes no later than this follows what came before."""
RATE = 16_000


class _Track:
    """One side: stretches of sound, each with its start in seconds."""

    def __init__(self, audio_format: AudioFormat, jitter_s: float) -> None:
        self.format = audio_format
        self._jitter_s = jitter_s
        self.stretches: list[tuple[float, bytearray]] = []

    @property
    def end(self) -> float:
        if not self.stretches:
            return 0.0
        start, data = self.stretches[-1]
        return start + self.format.milliseconds(len(data)) / 1000

    def add(self, data: bytes, start: float) -> None:
        if self.stretches and start - self.end <= self._jitter_s:
            self.stretches[-1][1].extend(data)
        else:
            self.stretches.append((start, bytearray(data)))

    def cut(self, at: float) -> None:
        """What lies behind `at` was not heard."""
        while self.stretches and self.end > at:
            start, data = self.stretches.pop()
            size = int(max(at - start, 0.0) * self.format.rate) * self.format.sample_bytes
            if size:
                self.stretches.append((start, data[:size]))
                return


class Tape:
    def __init__(self, heard: AudioFormat, spoken: AudioFormat) -> None:
        self._user, self._agent = _Track(heard, JITTER_S), _Track(spoken, 0.0)
        self._size = 0

    def heard(self, data: bytes, at: float) -> None:
        """The user's audio, `at` so many seconds into the conversation."""
        if self._fits(data):
            self._user.add(data, max(at, 0.0))

    def spoken(self, data: bytes, at: float) -> None:
        if self._fits(data):
            self._agent.add(data, max(at, self._agent.end))

    def interrupted(self, at: float) -> None:
        self._agent.cut(at)

    @property
    def is_empty(self) -> bool:
        return not self._user.stretches and not self._agent.stretches

    @property
    def sides(self) -> tuple[bool, bool]:
        """Whether there is anything of the user, of the agent."""
        return bool(self._user.stretches), bool(self._agent.stretches)

    def wav(self) -> bytes:
        """16-bit stereo. Takes time: not for the loop."""
        import numpy as np  # noqa: PLC0415  as all that works on samples, see `pcm`

        from tui.agent.speech.pcm import Decoder  # noqa: PLC0415

        length = round(max(self._user.end, self._agent.end) * RATE)
        sound = np.zeros((length, 2), "<i2")
        for side, track in enumerate((self._user, self._agent)):
            for start, data in tuple(track.stretches):
                whole = len(data) - len(data) % track.format.sample_bytes
                pcm = Decoder(track.format).decode(bytes(data[:whole]))
                begin = round(start * RATE)
                sound[begin : begin + len(pcm), side] = pcm[: max(length - begin, 0)]
        target = io.BytesIO()
        with wave.open(target, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(sound.tobytes())
        return target.getvalue()

    def _fits(self, data: bytes) -> bool:
        self._size += len(data)
        return self._size <= LARGEST
