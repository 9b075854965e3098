"""Devices plugged into a virtual sound card and pulled out again, as its own `pactl` does it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator

from tests.vsound import VirtualSoundCard

SINK = "module-null-sink norewinds=1 rate=44100 channels=2"
SOURCE = "module-remap-source"


def pactl(card: VirtualSoundCard, *words: str) -> str:
    return subprocess.run(
        ["pactl", *words],
        env={**os.environ, **card.environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    ).stdout.strip()


def described(side: str, name: str, **properties: str) -> str:
    """`sink_properties=…` with a description that may have spaces."""
    words = " ".join(f"{key}={value}" for key, value in properties.items())
    return f"{side}_properties=\"device.description='{name}' {words}\""


def plug_speaker(card: VirtualSoundCard, id: str, name: str, **properties: str) -> str:
    """A sink; gives the number of its module, to be unplugged by."""
    own = described("sink", name, **properties)
    return pactl(card, "load-module", *SINK.split(), f"sink_name={id}", own)


def plug_microphone(card: VirtualSoundCard, id: str, name: str, **properties: str) -> str:
    """A source that hears what its own sink `mouth` is given, as the card's first one."""
    own = described("source", name, **properties)
    return pactl(card, "load-module", SOURCE, f"source_name={id}", "master=mouth.monitor", own)


@contextlib.contextmanager
def plugged_in(card: VirtualSoundCard, id: str, name: str) -> Iterator[None]:
    """A speaker, for a while."""
    module = plug_speaker(card, id, name)
    try:
        yield
    finally:
        pactl(card, "unload-module", module)


@contextlib.contextmanager
def headset(card: VirtualSoundCard) -> Iterator[None]:
    """A Bluetooth headset's two halves, and a desk speaker with an umlaut."""
    modules = [
        plug_speaker(card, "bluez_output.1", "Studio 5", **{"device.api": "bluez5"}),
        plug_microphone(card, "bluez_input.1", "Studio 5", **{"device.bus": "bluetooth"}),
        plug_speaker(card, "desk", "Büro Lautsprecher"),
    ]
    try:
        yield
    finally:
        for module in reversed(modules):
            pactl(card, "unload-module", module)
