"""The work on samples: wire audio scored frame by frame, sentences rendered to wire audio.

Knows formats, samples and the parts; no conversation, no loop. Everything here runs on the parts'
threads, and is imported there: numpy and the converters take longer to import than a server may
take to start, and a conversation in text never needs them.
"""

import numpy as np
import numpy.typing as npt

from tui.agent.speech.engines import FRAME, HEARING_RATE, DetectorModel, Recogniser, Voice
from tui.audio.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from tui.audio.resample import Resampler
from tui.events import AudioFormat, Encoding

Pcm = npt.NDArray[np.int16]


class Decoder:
    """One stream of user audio, from the wire to HEARING_RATE."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._encoding = audio_format.encoding
        self._resampler = Resampler(audio_format.rate, HEARING_RATE)

    def decode(self, data: bytes) -> Pcm:
        """Whole samples only."""
        if self._encoding is Encoding.ULAW:
            return self._resampler.process(ulaw_decode(data))
        if self._encoding is Encoding.ALAW:
            return self._resampler.process(alaw_decode(data))
        pcm = np.frombuffer(data, "<i2").astype(np.int16, copy=False)
        return self._resampler.process(pcm)


class Encoder:
    """One reply, from the voice's rate to the wire."""

    def __init__(self, rate: int, audio_format: AudioFormat) -> None:
        self._encoding = audio_format.encoding
        self._resampler = Resampler(rate, audio_format.rate)

    def encode(self, pcm: Pcm) -> bytes:
        """`pcm`: int16, shape (n,), at the voice's rate. Gives what is ready, maybe nothing."""
        return self._bytes(self._resampler.process(pcm))

    def finish(self) -> bytes:
        """The tail that the converter still holds."""
        return self._bytes(self._resampler.drain())

    def _bytes(self, pcm: Pcm) -> bytes:
        if self._encoding is Encoding.ULAW:
            return ulaw_encode(pcm)
        if self._encoding is Encoding.ALAW:
            return alaw_encode(pcm)
        return pcm.astype("<i2", copy=False).tobytes()


class ScoredStream:
    """The user's audio of one conversation, cut into frames with a score each."""

    def __init__(self, audio_format: AudioFormat, model: DetectorModel) -> None:
        self._decoder = Decoder(audio_format)
        self._detector = model.open()
        self._rest: Pcm = np.empty(0, np.int16)

    def score(self, data: bytes) -> list[tuple[Pcm, float]]:
        """Every frame that `data` completes, 16 kHz, with its score."""
        pcm = np.concatenate((self._rest, self._decoder.decode(data)))
        whole = len(pcm) // FRAME * FRAME
        self._rest = pcm[whole:]
        frames = (pcm[n : n + FRAME] for n in range(0, whole, FRAME))
        return [(frame, self._detector.score(frame)) for frame in frames]


class SpokenLine:
    """The audio of one reply, a sentence at a time."""

    def __init__(self, voice: Voice, speed: float, audio_format: AudioFormat) -> None:
        self._voice = voice
        self._speed = speed
        self._encoder = Encoder(voice.rate, audio_format)

    def render(self, sentence: str, gap_ms: int) -> bytes:
        """`sentence` behind `gap_ms` of silence, in wire format."""
        gap = np.zeros(self._voice.rate * gap_ms // 1000, np.int16)
        spoken = self._voice.synthesise(sentence, self._speed)
        return self._encoder.encode(np.concatenate((gap, spoken)))

    def finish(self) -> bytes:
        return self._encoder.finish()


def recognise(recogniser: Recogniser, frames: list[Pcm]) -> str:
    return recogniser.recognise(np.concatenate(frames))
