"""What every event is, and how audio is described. Knows nothing else of ours."""

from enum import StrEnum

import msgspec

ReplyId = int | str
"""A reply of the agent, as the provider names it: equal or not, never ordered or computed with."""
UserTurnId = int | str
"""A spoken turn of the user; it may equal the `ReplyId` of the reply that answers it."""


def _kind(class_name: str) -> str:
    """`PlaybackFlushed` -> `playback_flushed`: the name a fact has in the journal and on screen."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in class_name).lstrip("_")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=_kind):
    """Something that happened. The tag (`kind`) is its snake-case name."""

    @property
    def kind(self) -> str:
        tag = self.__struct_config__.tag
        assert isinstance(tag, str)  # noqa: S101  every subclass gets its tag from _kind
        return tag


class Encoding(StrEnum):
    PCM = "pcm"
    """Signed 16-bit little-endian."""
    ULAW = "ulaw"
    """G.711 mu-law, 8 bits a sample."""
    ALAW = "alaw"
    MP3 = "mp3"
    UNKNOWN = "unknown"
    """A format of the wire that this program cannot read or write."""


class AudioFormat(msgspec.Struct, frozen=True):
    """How audio travels on the wire: encoding and rate in Hz, always mono."""

    encoding: Encoding
    rate: int

    @property
    def sample_bytes(self) -> int:
        """Bytes a sample takes on the wire (PCM 2, G.711 1)."""
        return 2 if self.encoding is Encoding.PCM else 1

    def milliseconds(self, size: int) -> float:
        """How long `size` bytes of this format last; 0.0 where only decoding tells."""
        if self.encoding in (Encoding.MP3, Encoding.UNKNOWN) or self.rate <= 0:
            return 0.0
        return size * 1000 / (self.rate * self.sample_bytes)

    def __str__(self) -> str:
        return f"{self.encoding}_{self.rate}"


USUAL_FORMAT = AudioFormat(Encoding.PCM, 16_000)
"""Until a conversation has agreed on one."""
