"""What a provider has to choose from, and what an agent permits: for the set-up, before a call.

Knows shapes; no HTTP, no provider by name, no screen.
"""

from datetime import date

import msgspec


class AgentChoice(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    tags: tuple[str, ...] = ()
    last_call_unix_s: int = 0
    """0: never called."""


class VoiceChoice(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    labels: tuple[str, ...] = ()
    """`american`, `female`, `narration` …"""
    description: str = ""
    preview_url: str = ""
    """A sound file, of the provider's or somebody else's host."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a published table."""

    value: str
    side: str = ""
    """What is said of it: maker, price …"""
    ends: date | None = None
    """The announced day from which on it is served no more."""
    per_minute: float | None = None
    """US dollars of a minute of conversation, each side speaking half of it."""
    latency_ms: int | None = None
    """As its maker claims."""
    date: str = ""
    """Of both."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's documents list, as of a date, with what the user added."""

    rows: tuple[Row, ...]
    note: str = ""
    """Date and source."""
    problem: str = ""
    """What is wrong with the user's file."""


class AgentCard(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent is, as far as a caller may want to know or change it."""

    id: str
    name: str
    first_message: str = ""
    prompt: str = ""
    language: str = ""
    llm: str = ""
    voice_id: str = ""
    text_only: bool = False
    max_duration_s: int = 0
    input_format: str = ""
    output_format: str = ""
    permitted: frozenset[str] = frozenset()
    """Names of `Setup` fields that this agent lets a caller override."""
    variables: tuple[str, ...] = ()
    """Dynamic variables its texts and tools ask for, without the `system__` ones."""
    defaults: dict[str, str] = {}
    """Those of them that it has a value for; the others must be given."""
    client_tools: tuple[str, ...] = ()


SIDE_NAMES = {"input": "microphone", "output": "speaker"}


class DeviceChoice(msgspec.Struct, frozen=True):
    """A sound device of this machine."""

    side: str
    """input or output."""
    name: str
    host: str
    """The system that PortAudio reaches it by: ALSA, Core Audio …"""
    rate: int
    """Hz, its own."""
    channels: int
    is_default: bool = False
    in_use: bool = False
    dbfs: float | None = None
    """What a microphone hears now; None where it could not be opened beside the others."""
    warning: str = ""
    """Such as a wireless headset's added delay."""
