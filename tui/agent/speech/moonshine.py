"""The recogniser: Moonshine tiny (English) of the moonshine-voice wheel, through its C interface.

Knows one utterance at a time. The wheel's Python layer turns samples into lists one by one, so the
array is handed to the library as it is (ctypes lets the interpreter go on meanwhile).
"""

import ctypes

import numpy as np
import numpy.typing as npt
from moonshine_voice import ModelArch
from moonshine_voice.errors import check_error
from moonshine_voice.moonshine_api import TranscriptC
from moonshine_voice.transcriber import Transcriber
from moonshine_voice.utils import get_model_path

from tui.agent.speech.engines import HEARING_RATE

LONGEST = 18 * HEARING_RATE
"""Samples: beyond about 20 s with pauses the model falls into repeating itself."""


def load() -> "Moonshine":
    """Raises MoonshineError when the wheel holds no model (releases after 0.1.0)."""
    recogniser = Moonshine()
    recogniser.recognise(np.zeros(HEARING_RATE, np.int16))
    return recogniser


class Moonshine:
    def __init__(self) -> None:
        # Its own detector is switched off: ours has cut the utterance already, and with both in a
        # row the model was seen to invent a leading "You".
        self._transcriber = Transcriber(
            get_model_path("tiny-en"), ModelArch.TINY, options={"vad_threshold": "0.0"}
        )

    def recognise(self, pcm: npt.NDArray[np.int16]) -> str:
        """`pcm`: int16, shape (n,), 16 kHz; what is beyond 18 s is left out."""
        samples = pcm[:LONGEST].astype(np.float32) / 32768
        transcript = ctypes.POINTER(TranscriptC)()
        library = self._transcriber._lib
        check_error(
            library.moonshine_transcribe_without_streaming(
                self._transcriber._handle,
                samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
                len(samples),
                HEARING_RATE,
                0,
                ctypes.byref(transcript),
            )
        )
        return " ".join(_lines(transcript)).strip() if transcript else ""


def _lines(transcript: "ctypes._Pointer[TranscriptC]") -> list[str]:
    found = transcript.contents
    texts = (found.lines[n].text for n in range(found.line_count))
    return [ctypes.string_at(text).decode("utf-8", "replace").strip() for text in texts if text]
