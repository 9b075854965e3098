"""The two detectors of speech beside each other: what they find in noise, and what they cost.

    python -m bench.detectors          (also printed by bench.audio_parts)

A computed voice says six sentences three times over white noise at so many dB SNR, in blocks of
20 ms as a microphone gives them. CPU is of this process, model included, over the length of the
sound. Needs voicescope[local]: the voice is the local agent's, the model Silero's.
"""

import time
from collections.abc import Callable

import numpy as np

from tests.audio.fakes import Samples, noise
from tests.audio.speech.test_model_detector import (
    LEVEL,
    RATE,
    SENTENCES,
    edges_of,
    fan,
    judge,
    keys,
    scene,
    utterance,
)
from tui.agent.speech.hibari import load as load_voice
from tui.audio.speech.energy_detector import Detector, SpeechDetector
from tui.audio.speech.model_detector import ModelDetector
from tui.audio.speech.silero import load

TIMES = 3
SNRS = (0, 10, 20)


def main() -> None:
    voice, model = load_voice(), load()
    said = [utterance(voice, text) for text in SENTENCES] * TIMES
    rooms = {"a quiet room": noise(20_000, RATE, -65), "a fan that starts": fan(), "keys": keys()}
    kinds: dict[str, Callable[[], Detector]] = {
        "by energy": lambda: SpeechDetector(RATE),
        "by Silero": lambda: ModelDetector(RATE, model),
    }
    print(f"\n{'detector, and what it hears':<44}{'found':>9}{'false':>7}", end="")
    print(f"{'begin':>8}{'end ms':>8}{'CPU %':>8}")
    for kind, opened in kinds.items():
        for snr in SNRS:
            sound = scene(said, snr)
            edges, cpu = timed(opened(), sound.pcm)
            found = judge(closed(edges), sound.spoken)
            heard = f"{found.heard}/{len(said)}"
            begin, end = (
                f"{np.median(off):+.0f}" if off else "-" for off in (found.begins, found.ends)
            )
            what = f"{kind}: speech at {LEVEL:.0f} dBFS, {snr} dB SNR"
            print(f"{what:<44}{heard:>9}{found.false:>7}{begin:>8}{end:>8}{cpu:>8.2f}", flush=True)
        for name, pcm in rooms.items():
            edges, cpu = timed(opened(), pcm)
            false = (len(edges) + 1) // 2
            print(f"{f'{kind}: {name}':<44}{'-':>9}{false:>7}{'':>16}{cpu:>8.2f}", flush=True)


def timed(detector: Detector, pcm: Samples) -> tuple[list[tuple[bool, float]], float]:
    """Its edges, and % of a core that it took."""
    begin = time.process_time()
    edges = edges_of(detector, pcm)
    return edges, (time.process_time() - begin) / (len(pcm) / RATE) * 100


def closed(edges: list[tuple[bool, float]]) -> list[tuple[bool, float]]:
    """Without speech that has not ended yet."""
    return edges[: len(edges) // 2 * 2]


if __name__ == "__main__":
    main()
