"""The detector by model against a real voice, whose begin and end are known, in noise.

The limits are what was measured with this voice, and a third more.
"""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import numpy as np
import pytest

from tests.agent.conftest import voice  # noqa: F401  a fixture
from tests.audio.fakes import MS, Samples, noise, tone
from tui.agent.speech.hibari import HibariVoice
from tui.audio.level import dbfs
from tui.audio.resample import Resampler
from tui.audio.speech.energy_detector import Detector, Edge, SpeechDetector
from tui.audio.speech.model_detector import ModelDetector
from tui.audio.speech.silero import Silero, load

RATE = 16_000
T0 = 5_000 * MS
LEVEL = -25.0
SENTENCES = (
    "Hello, I would like to know where my parcel is.",
    "Stop.",
    "Yes, please do that.",
    "My order number is A one zero zero nine.",
    "No, wait, that is not what I meant.",
    "Can you send the label again to my other address?",
)
Open = Callable[[int], Detector]


class Found(NamedTuple):
    """Of a scene: how many utterances were heard, what else was, and how far off the edges are."""

    heard: int
    false: int
    begins: list[float]
    ends: list[float]


class Scene(NamedTuple):
    pcm: Samples
    spoken: list[tuple[float, float]]
    """Begin and end of each utterance, ms."""


@pytest.fixture(scope="module")
def model() -> Silero:
    return load()


@pytest.fixture(scope="module")
def utterances(voice: HibariVoice) -> list[Samples]:  # noqa: F811
    """Each at LEVEL, cut to where its voice begins and ends."""
    return [utterance(voice, text) for text in SENTENCES]


