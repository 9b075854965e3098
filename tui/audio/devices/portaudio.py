"""PortAudio itself: whether it is there, the devices that it knows, and looking for them anew.

The only module that knows sounddevice, imported when a device is first asked for. PortAudio and
ALSA print from C on file descriptor 2: a process that opens devices should have pointed it at a
log file before.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

from tui.audio.devices.listing import Listed, find, listed
from tui.audio.devices.pulse import PulseDevice, look
from tui.audio.devices.pulse_listing import CARRIER, choose, with_server
from tui.audio.ports import AudioMissing, AudioUnavailable

RESCAN_LIMIT_S = 1.5

WRONG_RATE, WRONG_FORMAT, BUSY_NOW = -9997, -9994, -9985
"""PortAudio's error codes paInvalidSampleRate, paSampleFormatNotSupported, paDeviceUnavailable."""

NO_PORTAUDIO = (
    "install it with: apt install libportaudio2 libasound2-plugins"
    " (macOS and Windows: pip install --force-reinstall sounddevice)"
)
NO_DEVICE = (
    "plug one in; on a PulseAudio or PipeWire desktop also: apt install libasound2-plugins;"
    " over SSH set PULSE_SERVER to a sound server that can be reached"
)

IN_PORTAUDIO = "in PortAudio: "
"""Threads of this name are inside PortAudio and may hang there."""


def sounddevice() -> Any:
    """The library. Raises AudioMissing."""
    try:
        import sounddevice  # noqa: PLC0415  needs PortAudio, which text-only use has not
    except (OSError, ImportError) as error:
        raise AudioMissing(f"PortAudio is not installed: {error}", NO_PORTAUDIO) from error
    return sounddevice


def rescan() -> None:
    """Makes PortAudio look for devices again: it does so only once by itself.

    Every open stream dies of it: close them before. Ends within two seconds; raises
    AudioUnavailable where the sound server does not answer, also while it still keeps an earlier
    call of ours.
    """
    sd = sounddevice()

    def again() -> None:
        sd._terminate()
        sd._initialize()

    deadline = time.monotonic() + RESCAN_LIMIT_S
    scanning = threading.Thread(target=again, name=IN_PORTAUDIO + "rescan", daemon=True)
    for thread in threading.enumerate():
        if thread.name.startswith(IN_PORTAUDIO):
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                raise AudioUnavailable("the sound system does not answer", "restart it")
    scanning.start()
    scanning.join(max(0.1, deadline - time.monotonic()))
    if scanning.is_alive():
        raise AudioUnavailable("the sound system does not answer", "restart it")


def list_devices() -> list[Listed]:
    """Microphones, then speakers. Raises AudioUnavailable where there can be none."""
    sd = sounddevice()
    try:
        found = listed(_devices(sd), list(sd.query_hostapis()), sd.default.device)
    except sd.PortAudioError as error:
        raise AudioUnavailable(f"PortAudio does not work here: {error}", NO_DEVICE) from error
    return with_server(found, look() if _leads_to_server(one.name for one in found) else None)


def find_device(fragment: str, side: str) -> tuple[dict[str, Any], PulseDevice | None]:
    """What PortAudio is to open, and which device of a sound server is meant by it, if one is.

    Raises AudioUnavailable with the names there are.
    """
    sd = sounddevice()
    devices = [d for d in _devices(sd) if d[f"max_{side}_channels"] > 0]
    if not devices:
        raise AudioUnavailable(f"there is no {side} device", NO_DEVICE)
    asks = fragment and _leads_to_server(d["name"] for d in devices)
    server = look(defaults=False) if asks else None
    if (chosen := choose(devices, server, fragment, side)) is not None:
        return chosen
    others = server.names(side) if server else ()
    return find(devices, sd.default.device[side], fragment, side, others), None


def _leads_to_server(names: Iterable[str]) -> bool:
    """Without that, a server's devices could be listed and not opened."""
    return CARRIER in names


def error_code(error: Exception) -> int:
    """PortAudio's number of an error; 0 where it gives none."""
    return int(error.args[1]) if len(error.args) > 1 else 0


def _devices(sd: Any) -> list[dict[str, Any]]:
    try:
        found = list(sd.query_devices())
        if not found:
            # No stream can be open on an empty list, so looking again harms nobody; a sound
            # server that started after us is found this way.
            rescan()
            found = list(sd.query_devices())
    except sd.PortAudioError as error:
        raise AudioUnavailable(f"PortAudio does not work here: {error}", NO_DEVICE) from error
    return found
