"""Codecs by name: the one place that knows which providers there are."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tui.provider import Codec, Guarded, Summarize
from tui.providers.elevenlabs.check import check_frame, templates
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.scenario import Recorded, write_scenario
from tui.providers.elevenlabs.summary import summarize
from tui.setup import Setup


class _Provider(NamedTuple):
    codec: Callable[[Setup], Codec]
    summarize: Summarize
    check: Callable[[str], str]
    templates: Callable[[], list[tuple[str, str]]]
    scenario: Callable[[str, Sequence[Recorded]], str]


_ELEVENLABS = _Provider(ElevenLabsCodec, summarize, check_frame, templates, write_scenario)
_PROVIDERS = {
    "elevenlabs": _ELEVENLABS,
    # The embedded agent speaks the same protocol.
    "local": _ELEVENLABS,
}

PROVIDERS = tuple(_PROVIDERS)

# All of these raise KeyError for a provider that is not known here.


def open_codec(provider: str, setup: Setup | None = None) -> Codec:
    """A codec for one conversation, or to read a journal of `provider` with."""
    return Guarded(_PROVIDERS[provider].codec(setup or Setup()))


def summarizer(provider: str) -> Summarize:
    """How the event log tells frames of `provider`."""
    return _PROVIDERS[provider].summarize


def frame_check(provider: str) -> Callable[[str], str]:
    """Says what is wrong with a client frame written by hand, "" when nothing is."""
    return _PROVIDERS[provider].check


def frame_templates(provider: str) -> list[tuple[str, str]]:
    """(name, example text) of every message that a client of `provider` can send."""
    return _PROVIDERS[provider].templates()


def scenario_writer(provider: str) -> Callable[[str, Sequence[Recorded]], str]:
    """Turns recorded frames into a scenario of the local agent; it raises ValueError."""
    return _PROVIDERS[provider].scenario
