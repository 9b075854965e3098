"""The agent's voice taken out of the microphone: by cancelling it, or by closing the microphone."""

import sys

import numpy as np
import pytest

from tests.audio.fakes import MS, Samples, noise, tone
from tui.agent.speech.hibari import load
from tui.audio.echo import EchoCanceller, EchoGate, EchoRemover
from tui.audio.level import dbfs
from tui.audio.ports import AudioUnavailable, Block
from tui.audio.resample import Resampler

BEGIN = 10_000_000 * MS
STORY = """Once upon a time there was a keeper who counted ships. Every night he wrote the number in
a book. One night there came no ship at all, and he wrote a story instead."""


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Some ten seconds at 48 kHz."""
    voice = load()
    pcm: Samples = Resampler(voice.rate, 48_000).process(voice.synthesise(STORY))
    return pcm


def room(pcm: Samples, rate: int, delay_ms: int) -> Samples:
    """What comes back of it: later, 6 dB softer, with some reverberation."""
    random = np.random.default_rng(1)
    size = rate * 120 // 1000
    response = random.normal(0, 1, size) * np.exp(-np.arange(size) / (rate * 0.02))
    response[0] = 3
    response /= np.sqrt((response**2).sum())
    wet = np.convolve(0.5 * pcm, response)[: len(pcm)]
    late = np.concatenate([np.zeros(rate * delay_ms // 1000), wet])
    result: Samples = np.rint(late[: len(pcm)]).astype(np.int16)
    return result


def passed(
    remover: EchoRemover, played: Samples, played_rate: int, heard: Samples, rate: int
) -> Samples:
    """What is left of `heard` while `played` is played: blocks of 20 ms, whose times jitter, the
    speaker's known 60 ms ahead."""
    random = np.random.default_rng(2)
    out, told = list[Samples](), 0
    for number in range(len(heard) * 50 // rate):
        while told <= number + 3:
            piece = played[told * played_rate // 50 : (told + 1) * played_rate // 50]
            if len(piece):
                remover.played(Block(piece, BEGIN + told * 20 * MS), played_rate)
            told += 1
        at_ns = BEGIN + number * 20 * MS + round(random.uniform(-8, 8) * MS)
        block = Block(heard[number * rate // 50 : (number + 1) * rate // 50], at_ns)
        clean = remover.remove(block, rate)
        assert len(clean.pcm) == len(block.pcm)
        assert clean.capture_ns == block.capture_ns
        out.append(clean.pcm)
    return np.concatenate(out)


@pytest.mark.parametrize(("rate", "delay_ms"), [(16_000, 40), (44_100, 120), (22_050, 250)])
def test_an_echo_is_cancelled(speech: Samples, rate: int, delay_ms: int) -> None:
    played = Resampler(48_000, rate).process(speech)
    heard = room(played, rate, delay_ms)
    clean = passed(EchoCanceller(), speech, 48_000, heard, rate)
    for begin_s, at_least_db in ((0.5, 8), (4, 15)):
        rest = slice(int(begin_s * rate), len(clean))
        assert dbfs(heard[rest]) - dbfs(clean[rest]) > at_least_db


def test_a_user_alone_is_heard(speech: Samples) -> None:
    said = Resampler(48_000, 16_000).process(speech)
    clean = passed(EchoCanceller(), np.zeros_like(speech), 48_000, said, 16_000)
    pieces = [slice(at, at + 1600) for at in range(0, 64_000, 1600)]
    loud = [piece for piece in pieces if dbfs(said[piece]) > -35]
    assert len(loud) > 10
    assert np.median([dbfs(clean[piece]) - dbfs(said[piece]) for piece in loud]) > -3


def test_the_gate_closes_while_the_agent_is_heard_and_a_moment_longer() -> None:
    silence = np.zeros(48_000, np.int16)
    played = np.concatenate([silence, tone(300, 1000, 48_000), silence, silence])
    heard = noise(4000, 16_000, -30)
    open_ = passed(EchoGate(), played, 48_000, heard, 16_000) != 0
    assert open_[: int(0.9 * 16_000)].mean() > 0.9
    assert not open_[int(1.05 * 16_000) : int(2.25 * 16_000)].any()
    assert open_[int(2.4 * 16_000) :].mean() > 0.9


def test_without_its_package_the_canceller_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    with pytest.raises(AudioUnavailable, match=r"voicescope\[audio\].*gate"):
        EchoCanceller()
