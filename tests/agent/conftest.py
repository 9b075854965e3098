"""One agent process for the tests that only talk to it, and one set of loaded speech parts."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.agent.helpers import RATE, AgentProcess, running
from tui.agent.speech.hibari import HibariVoice
from tui.agent.speech.hibari import load as load_voice
from tui.agent.speech.moonshine import Moonshine
from tui.agent.speech.moonshine import load as load_recogniser
from tui.audio.resample import Resampler

Synthesise = Callable[..., bytes]
Recognise = Callable[[bytes], str]


@pytest.fixture(scope="session")
def agent() -> Iterator[AgentProcess]:
    with running() as process:
        yield process


@pytest.fixture(scope="session")
def voice() -> HibariVoice:
    return load_voice()


@pytest.fixture(scope="session")
def recogniser() -> Moonshine:
    return load_recogniser()


@pytest.fixture(scope="session")
def synthesise(voice: HibariVoice) -> Synthesise:
    """A sentence as PCM bytes, 16 kHz unless told otherwise."""

    def speak(text: str, rate: int = RATE) -> bytes:
        converter = Resampler(voice.rate, rate)
        pcm = converter.process(voice.synthesise(text))
        return np.concatenate((pcm, converter.drain())).astype("<i2").tobytes()

    return speak


@pytest.fixture(scope="session")
def recognise(recogniser: Moonshine) -> Recognise:
    """PCM bytes of 16 kHz as words."""
    return lambda pcm: recogniser.recognise(np.frombuffer(pcm, "<i2"))


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's sockets obey proxy variables even for loopback."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
