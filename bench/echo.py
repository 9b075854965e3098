"""Echo by measurement: how much of it is taken out, and whether the agent interrupts itself.

    python -m bench.echo [--seconds 10] [--delays 40 120 250]

Prints two tables, asserts nothing. ERLE (echo return loss enhancement) is by computation: the local
agent's own voice through a loudspeaker that distorts and a room that rings, 6 dB down. The calls
are real: the local agent tells its story over a virtual sound card whose speaker is heard by its
microphone. Needs (Debian): pulseaudio pulseaudio-utils libportaudio2.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.audio.test_echo import STORY, passed, room
from tests.echo import tell_a_story
from tests.vsound import VirtualSoundCard
from tui.agent.speech.hibari import load
from tui.audio.echo import EchoCanceller
from tui.audio.level import dbfs
from tui.audio.ports import Block
from tui.audio.resample import Resampler

SPANS = ((0.3, 1.3), (2.0, 4.0), (5.0, 1e9))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure echo and what is done against it.")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each story")
    parser.add_argument("--delays", type=int, nargs="+", default=[40, 120, 250])
    options = parser.parse_args()
    erle(options.delays)
    # The cards' C libraries talk on descriptor 2; what is of interest is said on 1.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    calls(options.delays, options.seconds)


def erle(delays: list[int]) -> None:
    voice = load()
    speech = Resampler(voice.rate, 48_000).process(voice.synthesise(f"{STORY} {STORY}"))
    print(f"{'ERLE, dB':<26}{'first second':>14}{'2-4 s':>10}{'from 5 s':>10}")
    for rate in (16_000, 44_100):
        played = Resampler(48_000, rate).process(speech)
        for delay_ms in delays:
            heard = room((np.tanh(played / 20_000) * 20_000).astype(np.int16), rate, delay_ms)
            clean = passed(EchoCanceller(), speech, 48_000, heard, rate)
            cells = []
            for begin_s, end_s in SPANS:
                span = slice(int(begin_s * rate), int(min(end_s, len(clean) / rate) * rate))
                cells.append(f"{dbfs(heard[span]) - dbfs(clean[span]):.0f}")
            print(f"{f'{rate} Hz, echo {delay_ms} ms late':<26}", end="")
            print(f"{cells[0]:>14}{cells[1]:>10}{cells[2]:>10}")
    print(f"a block of 20 ms at 44100 Hz takes {cost_us():.0f} us (p50)\n")


def cost_us() -> float:
    canceller, random = EchoCanceller(), np.random.default_rng(1)
    costs = []
    for number in range(500):
        block = Block(random.normal(0, 1000, 882).astype(np.int16), number * 20_000_000)
        began = time.perf_counter()
        canceller.played(block, 44_100)
        canceller.remove(block, 44_100)
        costs.append((time.perf_counter() - began) * 1e6)
    return float(np.median(costs))


def calls(delays: list[int], seconds: float) -> None:
    print(
        f"{'a story, nobody speaks':<26}{'interruptions':>14}{'misheard':>10}{'warned':>10}", end=""
    )
    print(f"{'stops for you':>15}")
    voice = load()
    stop = Resampler(voice.rate, 48_000).process(voice.synthesise("Stop please, that is enough."))
    with VirtualSoundCard() as card:
        for delay_ms in delays:
            for echo in ("off", "gate", "cancel"):
                with tempfile.TemporaryDirectory() as folder:
                    told = asyncio.run(
                        tell_a_story(
                            *(Path(folder), card, echo, delay_ms, seconds),
                            stop_when_warned=False,
                            say=stop,
                        )
                    )
                print(f"{f'{echo}, echo {delay_ms} ms late':<26}{told.interruptions:>14}", end="")
                print(f"{len(told.misheard):>10}{'yes' if told.warned else 'no':>10}", end="")
                print(f"{'yes' if told.heeded else 'no':>15}", flush=True)


if __name__ == "__main__":
    main()
