"""What is wrong with a microphone, by signals."""

import numpy as np
import pytest

from tests.audio.fakes import MS, Samples, noise, tone
from tui.audio.speech.energy_detector import SpeechDetector
from tui.audio.speech.mic_health import MicHealth, MicProblem
from tui.session.sound.audio_warnings import WARNINGS

RATE = 16000


class Microphone:
    """Feeds blocks of 20 ms to the detector of speech and to that of troubles."""

    def __init__(self) -> None:
        self.troubles = MicHealth()
        self.news: list[MicProblem] = []
        self.alone = True
        self._speech = SpeechDetector(RATE)
        self._now_ns = 0

    def hear(self, pcm: Samples) -> list[MicProblem]:
        size = RATE // 50
        for at in range(0, len(pcm), size):
            self.troubles.feed(pcm[at : at + size], self._now_ns)
            self._speech.feed(pcm[at : at + size], self._now_ns)
            self.troubles.spoke(self._speech.speaking, alone=self.alone)
            self._now_ns += 20 * MS
        self.news = self.troubles.news()
        return self.news


def syllables(seconds: float, dbfs: float) -> Samples:
    """Four bursts a second over a very quiet room."""
    pcm = noise(seconds * 1000, RATE, dbfs) * (np.arange(round(seconds * RATE)) % 4000 < 2400)
    return (pcm + noise(seconds * 1000, RATE, -75, seed=2)).astype(np.int16)


@pytest.mark.parametrize("value", [0, 5, -32768])
def test_a_microphone_that_gives_a_constant_is_dead_after_five_seconds(value: int) -> None:
    microphone, constant = Microphone(), np.full(4900 * 16, value, np.int16)
    microphone.hear(noise(100, RATE, -60))
    assert MicProblem("dead") not in microphone.hear(constant)
    assert MicProblem("dead") in microphone.hear(constant[: 200 * 16])
    assert MicProblem("dead") not in microphone.hear(constant)
    assert MicProblem("dead", over=True) in microphone.hear(noise(40, RATE, -80))


def test_a_quiet_room_is_not_dead() -> None:
    assert Microphone().hear(noise(12_000, RATE, -88)) == []


def test_a_voice_at_full_scale_clips_and_a_knock_does_not() -> None:
    microphone = Microphone()
    knock = np.concatenate([noise(1000, RATE, -50), np.full(100, 32767, np.int16)])
    assert microphone.hear(np.concatenate([knock, noise(1000, RATE, -50)])) == []
    loud = np.clip(tone(200, 1000, RATE, 32000).astype(int) * 3, -32768, 32767).astype(np.int16)
    assert microphone.hear(loud) == [MicProblem("clipping")]
    assert microphone.hear(noise(3000, RATE, -30)) == []
    assert microphone.hear(noise(3000, RATE, -30)) == [MicProblem("clipping", over=True)]


@pytest.mark.parametrize(("dbfs", "quiet"), [(-47, True), (-36, False), (-20, False)])
def test_speech_can_be_too_quiet(dbfs: float, quiet: bool) -> None:
    news = Microphone().hear(syllables(6, dbfs))
    assert (news == [MicProblem("quiet")]) == quiet


def test_who_comes_closer_is_quiet_no_more() -> None:
    microphone = Microphone()
    assert microphone.hear(syllables(6, -47)) == [MicProblem("quiet")]
    assert microphone.hear(syllables(9, -25)) == [MicProblem("quiet", over=True)]


def test_who_says_no_more_is_not_called_hard_to_hear_for_long() -> None:
    microphone = Microphone()
    assert microphone.hear(syllables(6, -47)) == [MicProblem("quiet")]
    room = noise(4000, RATE, -75)
    assert microphone.hear(room) == []
    assert microphone.hear(room) == [MicProblem("quiet", over=True)]
    assert microphone.hear(syllables(1.5, -47)) == [], "what was said before does not count"
    assert microphone.hear(syllables(4, -47)) == [MicProblem("quiet")]


def test_of_a_dead_microphone_nothing_else_is_said() -> None:
    microphone = Microphone()
    assert microphone.hear(syllables(12, -60)) == [MicProblem("faint")]
    constant = np.zeros(5100 * 16, np.int16)
    assert set(microphone.hear(constant)) == {MicProblem("faint", over=True), MicProblem("dead")}
    assert microphone.hear(constant) == []


def test_a_gate_that_gives_silence_between_sentences_is_not_a_dead_microphone() -> None:
    microphone, gated = Microphone(), np.zeros(20_000 * 16, np.int16)
    microphone.hear(syllables(3, -25))
    assert microphone.hear(gated) == []
    microphone.troubles.forget()  # another one
    assert microphone.hear(gated) == [MicProblem("dead")]


def test_a_voice_below_what_is_taken_for_speech_is_told_of() -> None:
    microphone = Microphone()
    assert microphone.hear(syllables(9.5, -60)) == []
    assert microphone.hear(syllables(3, -60)) == [MicProblem("faint")]
    assert microphone.hear(syllables(2, -30)) == [MicProblem("faint", over=True)]
    assert microphone.hear(syllables(15, -60)) == [], "it has heard this user"


def test_a_faint_voice_that_ends_is_told_of_no_more() -> None:
    microphone = Microphone()
    assert microphone.hear(syllables(12, -60)) == [MicProblem("faint")]
    assert microphone.hear(noise(16_000, RATE, -75)) == [MicProblem("faint", over=True)]


def room(kind: str) -> Samples:
    """Twenty seconds in which nobody says anything, none of it louder than -50 dBFS."""
    seconds, random = np.arange(20 * RATE) / RATE, np.random.default_rng(4)
    still = random.normal(0, 8, len(seconds))
    match kind:
        case "keys":
            for at in np.arange(0.1, 19.8, 0.17):
                begin = round(at * RATE)
                click = random.normal(0, 80, 640) * np.exp(-np.arange(640) / 160)
                still[begin : begin + 640] += click
        case "breath":
            still *= 1 + 8 * np.maximum(0, np.sin(2 * np.pi * 0.3 * seconds))
        case "fan":
            still += 30 * np.sin(2 * np.pi * 50 * seconds) * (1 + 0.3 * np.sin(20 * seconds))
        case "rumble":
            still = np.convolve(random.normal(0, 60, len(seconds)), np.ones(400) / 40, "same")
        case _:
            still *= 4
    return still.astype(np.int16)


@pytest.mark.parametrize("kind", ["hiss", "keys", "breath", "fan", "rumble"])
def test_a_room_without_a_voice_is_none(kind: str) -> None:
    assert Microphone().hear(room(kind)) == []


def test_what_the_loudspeaker_says_is_not_the_user() -> None:
    microphone = Microphone()
    microphone.alone = False
    assert microphone.hear(syllables(20, -60)) == []


def test_another_microphone_begins_without_the_troubles_of_this_one() -> None:
    microphone = Microphone()
    microphone.hear(np.zeros(6 * RATE, np.int16))
    microphone.troubles.forget()
    assert microphone.troubles.news() == [MicProblem("dead", over=True)]


def test_each_trouble_has_words() -> None:
    assert set(WARNINGS) == {"dead", "clipping", "quiet", "faint"}
