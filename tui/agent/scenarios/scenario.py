"""Scripts for a conversation, read from TOML: what to wait for, say, send, break and close.

Knows files and shapes; `runner.py` acts them out, and the frames are those of the protocol that a
scenario is of. A mistake is told with file, step and key.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from tui.agent.profile import Format, complaint
from tui.agent.protocols import NAMES, client_frames

DEFAULT_WAIT_MS = 30_000
LONGEST_MS = 600_000

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MS)]
Count = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
CloseCode = Annotated[int, msgspec.Meta(ge=1000, le=4999)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WaitFor(_Table, frozen=True):
    """Go on when the client has sent a frame of that type; frames of others are read over."""

    wait_for: str
    contains: str = ""
    """Somewhere in the frame, upper or lower case."""
    within_ms: Milliseconds = DEFAULT_WAIT_MS


class Utter(_Table, frozen=True):
    """A reply: its text, and its speech unless the conversation is in text only."""

    say: str
    event_id: int | None = None
    """None: one more than the last."""
    more: bool = False
    """Where replies hold several messages: this one goes on with the next `say`."""


class Send(_Table, frozen=True):
    """A frame as it stands, checked by nobody."""

    send: dict[str, Any]
    pad_bytes: Annotated[int, msgspec.Meta(ge=0, le=15_000_000)] = 0
    """Makes it larger by a field `padding` of so many bytes."""


class SendText(_Table, frozen=True):
    """Text in a frame that need not be JSON."""

    send_text: str


class Delay(_Table, frozen=True):
    delay_ms: Milliseconds


class Fault(_Table, frozen=True):
    """drop: the connection ends without a close. stall: nothing is sent, read or answered for
    `for_ms`. half_frame: a frame breaks off in its middle, then drop. garbage: bytes that are no
    frame. flood: `count` frames at once, `frame` or VAD scores."""

    fault: Literal["drop", "stall", "half_frame", "garbage", "flood"]
    for_ms: Milliseconds = 5_000
    count: Count = 1_000
    frame: dict[str, Any] | None = None


class Close(_Table, frozen=True):
    close: CloseCode
    reason: Annotated[str, msgspec.Meta(max_length=120)] = ""


Step = WaitFor | Utter | Send | SendText | Delay | Fault | Close
_STEPS: dict[str, type[Step]] = {
    "wait_for": WaitFor,
    "say": Utter,
    "send": Send,
    "send_text": SendText,
    "delay_ms": Delay,
    "fault": Fault,
    "close": Close,
}


class Head(_Table, frozen=True):
    about: str
    """What a client can be seen to do right, or wrong, with it."""
    protocol: str = NAMES[0]
    """Whose frames these are; a conversation of another protocol does not act it out."""
    metadata: bool = True
    """Whether the conversation opens with its metadata."""
    input_format: Format | None = None
    output_format: Format | None = None


class Scenario(msgspec.Struct, frozen=True):
    head: Head
    steps: tuple[Step, ...]


class ScenarioError(Exception):
    """A scenario that can't be followed; the text says where."""


def packaged_names(protocol: str = NAMES[0]) -> list[str]:
    folder = files("tui.agent").joinpath(protocol, "scenarios")
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(file.name.removesuffix(".toml") for file in found)


def packaged(name: str, protocol: str = NAMES[0]) -> Scenario | None:
    """A scenario that comes with the program; None for a name that none has."""
    if name not in packaged_names(protocol):
        return None
    path = files("tui.agent").joinpath(protocol, "scenarios", f"{name}.toml")
    return read_scenario(path.read_text(encoding="utf-8"), path.name)


def load_scenario(path: Path) -> Scenario:
    """Raises ScenarioError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: {error}") from None
    return read_scenario(text, str(path))


def read_scenario(text: str, where: str) -> Scenario:
    """`where` names it in complaints. Raises ScenarioError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where}: {error}") from None
    steps = tables.pop("step", None)
    if not isinstance(steps, list) or not steps:
        raise ScenarioError(f"{where}: one or more [[step]] tables are needed")
    try:
        head = msgspec.convert(tables, Head)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{where}: {complaint(error)}") from None
    if head.protocol not in NAMES:
        raise ScenarioError(f"{where}: protocol: {head.protocol!r} is not {' or '.join(NAMES)}")
    found = tuple(_step(table, f"{where}: step {n}") for n, table in enumerate(steps, 1))
    frames = client_frames(head.protocol)
    for n, step in enumerate(found, 1):
        if isinstance(step, WaitFor) and step.wait_for not in frames:
            known = ", ".join(frames)
            raise ScenarioError(f"{where}: step {n}: wait_for: {step.wait_for!r} is not {known}")
    return Scenario(head, found)


def _step(table: object, where: str) -> Step:
    keys = [key for key in _STEPS if isinstance(table, dict) and key in table]
    if len(keys) != 1:
        found = " and ".join(keys) or "none"
        raise ScenarioError(f"{where}: one of {', '.join(_STEPS)} is needed, found {found}")
    try:
        return msgspec.convert(table, _STEPS[keys[0]])
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{where}: {complaint(error)}") from None
