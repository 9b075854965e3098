"""What came of each reply: its sound item by item, its words, and how much of both was heard.

Knows replies (responses) and the parts that they are made of, by (item id, content index); no
frame, no clock. A reply may hold several parts with sound: they are heard one after another, in the
order in which their sound came.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from tui.events import AgentCorrected, AgentResponded, Event

Key = tuple[str, int]


class Cut(NamedTuple):
    """So much of a part's sound was heard, of so much that came."""

    key: Key
    heard_ms: int
    of_ms: int


@dataclass(slots=True)
class _Part:
    reply_id: str
    text: str = ""
    whole: bool = False
    heard_text: str | None = None
    """Where it was cut, an estimate."""
    bytes_kept: int = 0
    bytes_dropped: int = 0
    told: bool = False
    """The server knows how much of it was heard."""


@dataclass(slots=True)
class _Reply:
    sound: list[tuple[Key, int]] = field(default_factory=list)
    """Of which part each piece is, and how many bytes."""
    void: str = ""
    """Why what comes of it is not heard; "" while it is."""


class Replies:
    def __init__(self) -> None:
        self._replies: dict[str, _Reply] = {}
        self._parts: dict[Key, _Part] = {}

    # ── Words ────────────────────────────────────────────────────────────────────────────────────

    def add_text(self, reply_id: str, key: Key, text: str) -> None:
        part = self._part(reply_id, key)
        if not part.whole:
            part.text += text

    def whole_text(
        self, reply_id: str, key: Key, text: str, answers: tuple[str, ...] | None
    ) -> tuple[Event, ...]:
        """All of a part's text; nothing where it was told before."""
        part = self._part(reply_id, key)
        if (part.whole and text == part.text) or not text:
            return ()
        part.text, part.whole = text, True
        responded = AgentResponded(
            text=text, reply_id=part.reply_id, response_id=name_of(key), answers=answers
        )
        if part.heard_text is None:
            return (responded,)
        return responded, self._corrected(key, part)

    def heard_text(self, key: Key, heard_ms: int, of_ms: int) -> tuple[Event, ...]:
        """What the user can have heard of a part of which so much was: its share of the text."""
        part = self._parts.get(key)
        if part is None or not part.text:
            return ()
        part.heard_text = share_of(part.text, heard_ms / of_ms if of_ms > 0 else 0.0)
        return (self._corrected(key, part),)

    def _corrected(self, key: Key, part: _Part) -> Event:
        return AgentCorrected(
            original=part.text,
            corrected=part.heard_text or "",
            reply_id=part.reply_id,
            response_id=name_of(key),
            estimated=True,
        )

    # ── Sound ────────────────────────────────────────────────────────────────────────────────────

    def add_sound(self, reply_id: str, key: Key, size: int) -> str:
        """A piece of sound came; why it is not to be heard, "" where it is."""
        reply, part = self._reply(reply_id), self._part(reply_id, key)
        if reply.void:
            part.bytes_dropped += size
        else:
            part.bytes_kept += size
            reply.sound.append((key, size))
        return reply.void

    def has_sound(self, reply_id: str) -> bool:
        return bool(self._reply(reply_id).sound)

    def void(self, reply_id: str, why: str) -> None:
        """Nothing more of it is to be heard."""
        reply = self._reply(reply_id)
        reply.void = reply.void or why

    def reply_of(self, key: Key) -> str:
        """The reply that a part is of; "" for none that is known."""
        part = self._parts.get(key)
        return part.reply_id if part else ""

    def cuts(self, reply_id: str, heard: int, byte_rate: int) -> list[Cut]:
        """The parts of which something was not heard, where `heard` bytes of the reply were."""
        left, heard_of = heard, dict[Key, int]()
        for key, size in self._reply(reply_id).sound:
            taken = min(left, size)
            heard_of[key] = heard_of.get(key, 0) + taken
            left -= taken
        found = []
        for key, size in heard_of.items():
            part = self._parts[key]
            if size < part.bytes_kept and not part.told:
                part.told = True
                found.append(_cut(key, size, part.bytes_kept, byte_rate))
        return found

    def dropped(self, reply_id: str, byte_rate: int) -> list[Cut]:
        """The parts that were cut only by what was dropped: what came before that was heard."""
        found = []
        for key, part in self._parts.items():
            if part.reply_id == reply_id and part.bytes_dropped and not part.told:
                part.told = True
                of = part.bytes_kept + part.bytes_dropped
                found.append(_cut(key, part.bytes_kept, of, byte_rate))
        return found

    def _reply(self, reply_id: str) -> _Reply:
        return self._replies.setdefault(reply_id, _Reply())

    def _part(self, reply_id: str, key: Key) -> _Part:
        return self._parts.setdefault(key, _Part(reply_id))


def _cut(key: Key, heard: int, of: int, byte_rate: int) -> Cut:
    """Rounded down: a server refuses more than it sent."""
    return Cut(key, heard * 1000 // byte_rate, of * 1000 // byte_rate)


def name_of(key: Key) -> str:
    """A part's name; nearly always it is its item's."""
    item_id, content_index = key
    return f"{item_id}/{content_index}" if content_index else item_id


def share_of(text: str, share: float) -> str:
    """The first `share` (0..1) of a text, without a word that is not in it whole."""
    end = round(len(text) * min(max(share, 0.0), 1.0))
    if end >= len(text) or text[end : end + 1].isspace():
        return text[:end].rstrip()
    kept, space, _ = text[:end].rpartition(" ")
    return kept.rstrip() if space else ""
