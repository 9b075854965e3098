"""Frames to an OpenAI Realtime server: each with an id of its own, by which an error names it.

Knows shapes; when each is sent is the codec's affair. An id begins with what the frame asks for
(`create_7`), so that an error says by itself what was refused, in a replay as well. What only this
program has to know later travels in the id, too: of a truncation, how much sound there was.
"""

import binascii
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from tui.provider import Frame

APPEND = "input_audio_buffer.append"
ANSWERS = "answers"
"""The key of a response's metadata that names the items it is to answer, by spaces."""
ASKED_BY = "asked_by"
_LONGEST = 512
"""Characters of a value of metadata."""
FAILED = "Error: "
"""This wire has no mark for a tool that failed: its text says it."""
_VERB = re.compile(r"(create|cancel|truncate|commit|clear|item|delete|update)_\d+")
_OF = re.compile(r"truncate_\d+_of_(\d{1,12})")

_encode = msgspec.json.encode


class Writer:
    """Writes the frames of one conversation. Raises UnicodeEncodeError for half a character."""

    def __init__(self) -> None:
        self._count = 0

    def _frame(self, kind: str, verb: str, more: str = "", **fields: Any) -> Frame:
        self._count += 1
        frame = {"event_id": f"{verb}_{self._count}{more}", "type": kind, **fields}
        return Frame(kind, _encode(frame).decode())

    def update(self, session: dict[str, Any]) -> Frame:
        return self._frame("session.update", "update", session=session)

    def append(self, audio: bytes) -> Frame:
        """The one frame without an id: there are many, and none of them is ever refused."""
        encoded = binascii.b2a_base64(audio, newline=False).decode()
        return Frame(APPEND, f'{{"type":"{APPEND}","audio":"{encoded}"}}', audio)

    def commit(self) -> Frame:
        return self._frame("input_audio_buffer.commit", "commit")

    def clear(self) -> Frame:
        return self._frame("input_audio_buffer.clear", "clear")

    def message(self, role: str, content: Sequence[dict[str, Any]]) -> tuple[Frame, str]:
        """The frame, and the item's id."""
        return self.item({"type": "message", "role": role, "content": list(content)})

    def item(self, item: dict[str, Any]) -> tuple[Frame, str]:
        """The frame, and the item's id."""
        item_id = f"vs_item_{self._count + 1}"
        frame = self._frame("conversation.item.create", "item", item={"id": item_id, **item})
        return frame, item_id

    def delete(self, item_id: str) -> Frame:
        return self._frame("conversation.item.delete", "delete", item_id=item_id)

    def retrieve(self, item_id: str) -> Frame:
        return self._frame("conversation.item.retrieve", "item", item_id=item_id)

    def truncate(self, item_id: str, content_index: int, end_ms: int, of_ms: int) -> Frame:
        """`of_ms`: how much of its sound had come."""
        return self._frame(
            "conversation.item.truncate",
            "truncate",
            f"_of_{of_ms}",
            item_id=item_id,
            content_index=content_index,
            audio_end_ms=end_ms,
        )

    def create(self, items: Sequence[str], instructions: str = "") -> tuple[Frame, str]:
        """Ask for a response to `items`; the frame and its id."""
        asked_by = f"create_{self._count + 1}"
        metadata = {ASKED_BY: asked_by}
        if items or instructions:  # else it is a spoken turn, whose id is not known yet
            metadata[ANSWERS] = _fitting(items)
        response: dict[str, Any] = {"metadata": metadata}
        if instructions:
            response["instructions"] = instructions
        return self._frame("response.create", "create", response=response), asked_by

    def cancel(self, response_id: str = "") -> Frame:
        named = {"response_id": response_id} if response_id else {}
        return self._frame("response.cancel", "cancel", **named)


def _fitting(items: Sequence[str]) -> str:
    """The newest of them that fit into a value of metadata."""
    said = " ".join(items)
    return said if len(said) <= _LONGEST else said[-_LONGEST:].partition(" ")[2]


def verb_of(event_id: str) -> str:
    """What our frame of that id asked for; "" for a frame that is not of ours."""
    found = _VERB.match(event_id)
    return found[1] if found else ""


def sound_of(event_id: str) -> int | None:
    """How many ms of sound there were of what our frame of that id truncated."""
    found = _OF.fullmatch(event_id)
    return int(found[1]) if found else None