def utterance(voice: HibariVoice, text: str) -> Samples:  # noqa: F811
    pcm = converted(voice.synthesise(text), voice.rate, RATE)
    blocks = pcm[: len(pcm) // 160 * 160].reshape(-1, 160)
    levels = np.array([dbfs(block) for block in blocks])
    loud = np.flatnonzero(levels > levels.max() - 35)
    pcm = pcm[loud[0] * 160 : (loud[-1] + 1) * 160]
    scaled: Samples = np.rint(pcm * 10 ** ((LEVEL - dbfs(pcm)) / 20)).astype(np.int16)
    return scaled


def converted(pcm: Samples, rate_in: int, rate_out: int) -> Samples:
    converter = Resampler(rate_in, rate_out)
    return np.concatenate((converter.process(pcm), converter.drain()))


def scene(utterances: list[Samples], snr: float) -> Scene:
    """Two seconds of noise, then the utterances with pauses of 1.5 s between."""
    parts, spoken, at = [np.zeros(2 * RATE, np.int16)], [], 2 * RATE
    for number, pcm in enumerate(utterances):
        pause = np.zeros(RATE * (1500 + 37 * number) // 1000, np.int16)
        spoken.append((at * 1000 / RATE, (at + len(pcm)) * 1000 / RATE))
        parts += [pcm, pause]
        at += len(pcm) + len(pause)
    wave = np.concatenate(parts).astype(np.int32)
    wave += noise(at * 1000 / RATE, RATE, LEVEL - snr)[:at]
    return Scene(np.clip(wave, -32768, 32767).astype(np.int16), spoken)


def edges_of(
    detector: Detector, pcm: Samples, rate: int = RATE, block: int | None = None
) -> list[tuple[bool, float]]:
    """Edges as (started, ms after the first sample)."""
    size, edges = block or rate // 50, list[Edge]()
    for at in range(0, len(pcm), size):
        edges += detector.feed(pcm[at : at + size], T0 + at * 10**9 // rate)
    return [(edge.started, (edge.at_ns - T0) / MS) for edge in edges]


def judge(edges: list[tuple[bool, float]], spoken: list[tuple[float, float]]) -> Found:
    assert [started for started, _ in edges] == [n % 2 == 0 for n in range(len(edges))]
    times = [at for _, at in edges]
    marks = list(zip(times[::2], times[1::2], strict=True))
    begins, ends, used = list[float](), list[float](), set[tuple[float, float]]()
    for begin, end in spoken:
        if over := [mark for mark in marks if mark[0] < end and mark[1] > begin]:
            used.update(over)
            begins.append(over[0][0] - begin)
            ends.append(over[-1][1] - end)
    return Found(len(begins), len(marks) - len(used), begins, ends)


@pytest.mark.parametrize(
    ("snr", "within", "in_the_middle"),
    [(40, 60, 40), (20, 150, 65), (10, 150, 65), (5, 240, 65), (0, 240, 65)],
)
def test_all_that_is_said_is_marked_where_it_is(
    utterances: list[Samples], model: Silero, snr: int, within: float, in_the_middle: float
) -> None:
    pcm, spoken = scene(utterances, snr)
    found = judge(edges_of(ModelDetector(RATE, model), pcm), spoken)
    assert (found.heard, found.false) == (len(spoken), 0)
    for errors in (found.begins, found.ends):
        assert max(map(abs, errors)) <= within, errors
        assert abs(median(errors)) <= in_the_middle, errors


def test_by_energy_it_takes_a_quiet_room(utterances: list[Samples]) -> None:
    """Where there is no model: exact in a quiet room, early ends in noise, words lost below."""
    quiet, noisy, loud = (scene(utterances, snr) for snr in (40, 20, 0))
    found = judge(edges_of(SpeechDetector(RATE), quiet.pcm), quiet.spoken)
    assert (found.heard, found.false) == (len(SENTENCES), 0)
    assert max(map(abs, found.begins + found.ends)) <= 40
    found = judge(edges_of(SpeechDetector(RATE), noisy.pcm), noisy.spoken)
    assert (found.heard, found.false) == (len(SENTENCES), 0)
    assert max(map(abs, found.begins + found.ends)) <= 300
    found = judge(edges_of(SpeechDetector(RATE), loud.pcm), loud.spoken)
    assert found.heard < len(SENTENCES) // 2


def keys() -> Samples:
    """A keyboard near the microphone: 60 decaying clicks, two or three a second."""
    random = np.random.default_rng(5)
    wave = noise(12_000, RATE, -65).astype(np.float64)
    for at in np.cumsum(random.integers(1200, 3300, 60)):
        click = random.normal(0, 6000, 800) * np.exp(-np.arange(800) / 120)
        wave[at : at + 800] += click[: max(len(wave) - at, 0)]
    return np.clip(wave, -32768, 32767).astype(np.int16)


def bursts() -> Samples:
    """Somebody tears paper: noise of 300 ms, once a second."""
    part = np.concatenate((noise(700, RATE, -65), noise(300, RATE, -25, seed=2)))
    return np.tile(part, 10)


def fan() -> Samples:
    return np.concatenate((noise(4000, RATE, -65), noise(8000, RATE, -38)))


def beeps() -> Samples:
    part = np.concatenate((noise(700, RATE, -65), tone(440, 700, RATE, 3000)))
    return np.tile(part, 8)


@pytest.mark.parametrize(
    ("sound", "by_level"), [(keys, False), (bursts, True), (fan, True), (beeps, True)]
)
def test_what_is_no_voice_is_no_speech(
    model: Silero, sound: Callable[[], Samples], by_level: bool
) -> None:
    pcm = sound()
    assert bool(edges_of(SpeechDetector(RATE), pcm)) == by_level
    assert edges_of(ModelDetector(RATE, model), pcm) == []


class Counting:
    """A model that never hears speech, and how often it was asked."""

    rate = 16_000
    frame = 512

    def __init__(self) -> None:
        self.asked = 0

    def open(self) -> "Counting":
        return self

    def score(self, frame: Samples) -> float:
        self.asked += 1
        return 0.0


@pytest.mark.parametrize("level", [-70, -45, -25])
def test_a_room_in_which_nothing_happens_does_not_wake_the_model(level: int) -> None:
    """It costs more than all the rest of listening."""
    model = Counting()
    detector = ModelDetector(RATE, model)
    for at in range(0, RATE * 3, 320):
        detector.feed(noise(20, RATE, level, seed=at), T0 + at * 10**9 // RATE)
    known = model.asked
    for at in range(RATE * 3, RATE * 13, 320):
        detector.feed(noise(20, RATE, level, seed=at), T0 + at * 10**9 // RATE)
    assert known <= 95
    assert model.asked - known <= 10, "of 312 frames"
    detector.feed(noise(640, RATE, level + 20, seed=1), T0 + 13 * 10**9)
    assert model.asked - known >= 19


@pytest.mark.parametrize("rate", [44_100, 48_000, 8_000])
def test_the_rate_of_the_microphone_does_not_matter(
    utterances: list[Samples], model: Silero, rate: int
) -> None:
    pcm, spoken = scene(utterances[:3], 30)
    found = judge(edges_of(ModelDetector(rate, model), converted(pcm, RATE, rate), rate), spoken)
    assert (found.heard, found.false) == (3, 0)
    assert max(map(abs, found.begins + found.ends)) <= 150


def test_the_cut_into_blocks_does_not_matter(utterances: list[Samples], model: Silero) -> None:
    pcm, _ = scene(utterances[:2], 30)
    usual = edges_of(ModelDetector(RATE, model), pcm)
    for block in (37, 441, 5000):
        again = edges_of(ModelDetector(RATE, model), pcm, block=block)
        assert [started for started, _ in again] == [started for started, _ in usual]
        assert all(abs(a - b) <= 1 for (_, a), (_, b) in zip(again, usual, strict=True))


def test_a_stream_that_breaks_off_ends_what_was_said_and_nothing_is_marked_before_it(
    utterances: list[Samples], model: Silero
) -> None:
    detector = ModelDetector(RATE, model)
    assert detector.stop() == []
    for begin in (T0, T0 + 60_000 * MS):  # muted for a minute between
        (start,) = detector.feed(utterances[0][:RATE], begin)
        assert start.started and detector.speaking
        assert begin <= start.at_ns <= begin + 60 * MS
        (end,) = detector.stop()
        assert not end.started and not detector.speaking
        assert begin + 800 * MS <= end.at_ns <= begin + 1000 * MS


def test_samples_that_were_lost_do_not_shift_what_follows(
    utterances: list[Samples], model: Silero
) -> None:
    """The times of the blocks count: a device that skipped a second is believed."""
    pcm, spoken = scene(utterances[:1], 40)
    detector, edges = ModelDetector(RATE, model), list[Edge]()
    for at in range(0, len(pcm), 320):
        skipped = 1000 * MS if at >= RATE else 0
        edges += detector.feed(pcm[at : at + 320], T0 + at * 10**9 // RATE + skipped)
    shifted = [((edge.at_ns - T0) / MS) - 1000 for edge in edges]
    assert shifted == pytest.approx(spoken[0], abs=60)
