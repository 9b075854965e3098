"""Writes docs/openai-protocol.md from the codec, the published examples and the table of effects.

`python -m tests.providers.openai.protocol_table` renews the file; a test fails when it is out of
date.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from tests.providers.elevenlabs.protocol_table import effects as shared_effects
from tests.providers.elevenlabs.protocol_table import kinds
from tui.provider import Step
from tui.providers.openai.codec import OpenAICodec

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "openai-protocol.md"
COMMAND = "python -m tests.providers.openai.protocol_table"
_DATA = ROOT / "tests" / "data" / "openai"

_HEAD = f"""# The OpenAI Realtime protocol here

Written by `{COMMAND}`; do not edit by hand.

What VoiceScope does with each event of the [Realtime API](https://platform.openai.com/docs/guides/realtime)
(GA) over its WebSocket, of OpenAI or of any server that speaks it. Every frame in either direction,
known or not, is also a row of the event log and a record of the [journal](journal.md), byte for
byte.

How frames are read:

- A type that is not in these tables is kept and shown; a frame that cannot be understood is one
  `protocol_error` row that names the reason. Neither ends a call.
- Names of the beta (`response.audio.delta`, `response.text.delta`, `conversation.item.created`) are
  read as those of today, as some servers still send them; they are never sent.
- A reply is a response, and may hold several messages. Ids are texts without an order: lines
  stand in the order of the conversation's items, also where your words come after the answer.
- After an interruption what still comes of that response is dropped, and shown as dropped.

How frames are sent: one response is asked for at a time, and never while another is active. An
error that names a frame of ours frees what waits for it; one that does no harm (nothing to cancel)
is a note. By hand (`F7`) any frame can be sent; it is checked against the published shape first.
"""


def examples(direction: str) -> list[tuple[str, dict[str, Any]]]:
    """(type, frame) of the published examples: `client` or `server`."""
    lines = (_DATA / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    return [(one["name"], one["frame"]) for one in read if one["direction"] == direction]


def effects() -> dict[str, dict[str, tuple[str, str]]]:
    """[received] by event kind, [sent] by frame type: (what it leads to, module under tui/)."""
    own: dict[str, Any] = tomllib.loads((_DATA / "effects.toml").read_text(encoding="utf-8"))
    return own


def all_effects() -> dict[str, tuple[str, str]]:
    """Of events, also those that the first provider's table tells of."""
    return {**shared_effects()["received"], **effects()["received"]}


def received() -> list[tuple[str, list[str]]]:
    """(type, event kinds) of every event to the client: alone, and amid the others."""
    steps: dict[str, list[Step]] = {}
    amid = OpenAICodec()
    for name, frame in examples("server"):
        for codec in (OpenAICodec(), amid):
            steps.setdefault(name, []).append(codec.receive(json.dumps(frame)))
    return [(name, kinds(found)) for name, found in steps.items()]


def sent() -> list[tuple[str, list[str]]]:
    """(type, event kinds) of every event to the server."""
    return [(n, kinds([OpenAICodec().sent(json.dumps(f))])) for n, f in examples("client")]


def _codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


def page() -> str:
    told, own = all_effects(), effects()["sent"]
    lines = [_HEAD, "## From the server", "", "| type | events | what happens | where |"]
    lines.append("| --- | --- | --- | --- |")
    for name, events in received():
        found = [told[event] for event in events]
        what, where = "; ".join(f[0] for f in found), _codes([f[1] for f in found])
        lines.append(f"| `{name}` | {_codes(events)} | {what} | {where} |")
    lines += ["", "## To the server", "", "| type | read back as | what for | where |"]
    lines.append("| --- | --- | --- | --- |")
    for name, events in sent():
        what, module = own[name]
        lines.append(f"| `{name}` | {_codes(events)} | {what} | `{module}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
