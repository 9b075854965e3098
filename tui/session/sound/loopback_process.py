"""Plays clicks and listens for them: `python -m tui.session.sound.loopback_process`.

Reads a line of JSON (the plan's `Audio`) from standard input, with whose end it ends; writes a line
of JSON: a `Loopback`, or a `Failed`. A process of its own, which a frozen sound server keeps.
"""

import asyncio
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE

import msgspec

from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.loopback import APART_MS, Loopback, click, lags
from tui.audio.ports import AudioUnavailable, Block
from tui.plan import Audio
from tui.processes.lifetime import end_with_parent, environment, python
from tui.session.sound.open_ports import begin

CLICKS = 8
FIRST_S, LAST_S = 1.0, 0.8
TICK_S = 0.01
LIMIT_S = 20.0
"""A measurement that took longer never comes."""


class Failed(msgspec.Struct, frozen=True):
    reason: str
    advice: str


SILENT = Failed("the sound server does not answer", "restart it")


async def measure(audio: Audio) -> Loopback | Failed:
    process = await asyncio.create_subprocess_exec(
        *python("tui.session.sound.loopback_process"),
        env=environment(),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(msgspec.json.encode(audio) + b"\n")
        line = await asyncio.wait_for(process.stdout.readline(), LIMIT_S)
        told = msgspec.json.decode(line)
        if "reason" in told:
            return msgspec.convert(told, Failed)
        return msgspec.convert(told, Loopback)
    except (TimeoutError, msgspec.DecodeError):
        return SILENT
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def main() -> int:
    audio = msgspec.json.decode(sys.stdin.buffer.readline(), type=Audio)
    end_with_parent()
    try:
        told: Loopback | Failed = _measured(audio)
    except AudioUnavailable as error:
        told = Failed(error.reason, error.advice)
    print(msgspec.json.encode(told).decode(), flush=True)
    return 0


def _measured(audio: Audio) -> Loopback:
    """Raises AudioUnavailable."""
    microphone = DeviceMicrophone(audio.input, audio.block_ms, audio.input_channel)
    speaker = DeviceSpeaker(audio.output, audio.block_ms)
    begin(microphone)
    begin(speaker)
    sound, heard = click(speaker.rate), list[Block]()
    indices, played_ns = list[int](), dict[int, int]()
    began = time.monotonic()
    while time.monotonic() - began < FIRST_S + CLICKS * APART_MS / 1000 + LAST_S:
        if (
            len(indices) < CLICKS
            and time.monotonic() - began > FIRST_S + len(indices) * APART_MS / 1000
        ):
            indices.append(speaker.write(sound))
        heard += microphone.read()
        for index in indices:
            if index not in played_ns and (at_ns := speaker.heard_at(index)) is not None:
                played_ns[index] = at_ns
        if (why := microphone.failed or speaker.failed) is not None:
            raise AudioUnavailable(why, "try again")
        time.sleep(TICK_S)
    names = speaker.name, microphone.name
    found = lags(heard, microphone.rate, sorted(played_ns.values()))
    speaker.close()
    microphone.close()
    return Loopback(
        wall_ns=time.time_ns(),
        speaker=names[0],
        microphone=names[1],
        clicks=len(indices),
        lags_ms=tuple(found),
    )


if __name__ == "__main__":
    sys.exit(main())
