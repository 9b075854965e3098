"""The bridge by measurement: a laptop's devices over a real sshd on loopback, and beside it none.

    python -m bench.bridge [--seconds 8] [--runs 10]

Prints a table, asserts nothing. What a network adds comes on top, once each way. Needs (Debian):
openssh-server pulseaudio pulseaudio-utils libportaudio2.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.bridge.conftest import Bridges, serve_ssh
from tests.vsound import Recording, VirtualSoundCard
from tui.audio.bridge.ports import BridgeMicrophone, BridgeSpeaker
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.playback.player import Player
from tui.audio.playback.track import Gap
from tui.audio.ports import Sink, Source

RATE = 24_000
LOUD = 300


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the bridge.")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    print(f"{'what':<52}{'unit':>5}{'p50':>9}{'p95':>9}{'max':>9}{'n':>6}")
    with VirtualSoundCard() as card, tempfile.TemporaryDirectory(prefix="b", dir="/tmp") as home:
        with card.listen() as recording:
            microphone, speaker = DeviceMicrophone(), DeviceSpeaker()
            measure("here", microphone, speaker, recording, options)
        folder = Path(home) / "sshd"
        folder.mkdir()
        with serve_ssh(folder) as server:
            bridges = Bridges(server, Path(home))
            process = bridges.build()
            try:
                far_microphone = BridgeMicrophone(str(bridges.socket))
                far_speaker = BridgeSpeaker(str(bridges.socket))
                with card.listen() as recording:
                    measure("bridge", far_microphone, far_speaker, recording, options)
                trips = [t for t in (far_microphone.round_trip_ms,) if t is not None]
                row("bridge: there and back, as shown", "ms", trips)
            finally:
                process.stop()


def row(what: str, unit: str, values: list[float]) -> None:
    p50, p95 = np.percentile(values, [50, 95])
    print(f"{what:<52}{unit:>5}{p50:>9.1f}{p95:>9.1f}{max(values):>9.1f}{len(values):>6}")


def wait(seconds: float, player: Player) -> int:
    """Gaps in what is played meanwhile."""
    gaps = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        gaps += sum(isinstance(news, Gap) for news in player.poll())
        time.sleep(0.005)
    return gaps


def arrival(recording: Recording, sample: int) -> int:
    return next(at_ns for at_ns, count in recording.arrivals if count > sample)


def measure(
    name: str,
    microphone: Source,
    speaker: Sink,
    recording: Recording,
    options: argparse.Namespace,
) -> None:
    microphone.start()
    speaker.start()
    replies(name, speaker, recording, options.runs)
    ages = list[float]()
    microphone.read()
    lost = microphone.overruns
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        now_ns = time.monotonic_ns()
        for block in microphone.read():
            ages.append((now_ns - block.capture_ns) / 1e6 - len(block.pcm) * 1000 / microphone.rate)
        time.sleep(0.005)
    row(f"{name}: last sample at the ADC -> block read", "ms", ages)
    print(f"{f'{name}: blocks lost':<52}{'':>5}{microphone.overruns - lost:>9}")
    microphone.close()
    speaker.close()


def replies(name: str, speaker: Sink, recording: Recording, runs: int) -> None:
    reply = (np.sin(np.arange(3 * RATE) * 2 * np.pi * 440 / RATE) * 12000).astype("<i2").tobytes()
    onsets, silences, calls, errors = list[float](), list[float](), list[float](), list[float]()
    gaps = 0
    for number in range(runs):
        player = Player(speaker, RATE)
        gaps += wait(0.3, player)
        began, before = time.monotonic_ns(), len(recording.pcm())
        player.play(number, reply)
        gaps += wait(0.6, player)
        flushed = time.monotonic_ns()
        (cut,) = player.flush()
        calls.append((time.monotonic_ns() - flushed) / 1e6)
        recording.wait_for(0.4)
        loud = np.flatnonzero(np.abs(recording.pcm()[before:]) > LOUD) + before
        onsets.append((arrival(recording, int(loud[0])) - began) / 1e6)
        silences.append((arrival(recording, int(loud[-1])) - flushed) / 1e6)
        errors.append(abs((loud[-1] - loud[0]) / 48 - cut.heard_ms))
        player.poll()
    row(f"{name}: play() -> first sample at the monitor", "ms", onsets)
    row(f"{name}: flush() -> last sample at the monitor", "ms", silences)
    row(f"{name}: flush() itself", "ms", calls)
    print(f"{f'{name}: gaps in the replies':<52}{'':>5}{gaps:>9}")
    row(f"{name}: heard, as told, against what was recorded", "ms", errors)


if __name__ == "__main__":
    main()
