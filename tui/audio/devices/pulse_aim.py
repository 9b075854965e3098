"""Which of a sound server's devices an opening goes to.

Knows two variables of the environment, which ALSA's pulse plugin reads when a stream is opened:
there is no other way through PortAudio. One holds while an opening is under way; the openings of
that side wait for it, and children of ours get the environment as it was. An opening at the
default keeps nobody: one that hangs in a frozen server has read them long since.
"""

import contextlib
import os
import threading
from collections.abc import Iterator

from tui.audio.ports import AudioUnavailable

VARIABLES = {"input": "PULSE_SOURCE", "output": "PULSE_SINK"}
LIMIT_S = 2.0
"""An earlier opening that takes longer hangs in a frozen server."""

_locks = {side: threading.Lock() for side in VARIABLES}
_before: dict[str, str | None] = {}


@contextlib.contextmanager
def aimed(side: str, device: str) -> Iterator[None]:
    """What is opened meanwhile on that side is `device`, the server's name; "" its default.

    Raises AudioUnavailable while an opening at a device hangs on that side.
    """
    if not _locks[side].acquire(timeout=LIMIT_S):
        raise AudioUnavailable("the sound system does not answer", "restart it")
    if not device:
        _locks[side].release()
        yield
        return
    try:
        with _set(VARIABLES[side], device):
            yield
    finally:
        _locks[side].release()


@contextlib.contextmanager
def _set(variable: str, value: str) -> Iterator[None]:
    _before[variable] = os.environ.get(variable)
    os.environ[variable] = value
    try:
        yield
    finally:
        before = _before.pop(variable)
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before


def environ() -> dict[str, str]:
    """The environment without what is only meant for an opening that is under way."""
    now = {**os.environ}
    for variable, before in [*_before.items()]:
        now.pop(variable, None)
        if before is not None:
            now[variable] = before
    return now
