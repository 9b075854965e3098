"""What a session hears with and speaks through: which source and which sink a plan asks for.

Knows the plan and every kind of port; no capture, no playback. Opening one may take its time.
"""

import time
from pathlib import Path

from tui.audio.bridge.ports import BridgeMicrophone, BridgeSpeaker
from tui.audio.devices.device import DeviceMicrophone, DeviceSpeaker
from tui.audio.devices.stream import Stream
from tui.audio.files.pipe import PipeMicrophone
from tui.audio.files.wavfile import WavMicrophone, WavSpeaker
from tui.audio.ports import AudioUnavailable, Port, Sink, Source
from tui.plan import Plan

POLL_S = 0.004
SILENT_ADVICE = "choose another device, or restart the sound system"
FILE_RATE = 48_000
"""Of a file in place of a speaker."""


def make_source(plan: Plan, device: str) -> Source:
    """Open, not started; `device` names one, "" is the default. Raises AudioUnavailable."""
    audio = plan.audio
    if plan.mic_file:
        return WavMicrophone(Path(plan.mic_file), audio.block_ms, audio.input_channel)
    if plan.mic_fd >= 0:
        return PipeMicrophone(plan.mic_fd, plan.mic_rate, audio.block_ms)
    if audio.bridge:
        return BridgeMicrophone(audio.bridge, device, audio.block_ms)
    return DeviceMicrophone(device, audio.block_ms, audio.input_channel)


def bridge_ms(*ports: Port | None) -> float | None:
    """The longest time to one of them and back; None when none is behind a bridge."""
    bridged = [port for port in ports if isinstance(port, (BridgeMicrophone, BridgeSpeaker))]
    trips = [port.round_trip_ms for port in bridged if port.round_trip_ms is not None]
    return round(max(trips), 1) if trips else None


def make_sink(plan: Plan, device: str, block_ms: int) -> Sink:
    """Open, not started; `device` names one, "" is the default. Raises AudioUnavailable."""
    if plan.speaker_file:
        return WavSpeaker(Path(plan.speaker_file), FILE_RATE, block_ms)
    if plan.audio.bridge:
        return BridgeSpeaker(plan.audio.bridge, device, block_ms)
    return DeviceSpeaker(device, block_ms)


def begin(port: Port) -> None:
    """Start it. A device has begun when it has moved a block: there are some that open and never
    do. Blocks; raises AudioUnavailable."""
    port.start()
    while isinstance(port, Stream) and not port.calls:
        if (why := port.failed) is not None:
            port.close()
            raise AudioUnavailable(why, SILENT_ADVICE)
        time.sleep(POLL_S)


def fault(port: Port | None) -> str:
    """What went wrong in here with a device's blocks; "" for nothing."""
    return port.fault if isinstance(port, Stream) else ""
