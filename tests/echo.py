"""A room without a headset: what the speaker plays comes back into the microphone, later.

Knows the virtual sound card and the session's rig. Needs (Debian): pulseaudio pulseaudio-utils
libportaudio2.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from tests.session.rig import plan_for, running
from tests.vsound import VirtualSoundCard
from tui.commands import Connect, SendText
from tui.events import (
    AudioWarned,
    Interrupted,
    PlaybackStarted,
    UserTranscribed,
)
from tui.session.local_agent import LocalAgent

Samples = npt.NDArray[np.int16]

VOLUME = "60%"
"""Of the echo: about 13 dB below what is played, on PulseAudio's cubic scale."""


@contextmanager
def echo_path(card: VirtualSoundCard, delay_ms: int) -> Iterator[None]:
    """Real streams from speaker to microphone inside the sound server."""
    environ = {**os.environ, **card.environ}

    def pactl(*arguments: str) -> str:
        done = subprocess.run(
            ["pactl", *arguments], env=environ, check=True, capture_output=True, text=True
        )
        return done.stdout

    module = pactl(
        *("load-module", "module-loopback", "source=speaker.monitor", "sink=mouth"),
        *(f"latency_msec={delay_ms}", "max_latency_msec=400", "adjust_time=0"),
    ).strip()
    try:
        played = [line.split()[0] for line in pactl("list", "short", "sink-inputs").splitlines()]
        pactl("set-sink-input-volume", played[-1], VOLUME)
        yield
    finally:
        pactl("unload-module", module)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a story came to, and what the agent took for the user's words."""

    interruptions: int
    """By itself."""
    heeded: bool
    """It stopped when somebody spoke at last."""
    misheard: tuple[str, ...]
    warned: bool


async def tell_a_story(
    folder: Path,
    card: VirtualSoundCard,
    echo: Literal["off", "cancel", "gate"],
    delay_ms: int,
    seconds: float,
    *,
    stop_when_warned: bool = True,
    say: Samples | None = None,
) -> Outcome:
    """The local agent tells its story for so long, to a user who says nothing, and then
    says `say` (48 kHz)."""
    loop = asyncio.get_running_loop()
    agent = LocalAgent()
    await agent.spawn()
    plan = plan_for(folder, local=True, agent_id="local", enabled=True, echo=echo)
    async with running(plan, agent) as rig:

        def warned() -> bool:
            return any(event.what == "echo" for event in rig.all(AudioWarned))

        rig.session.handle(Connect())
        await rig.event(PlaybackStarted, 30)
        rig.session.handle(SendText(text="tell me a story"))  # in place of the greeting
        await rig.until(lambda: len(rig.all(PlaybackStarted)) > 1, "the story", 30)
        before = len(rig.all(Interrupted))
        with echo_path(card, delay_ms):
            until = loop.time() + seconds
            await rig.until(
                lambda: (stop_when_warned and warned()) or loop.time() > until,
                "the end",
                seconds + 10,
            )
            alone = len(rig.all(Interrupted)) - before
            if say is not None:
                await asyncio.to_thread(card.speak, say, 48_000)
                said = loop.time() + 3
                await rig.until(lambda: rig.all(Interrupted)[before:] or loop.time() > said)
            rig.read()
        return Outcome(
            interruptions=alone,
            heeded=len(rig.all(Interrupted)) - before > alone,
            misheard=tuple(said.text for said in rig.all(UserTranscribed)),
            warned=warned(),
        )
