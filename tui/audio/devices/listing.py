"""Devices by name: which one is meant, and what is said of each before it is chosen.

Knows the tables that PortAudio gives; opens nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tui.audio.ports import AudioUnavailable

WIRELESS = ("bluetooth", "bluez", "airpods", "buds", "hands-free", "handsfree", "a2dp", "hfp")
WIRELESS_WARNING = "wireless: it adds 100 to 200 ms each way"


@dataclass(frozen=True, slots=True)
class Listed:
    """A device of one direction as PortAudio has it."""

    side: str
    """input or output."""
    name: str
    host: str
    rate: int
    """Hz, its own."""
    channels: int
    is_default: bool
    warning: str


def listed(
    devices: Sequence[dict[str, Any]], hosts: Sequence[dict[str, Any]], defaults: Any
) -> list[Listed]:
    """Microphones, then speakers; `defaults` gives the index of each side's."""
    return [
        Listed(
            side=side,
            name=str(device["name"]),
            host=str(hosts[device["hostapi"]]["name"]),
            rate=round(device["default_samplerate"]),
            channels=int(device[f"max_{side}_channels"]),
            is_default=device["index"] == defaults[side],
            warning=WIRELESS_WARNING if is_wireless(str(device["name"])) else "",
        )
        for side in ("input", "output")
        for device in devices
        if device[f"max_{side}_channels"] > 0
    ]


def is_wireless(name: str) -> bool:
    """Whether a device is Bluetooth, as far as its name tells."""
    return any(word in name.casefold() for word in WIRELESS)


def find(
    devices: Sequence[dict[str, Any]],
    default: int,
    fragment: str,
    side: str,
    others: Sequence[str] = (),
) -> dict[str, Any]:
    """The device whose name contains `fragment`, for "" the default one.

    Raises AudioUnavailable with the names there are, `others` before.
    """
    if not fragment:
        return next((d for d in devices if d["index"] == default), devices[0])
    named = [d for d in devices if fragment.casefold() in d["name"].casefold()]
    # The whole name goes before a fragment of another one's.
    named.sort(key=lambda d: d["name"].casefold() != fragment.casefold())
    if named:
        return named[0]
    names = ", ".join(dict.fromkeys([*others, *(d["name"] for d in devices)]))
    raise AudioUnavailable(f"no {side} device is called {fragment!r}", f"there are: {names}")
