"""The parts of the audio path, each by itself, over a virtual sound card: delays and costs.

    python -m bench.audio_parts [--runs 25] [--block-ms 20]

Needs (Debian): pulseaudio pulseaudio-utils libportaudio2; for the detectors voicescope[local].

The speaker is heard at the monitor of the virtual card in pieces of about 10 ms; times are those of
arrival there, so each delay holds up to one such piece more than the truth.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bench import detectors
from tests.vsound import Recording, VirtualSoundCard
from tui.audio.chunks import Chunker
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.playback.player import Player
from tui.audio.speech.energy_detector import SpeechDetector

Samples = npt.NDArray[np.int16]

RATE = 24000
LOUD = 300


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the audio path.")
    parser.add_argument("--runs", type=int, default=25)
    parser.add_argument("--block-ms", type=int, default=20)
    options = parser.parse_args()
    print(f"{'what':<52}{'unit':>5}{'p50':>9}{'p95':>9}{'max':>9}{'n':>6}")
    with VirtualSoundCard() as card:
        speaker = DeviceSpeaker(block_ms=options.block_ms)
        microphone = DeviceMicrophone(block_ms=options.block_ms)
        speaker.start()
        microphone.start()
        with card.listen() as recording:
            interruptions(speaker, recording, options.runs)
        capture_age(microphone)
        costs(speaker, microphone)
        speaker.close()
        microphone.close()
    detectors.main()


def row(what: str, unit: str, values: list[float]) -> None:
    p50, p95 = np.percentile(values, [50, 95])
    print(f"{what:<52}{unit:>5}{p50:>9.1f}{p95:>9.1f}{max(values):>9.1f}{len(values):>6}")


def interruptions(speaker: DeviceSpeaker, recording: Recording, runs: int) -> None:
    """A reply begins at a random moment, and is flushed at another."""
    random = np.random.default_rng(7)
    reply = (np.sin(np.arange(3 * RATE) * 2 * np.pi * 440 / RATE) * 12000).astype("<i2").tobytes()
    onsets, silences, promised = list[float](), list[float](), list[float]()
    for number in range(runs):
        player = Player(speaker, RATE)
        wait(0.15 + random.uniform(0, 0.05), player)
        begin, before = time.monotonic_ns(), len(recording.pcm())
        player.play(number, reply)
        wait(0.4 + random.uniform(0, 0.05), player)
        flushed = time.monotonic_ns()
        (cut,) = player.flush()
        recording.wait_for(0.3)
        pcm = recording.pcm()
        loud = np.flatnonzero(np.abs(pcm[before:]) > LOUD) + before
        first_ns, last_ns = arrival(recording, int(loud[0])), arrival(recording, int(loud[-1]))
        onsets.append((first_ns - begin) / 1e6)
        silences.append((last_ns - flushed) / 1e6)
        promised.append((cut.at_ns - flushed) / 1e6)
        player.poll()
    row("play() -> first sample at the monitor", "ms", onsets)
    row("flush() -> last sample at the monitor", "ms", silences)
    row("flush() -> last sample at the DAC, as accounted", "ms", promised)


def capture_age(microphone: DeviceMicrophone) -> None:
    ages = list[float]()
    microphone.read()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        now = time.monotonic_ns()
        for block in microphone.read():
            length_ns = len(block.pcm) * 1_000_000_000 // microphone.rate
            ages.append((now - block.capture_ns - length_ns) / 1e6)
        time.sleep(0.01)
    row("last sample at the ADC -> block polled (every 10 ms)", "ms", ages)


def costs(speaker: DeviceSpeaker, microphone: DeviceMicrophone) -> None:
    player, detector = Player(speaker, RATE), SpeechDetector(microphone.rate)
    chunker = Chunker(microphone.rate, 16000)
    piece = np.random.default_rng(1).normal(0, 3000, RATE // 4).astype("<i2").tobytes()
    plays, polls, levels = list[float](), list[float](), list[float]()
    captures = list[float]()
    for number in range(300):
        if number % 10 == 0:
            plays.append(timed(lambda: player.play(1, piece)))
        polls.append(timed(player.poll))
        levels.append(timed(lambda: player.level))
        captures.append(timed(lambda: [chunker.cut(block.pcm) for block in microphone.read()]))
        time.sleep(0.01)
    player.flush()
    block = np.random.default_rng(2).normal(0, 300, microphone.rate // 50).astype(np.int16)
    row("Player.play, a piece of 250 ms", "us", plays)
    row("Player.poll", "us", polls)
    row("Player.level", "us", levels)
    row("Capture.poll, every 10 ms", "us", captures)
    row(
        "SpeechDetector.feed, 20 ms",
        "us",
        [timed(lambda: detector.feed(block, 0)) for _ in range(200)],
    )
    many = np.tile(np.frombuffer(piece, "<i2"), 240).tobytes()
    row("Player.play, a minute at once", "us", [timed(lambda: player.play(2, many))])
    row("Player.poll after it", "us", [paced(player) for _ in range(100)])
    row("Player.flush", "us", [timed(player.flush)])


def paced(player: Player) -> float:
    time.sleep(0.01)
    return timed(player.poll)


def timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - begin) / 1000


def wait(seconds: float, player: Player) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        player.poll()
        time.sleep(0.005)


def arrival(recording: Recording, sample: int) -> int:
    return next(at_ns for at_ns, count in recording.arrivals if count > sample)


if __name__ == "__main__":
    main()
