"""The protocols that the agent speaks, by name: the one place that knows which there are.

A protocol is a folder here. Its package names the frames that a scenario can wait for
(`CLIENT_FRAMES`) and may have a folder `scenarios`; its `protocol.py` has a `PROTOCOL`.
"""

from importlib import import_module

NAMES = ("elevenlabs", "openai")
"""The first is that of the ready line's `ws_url`, and of a scenario that names none."""


def client_frames(name: str) -> tuple[str, ...]:
    """The types of frames that a client of the protocol sends."""
    frames: tuple[str, ...] = import_module(f"tui.agent.{name}").CLIENT_FRAMES
    return frames
