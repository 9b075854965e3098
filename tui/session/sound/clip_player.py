"""Plays one piece of sound and ends: `python -m tui.session.sound.clip_player`.

Reads a line of JSON (`ClipPlan`) and then 16-bit samples from standard input, with whose end it
ends. Writes one line to standard output when it could not play, nothing when it did. A process of
its own, because the screen's holds its interpreter too long for sound, and because a replay has no
session.
"""

import sys
import time

import msgspec
import numpy as np
import numpy.typing as npt

from tui.audio.devices.device import DeviceSpeaker
from tui.audio.playback.player import Player
from tui.audio.playback.track import Finished
from tui.audio.ports import AudioUnavailable
from tui.processes.lifetime import end_with_parent

REPLY = 1
TICK_S = 0.01
PATIENCE_S = 5.0
"""A clip that takes so much longer than it is long is not being played."""


class ClipPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`size` bytes at `rate` Hz, mono; `device` is a part of a speaker's name, "" the default."""

    size: int
    rate: int
    device: str = ""
    block_ms: int = 20


def main() -> int:
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=ClipPlan)
    samples = sys.stdin.buffer.read(plan.size)
    end_with_parent()
    try:
        speaker = DeviceSpeaker(plan.device, plan.block_ms)
        speaker.start()
    except AudioUnavailable as error:
        print(error)
        return 1
    player = Player(speaker, plan.rate)
    player.play(REPLY, samples[: len(samples) // 2 * 2])
    player.end(REPLY)
    deadline = time.monotonic() + len(samples) / 2 / plan.rate + PATIENCE_S
    while not any(isinstance(news, Finished) for news in player.poll()):
        if speaker.failed or time.monotonic() > deadline:
            print(speaker.failed or f"{speaker.name} takes no sound")
            return 1
        time.sleep(TICK_S)
    speaker.close()
    return 0


def encode(pcm: npt.NDArray[np.int16], *, rate: int, device: str) -> bytes:
    """What the process is to read: a line of JSON, then `pcm`, int16, shape (n,), at `rate` Hz."""
    samples = pcm.astype("<i2", copy=False).tobytes()
    plan = ClipPlan(size=len(samples), rate=rate, device=device)
    return msgspec.json.encode(plan) + b"\n" + samples


if __name__ == "__main__":
    sys.exit(main())
