"""A sound server's devices beside PortAudio's own, which has one for all of them.

Knows both lists; opens nothing, asks nobody.
"""

from collections.abc import Sequence
from typing import Any

from tui.audio.devices.listing import WIRELESS_WARNING, Listed, is_wireless
from tui.audio.devices.pulse import Pulse, PulseDevice

CARRIER = "pulse"
"""ALSA's name for the sound server; what is opened by it goes where `pulse_aim` says."""
THROUGH = ("pulse", "default", "pipewire", "sysdefault")
"""Names of ALSA that may lead to a sound server."""


def with_server(found: Sequence[Listed], server: Pulse | None) -> list[Listed]:
    """Microphones, then speakers, by the server's names in place of the one that carries them."""
    rows: list[Listed] = []
    for side in ("input", "output"):
        ours = [one for one in found if one.side == side]
        carrier = next((one for one in ours if one.name == CARRIER), None)
        if server is None or carrier is None:
            rows += ours
            continue
        hidden = [one for one in ours if _is_carrier(one, carrier)]
        by_default = any(one.is_default for one in hidden)
        rows += [_row(device, server, by_default) for device in server.choosable(side)]
        rows += [one for one in ours if one not in hidden]
    return rows


def choose(
    devices: Sequence[dict[str, Any]], server: Pulse | None, fragment: str, side: str
) -> tuple[dict[str, Any], PulseDevice] | None:
    """What PortAudio is to open for a device of the server, and which one that is.

    None where `fragment` means none of them: a whole name of PortAudio's own goes before.
    """
    carrier = next((d for d in devices if d["name"] == CARRIER), None)
    whole = any(d["name"].casefold() == fragment.casefold() for d in devices)
    if not fragment or whole or carrier is None or server is None:
        return None
    device = server.find(side, fragment)
    if device is None:
        return None
    own = {f"max_{side}_channels": device.channels, "default_samplerate": device.rate}
    return {**carrier, **own, "name": device.name}, device


def _is_carrier(one: Listed, carrier: Listed) -> bool:
    """ALSA's default is the server too where it has its shape."""
    shape = (one.host, one.rate, one.channels)
    same = shape == (carrier.host, carrier.rate, carrier.channels)
    return one == carrier or (one.name == "default" and same)


def _row(device: PulseDevice, server: Pulse, by_default: bool) -> Listed:
    return Listed(
        side=device.side,
        name=device.name,
        host=server.host,
        rate=device.rate,
        channels=device.channels,
        is_default=device.is_default and by_default,
        warning=WIRELESS_WARNING if is_wireless(device.name) else "",
    )
