"""MP3 of a real encoder, cut anywhere."""

import subprocess
import sys

import numpy as np
import pytest

from tests.audio.fakes import FakeClock, best_match, noise
from tests.audio.mp3 import mp3
from tui.audio.mp3 import Mp3Decoder, Mp3Missing, Mp3Replies
from tui.audio.resample import Resampler

SAID = Resampler(8000, 44100, "medium").process(noise(1500, 8000, -18, seed=5))
SPOKEN = mp3(SAID)


@pytest.mark.parametrize("rate", [16000, 24000, 44100])
def test_pieces_cut_anywhere_become_the_same_sound(rate: int) -> None:
    random, decoder = np.random.default_rng(4), Mp3Decoder(rate)
    parts, at = [], 0
    while at < len(SPOKEN):
        size = int(random.integers(1, 900))
        parts.append(decoder.feed(SPOKEN[at : at + size]))
        at += size
    parts.append(decoder.drain())
    heard = np.concatenate(parts)
    _, alike = best_match(heard, Resampler(44100, rate, "medium").process(SAID))
    assert alike > 0.97
    assert len(heard) / rate == pytest.approx(1.5, abs=0.08)  # whole frames, and an encoder's own
    whole = Mp3Decoder(rate)
    assert np.array_equal(heard, np.concatenate([whole.feed(SPOKEN), whole.drain()]))


def test_sound_comes_with_the_first_piece() -> None:
    assert len(Mp3Decoder(16000).feed(SPOKEN[:2000])) > 1600


def test_what_is_broken_is_left_out() -> None:
    noisy = SPOKEN[:3000] + bytes(range(256)) * 8 + SPOKEN[3000:]
    decoder = Mp3Decoder(44100)
    heard = np.concatenate([decoder.feed(noisy), decoder.drain()])
    assert len(heard) > 0.8 * len(SAID)


def test_each_reply_is_a_stream_of_its_own_and_gets_its_end(clock: FakeClock) -> None:
    replies = Mp3Replies(44100, clock)
    whole = Mp3Decoder(44100)
    expected = np.concatenate([whole.feed(SPOKEN), whole.drain()])
    first = replies.feed(1, SPOKEN)
    second = replies.feed(2, SPOKEN)
    assert [reply for reply, _ in second] == [1, 2]
    assert np.array_equal(np.concatenate([first[0][1], second[0][1]]), expected)
    assert replies.due() == []
    clock.advance(500)
    (end,) = replies.due()
    assert np.array_equal(np.concatenate([second[1][1], end[1]]), expected)
    assert replies.due() == []


def test_without_a_decoder_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(Mp3Missing, match=r'pip install "voicescope\[mp3\]"'):
        Mp3Replies(16000).feed(1, SPOKEN)


LOADED = """
import sys, threading, time
from tui.audio.mp3 import LIBRARY
print(LIBRARY.ready, "av" in sys.modules)
LIBRARY.begin()
LIBRARY.begin()
print([t.name for t in threading.enumerate()].count("mp3"), LIBRARY.ready)
end = time.monotonic() + 100
while not LIBRARY.ready and time.monotonic() < end: time.sleep(0.01)
print(LIBRARY.ready, "av" in sys.modules)
"""


def test_the_library_is_loaded_on_a_thread() -> None:
    command = [sys.executable, "-c", LOADED]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True).stdout
    assert said == "False False\n1 False\nTrue True\n"
