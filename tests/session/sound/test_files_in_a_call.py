"""Files as both ends of the audio path: what goes in is sent, what is played is in the file."""

import wave
from array import array
from pathlib import Path

import numpy as np
import pytest

from tests.audio.fakes import FakeClock, noise, tone
from tui.audio.chunks import Chunker
from tui.audio.devices.playback_queue import FADE_MS, PlaybackQueue
from tui.audio.files.wav import wav_header
from tui.audio.files.wavfile import WavMicrophone, WavSpeaker
from tui.audio.playback.player import Player
from tui.audio.playback.track import Audible, Finished, Started


def test_a_file_is_sent_as_it_is(tmp_path: Path, clock: FakeClock) -> None:
    path, pcm = tmp_path / "in.wav", noise(500, 16000, -20)
    path.write_bytes(wav_header(16000, len(pcm)) + pcm.tobytes())
    microphone = WavMicrophone(path, clock=clock)
    chunker, sent = Chunker(microphone.rate, 16000), b""
    microphone.start()
    begin = clock()
    for _ in range(60):
        clock.advance(10)
        for block in microphone.read():
            assert block.capture_ns == begin + len(sent) // 2 * 10**9 // 16000
            sent += b"".join(chunk.data for chunk in chunker.cut(block.pcm))
    assert sent == pcm.tobytes() + bytes(2 * 1600)
    assert microphone.finished
    microphone.close()


def test_the_speaker_file_holds_what_was_accounted(tmp_path: Path, clock: FakeClock) -> None:
    path, pcm = tmp_path / "out.wav", np.full(24000, 3000, np.int16)
    speaker = WavSpeaker(path, 24000, clock=clock)
    player = Player(speaker, 24000, clock=clock)
    speaker.start()
    begin, progress = clock(), []
    player.play(1, pcm.tobytes())
    for _ in range(35):
        clock.advance(10)
        progress += player.poll()
    (cut,) = player.flush()
    end = round((cut.at_ns - begin) * 24000 / 1e9)
    player.play(2, (-pcm[:4800]).tobytes())
    for _ in range(150):
        clock.advance(10)
        progress += player.poll()
    speaker.close()
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.count_nonzero(sound == 3000) / 24 == pytest.approx(cut.heard_ms - FADE_MS, abs=0.1)
    assert np.count_nonzero(sound > 0) / 24 == pytest.approx(cut.heard_ms, abs=0.1)
    assert sound[end - 2] > 0
    assert not sound[end : end + 100].any()
    assert cut.heard_ms + cut.dropped_ms == 1000
    assert np.count_nonzero(sound == -3000) == 4800
    first, second, finished = (one for one in progress if not isinstance(one, Audible))
    assert isinstance(first, Started)
    assert isinstance(second, Started)
    assert isinstance(finished, Finished)
    assert first.at_ns == begin + int(np.argmax(sound == 3000)) * 10**9 // 24000
    assert second.at_ns == begin + int(np.argmax(sound == -3000)) * 10**9 // 24000


def test_what_was_played_can_be_had_again_silence_included(
    tmp_path: Path, clock: FakeClock
) -> None:
    path, pcm = tmp_path / "out.wav", noise(100, 8000, -20)
    speaker = WavSpeaker(path, 8000, clock=clock)
    speaker.start()
    begin = clock()
    clock.advance(50)
    speaker.write(pcm)
    blocks = speaker.played()
    clock.advance(200)
    blocks += speaker.played()
    speaker.close()
    assert [block.capture_ns - begin for block in blocks] == [
        20_000_000 * n for n in range(len(blocks))
    ]
    heard = np.concatenate([block.pcm for block in blocks])
    at = int(np.flatnonzero(heard)[0])
    assert np.array_equal(heard[at : at + len(pcm)], pcm)
    with wave.open(str(path)) as file:
        assert file.readframes(file.getnframes()) == heard.tobytes()


def test_a_block_for_two_channels_is_filled_in_one_and_silent_after_the_end() -> None:
    playout, pcm = PlaybackQueue(8000), tone(440, 10, 8000)
    playout.write(pcm)
    block = memoryview(array("h", [7] * 320))
    assert playout.fill(block[::2], 0) == 80
    assert list(block[::2]) == [*pcm.tolist(), *[0] * 80]
    assert set(block[1::2]) == {7}
