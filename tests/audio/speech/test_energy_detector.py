"""The detector against synthetic speech (voiced syllables with pauses) in noise."""

from itertools import pairwise

import numpy as np
import pytest

from tests.audio.fakes import MS, Samples, noise
from tui.audio.speech.energy_detector import Edge, SpeechDetector

RATE = 16000
T0 = 5_000 * MS


def syllables(ms: int, dbfs: float) -> Samples:
    """A voice of 120 Hz and its harmonics, four syllables a second, gaps of 70 ms between."""
    t = np.arange(RATE * ms // 1000) / RATE
    voice = np.sum([np.sin(2 * np.pi * 120 * h * t) / h for h in range(1, 20)], axis=0)
    envelope = np.clip(np.sin(2 * np.pi * 4 * t) * 3 + 1.9, 0, 1)
    wave = voice * envelope
    wave *= 32768 * 10 ** (dbfs / 20) / np.sqrt(np.mean(wave**2))
    pcm: Samples = np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
    return pcm


def scene(total_ms: int, background_dbfs: float, *speeches: tuple[int, int, float]) -> Samples:
    """Noise with speech at (from ms, length ms, dBFS)."""
    wave = noise(total_ms, RATE, background_dbfs).astype(np.int32)
    for at_ms, ms, dbfs in speeches:
        begin = RATE * at_ms // 1000
        part = syllables(ms, dbfs)
        wave[begin : begin + len(part)] += part
    return np.clip(wave, -32768, 32767).astype(np.int16)


def edges_of(pcm: Samples, block: int = 320) -> list[tuple[bool, int]]:
    """Edges as (started, ms after the first sample)."""
    detector, edges = SpeechDetector(RATE), list[Edge]()
    for at in range(0, len(pcm), block):
        edges += detector.feed(pcm[at : at + block], T0 + at * 10**9 // RATE)
    return [(edge.started, (edge.at_ns - T0) // MS) for edge in edges]


@pytest.mark.parametrize(
    ("background", "level"),
    [(-90, -20), (-70, -35), (-60, -25), (-50, -25), (-45, -22), (-40, -15)],
)
@pytest.mark.parametrize("begin", [700, 4000])
def test_speech_in_noise_has_two_true_edges(background: int, level: int, begin: int) -> None:
    found = edges_of(scene(begin + 3500, background, (begin, 2000, level)))
    assert [started for started, _ in found] == [True, False]
    assert found[0][1] == pytest.approx(begin, abs=60)
    assert found[1][1] == pytest.approx(begin + 2000, abs=60)


def test_two_utterances() -> None:
    found = edges_of(scene(7000, -60, (1000, 1500, -25), (3500, 1500, -25)))
    assert [started for started, _ in found] == [True, False, True, False]


@pytest.mark.parametrize("level", [-120, -60, -50, -40, -32])
def test_constant_noise_is_no_speech(level: int) -> None:
    assert edges_of(noise(8000, RATE, level)) == []


def test_noise_that_sets_in_is_learnt() -> None:
    """A fan: taken for speech for about three seconds, once."""
    pcm = np.concatenate([noise(4000, RATE, -65), noise(15000, RATE, -38)])
    found = edges_of(pcm)
    assert [started for started, _ in found] == [True, False]
    assert found[1][1] < 8000


def test_speech_over_the_learnt_noise_is_heard() -> None:
    found = edges_of(scene(9000, -38, (6000, 1500, -15)))
    assert [started for started, _ in found] == [True, False]
    assert found[0][1] == pytest.approx(6000, abs=80)


def test_long_speech_is_not_learnt_as_noise() -> None:
    found = edges_of(scene(22000, -60, (1000, 20000, -25)))
    assert [started for started, _ in found] == [True, False]


def test_clicks_are_no_speech() -> None:
    pcm = noise(5000, RATE, -65)
    for at in range(RATE // 2, len(pcm), RATE // 2):
        pcm[at : at + RATE // 100] = 20000
    assert edges_of(pcm) == []


def test_a_constant_offset_is_no_sound() -> None:
    assert edges_of(noise(3000, RATE, -70) + np.int16(3000)) == []


@pytest.mark.parametrize("block", [1, 100, 441, 5000])
def test_the_cut_into_blocks_does_not_matter(block: int) -> None:
    pcm = scene(2500, -60, (800, 700, -25))
    for (started, ms), (expected, at_ms) in zip(edges_of(pcm, block), edges_of(pcm), strict=True):
        assert started == expected
        assert abs(ms - at_ms) <= 1


def test_stop_ends_what_goes_on() -> None:
    detector = SpeechDetector(RATE)
    assert detector.stop() == []
    (start,) = detector.feed(scene(1000, -70, (500, 500, -20)), T0)
    assert start.started
    (end,) = detector.stop()
    assert not end.started
    assert start.at_ns < end.at_ns <= T0 + 1000 * MS
    assert detector.stop() == []


def test_edges_alternate_and_never_go_back() -> None:
    random = np.random.default_rng(3)
    loud = np.repeat(random.uniform(-75, -10, 120), RATE // 10)
    wave = random.normal(0, 1, len(loud)) * 32768 * 10 ** (loud / 20)
    found = edges_of(np.clip(wave, -32768, 32767).astype(np.int16))
    assert [started for started, _ in found] == [n % 2 == 0 for n in range(len(found))]
    assert all(earlier[1] < later[1] for earlier, later in pairwise(found))
