"""The sound server's own devices and our streams on it, as PulseAudio and PipeWire tell them.

Knows `pactl` and how long to wait for it; no PortAudio, which sees a server as one device only.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field

from tui.audio.devices.listing import is_wireless
from tui.audio.devices.pulse_aim import VARIABLES, environ

_HEAD = re.compile(r"([A-Z][A-Za-z ]+) #(\d+)$")
_FIELD = re.compile(r"\t([A-Z][A-Za-z ]+): ?(.*)$")
_PROPERTY = re.compile(r'\t\t([\w.-]+) = "(.*)"$')


@dataclass(slots=True)
class Section:
    """`Sink #3` with what is indented below it."""

    kind: str
    index: str
    fields: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)


def sections(text: str) -> list[Section]:
    """What is listed, in its order; unknown lines are passed over."""
    found: list[Section] = []
    for line in text.split("\n"):  # a name may hold any other line break
        if head := _HEAD.match(line):
            found.append(Section(head[1], head[2]))
        elif found and (one := _FIELD.match(line)):
            found[-1].fields.setdefault(one[1], one[2])
        elif found and (one := _PROPERTY.match(line)):
            found[-1].properties.setdefault(one[1], one[2])
    return found


def value_of(text: str, name: str) -> str:
    """Of `pactl info`'s lines the one that begins with `name`; "" where there is none."""
    begins = f"{name}: "
    lines = (line for line in text.split("\n") if line.startswith(begins))
    return next(lines, begins).removeprefix(begins)


LIMIT_S = 1.5
"""A server that took longer is frozen: to be asked beside the loop only."""
SIDES = {"Source": "input", "Sink": "output"}
STREAMS = {"Source Output": "input", "Sink Input": "output"}
_SHAPE = re.compile(r"(\d+)ch (\d+)Hz")
"""Of `s16le 2ch 44100Hz`."""
MOVE = {"input": "move-source-output", "output": "move-sink-input"}


@dataclass(frozen=True, slots=True)
class PulseDevice:
    """A source or a sink."""

    side: str
    """input or output."""
    id: str
    """What the server calls it."""
    name: str
    """What its user calls it; told from its namesakes, and Bluetooth by that word."""
    rate: int
    """Hz, its own."""
    channels: int
    is_default: bool = False
    is_monitor: bool = False
    """What a sink plays, and no microphone."""
    full: str = ""
    """Its name as it is while it has a namesake: known by it also when that is gone."""

    def is_called(self, fragment: str) -> bool:
        return any(fragment in one.casefold() for one in (self.name, self.full, self.id))


@dataclass(frozen=True, slots=True)
class PulseStream:
    """A stream of this process."""

    side: str
    index: int
    device: PulseDevice


@dataclass(frozen=True, slots=True)
class Pulse:
    """A sound server at one moment."""

    host: str
    devices: tuple[PulseDevice, ...] = ()
    streams: tuple[PulseStream, ...] = ()

    def choosable(self, side: str) -> list[PulseDevice]:
        """Microphones or speakers."""
        return [one for one in self.devices if one.side == side and not one.is_monitor]

    def names(self, side: str) -> list[str]:
        return [one.name for one in self.choosable(side)]

    def find(self, side: str, fragment: str) -> PulseDevice | None:
        """The device whose name, or the server's own of it, contains `fragment`."""
        wanted = fragment.casefold()
        ours = self.choosable(side)
        named = [one for one in ours if one.is_called(wanted)]
        # The whole name goes before a fragment of another one's.
        named.sort(key=lambda d: wanted not in (d.name.casefold(), d.id.casefold()))
        return named[0] if named else None

    def newest(self, side: str) -> PulseStream | None:
        """Of our streams the one that was opened last."""
        ours = [stream for stream in self.streams if stream.side == side]
        return max(ours, key=lambda stream: stream.index, default=None)


def look(limit_s: float = LIMIT_S, *, defaults: bool = True) -> Pulse | None:
    """The sound server as it is now; None where there is none, or it does not answer in time.

    Without its `defaults` and its own name it takes one question less.
    As text: the JSON of pactl 16 has "(null)" for every name with a letter beyond ASCII, and
    older ones have none.
    """
    told = _pactl(limit_s, ("list",), *([("info",)] if defaults else []))
    return read(told[0], told[1] if defaults else "", os.getpid()) if told else None


