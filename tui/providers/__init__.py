"""Codecs by name: the one place that knows which providers there are."""

from tui.codec import Codec, Summarize
from tui.providers.elevenlabs import ElevenLabsCodec
from tui.providers.elevenlabs_summary import summarize

_CODECS: dict[str, tuple[type[ElevenLabsCodec], Summarize]] = {
    "elevenlabs": (ElevenLabsCodec, summarize),
    # The embedded agent speaks the same protocol.
    "local": (ElevenLabsCodec, summarize),
}

PROVIDERS = tuple(_CODECS)


def open_codec(provider: str) -> Codec:
    """A codec to read a journal of `provider` with. Raises KeyError for one not known here."""
    return _CODECS[provider][0]()


def summarizer(provider: str) -> Summarize:
    """How the event log tells frames of `provider`. Raises KeyError for one not known here."""
    return _CODECS[provider][1]
