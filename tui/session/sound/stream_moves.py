"""Says when a sound server has our streams go on at another device, which it does by itself.

Knows streams and time; not why. Nobody else tells of it: the stream goes on as if nothing was.
"""

import asyncio
import functools
from collections.abc import Callable, Sequence

from tui.audio.devices.pulse import look
from tui.audio.devices.stream import Stream
from tui.audio.ports import Port
from tui.catalogue import SIDE_NAMES
from tui.events import Event, Noted
from tui.session.sound.threads import in_thread

LOOK_S = 3.0
"""One look is one `pactl`, 6 to 8 ms of a core."""


async def follow_moves(
    ports: Callable[[], Sequence[Port | None]],
    emit: Callable[[Event], None],
    moved: Callable[[], None],
) -> None:
    """Until cancelled; looks only while `ports` has some that can be moved."""
    while True:
        await asyncio.sleep(LOOK_S)
        streams = [port for port in ports() if isinstance(port, Stream) and port.moves]
        if not streams:
            continue
        found = await in_thread(functools.partial(_followed, streams), "moves")
        for stream, before in found:
            name = SIDE_NAMES[stream.side]
            emit(Noted(text=f"the {name} is now {stream.name} (the server moved it from {before})"))
        if found:
            moved()


def _followed(streams: Sequence[Stream]) -> list[tuple[Stream, str]]:
    """Those that were moved, and what they were at before. Blocks."""
    server = look(defaults=False)
    if server is None:
        return []
    before = [(stream, stream.follow(server)) for stream in streams]
    return [(stream, name) for stream, name in before if name]