def move(stream: PulseStream, device: PulseDevice) -> None:
    """Has one of our streams go on at another device."""
    _pactl(LIMIT_S, (MOVE[stream.side], str(stream.index), device.id))


def read(listing: str, info: str, pid: int) -> Pulse:
    """What `pactl list` and `pactl info` say; the streams are those of process `pid`."""
    server = value_of(info, "Server Name")
    host = "PipeWire" if "pipewire" in server.casefold() else "PulseAudio"
    found = sections(listing)
    own = environ()
    defaults = {
        "input": own.get(VARIABLES["input"]) or value_of(info, "Default Source"),
        "output": own.get(VARIABLES["output"]) or value_of(info, "Default Sink"),
    }
    shown = [(SIDES[s.kind], _shown(s)) for s in found if s.kind in SIDES]
    devices: dict[tuple[str, str], PulseDevice] = {}
    for section in found:
        if section.kind in SIDES:
            side = SIDES[section.kind]
            alone = shown.count((side, _shown(section))) == 1
            devices[side, section.index] = _device(section, side, defaults[side], alone)
    streams = []
    for section in found:
        side = STREAMS.get(section.kind, "")
        place = section.fields.get("Source" if side == "input" else "Sink", "")
        if side and section.properties.get("application.process.id") == str(pid):
            device = devices.get((side, place))
            if device is not None:
                streams.append(PulseStream(side, int(section.index), device))
    return Pulse(host, tuple(devices.values()), tuple(streams))


def _device(section: Section, side: str, default: str, alone: bool) -> PulseDevice:
    own = section.fields.get("Name", "")
    full = f"{_shown(section)} ({own})"
    name = _shown(section) if alone else full
    bus = section.properties.get("device.bus", "") + section.properties.get("device.api", "")
    if is_wireless(bus + own) and not is_wireless(name):
        name += " (Bluetooth)"
    shape = _SHAPE.search(section.fields.get("Sample Specification", ""))
    channels, rate = (int(shape[1]), int(shape[2])) if shape else (2, 48_000)
    is_monitor = section.properties.get("device.class") == "monitor" or (
        side == "input" and section.fields.get("Monitor of Sink", "n/a") != "n/a"
    )
    return PulseDevice(side, own, name, rate, channels, own == default, is_monitor, full)


def _shown(section: Section) -> str:
    return section.fields.get("Description", "") or section.fields.get("Name", "")


def _pactl(limit_s: float, *questions: tuple[str, ...]) -> list[str] | None:
    """All at once; None where one of them is not answered."""
    program = shutil.which("pactl")
    if program is None:
        return None
    deadline = time.monotonic() + limit_s
    with contextlib.ExitStack() as stack:
        asked = [stack.enter_context(_asked(program, words)) for words in questions]
        try:
            told = [child.communicate(timeout=deadline - time.monotonic())[0] for child in asked]
        except (subprocess.TimeoutExpired, ValueError):
            return None
        finally:
            for child in asked:
                child.kill()
    if any(child.returncode != 0 for child in asked):
        return None
    return [answer.decode(errors="replace") for answer in told]


def _asked(program: str, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  words of ours and the server's own names
        [program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # In C, so that the words are those that we know; names are UTF-8 all the same.
        env={**environ(), "LC_ALL": "C"},
    )


class PulsePlace:
    def __init__(self, side: str, aim: PulseDevice | None) -> None:
        """`aim` is the device that was asked for; None for the server's default."""
        self._side = side
        self._aim = aim
        self._aim_gone = False
        self._stream: PulseStream | None = None

    @property
    def known(self) -> bool:
        return self._stream is not None

    @property
    def name(self) -> str:
        """Of the device; "" where no server told."""
        return self._stream.device.name if self._stream else ""

    def settle(self, server: Pulse | None) -> None:
        """Right after the opening."""
        self._stream = server.newest(self._side) if server else None

    def follow(self, server: Pulse) -> bool:
        """Whether it is at another device than before."""
        before, now = self._stream, server.newest(self._side)
        if before is None or now is None:
            return False
        self._stream = now
        self._go_back(server, now)
        return now.device.id != before.device.id

    def _go_back(self, server: Pulse, now: PulseStream) -> None:
        """The device that was asked for is back, and the server has forgotten that."""
        aim = self._aim
        if aim is None:
            return
        there = any((one.side, one.id) == (aim.side, aim.id) for one in server.devices)
        if there and self._aim_gone and now.device.id != aim.id:
            move(now, aim)
        self._aim_gone = not there
