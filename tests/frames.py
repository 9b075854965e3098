"""Frames to test with: every published example of the ElevenLabs wire, and frames that are odd."""

import json
from pathlib import Path
from typing import Any, NamedTuple

_EXAMPLES = Path(__file__).parent / "data" / "elevenlabs" / "examples.jsonl"

TO_SERVER = "client_to_server"
TO_CLIENT = "server_to_client"
MONITOR = "monitor_to_server"


class Example(NamedTuple):
    """A published frame. `direction` is one of the names above."""

    direction: str
    name: str
    frame: dict[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.frame, ensure_ascii=False)


def examples(*directions: str) -> list[Example]:
    """All examples of these directions, or of all."""
    lines = _EXAMPLES.read_text(encoding="utf-8").splitlines()
    found = [Example(**json.loads(line)) for line in lines]
    return [e for e in found if not directions or e.direction in directions]


def example(name: str) -> Example:
    """The first example of a frame to the client, else of any with this name."""
    named = [e for e in examples() if e.name == name]
    return min(named, key=lambda e: e.direction != TO_CLIENT)


def _audio(base64: str, event_id: Any = 1) -> str:
    payload = {"audio_base_64": base64, "event_id": event_id}
    return json.dumps({"type": "audio", "audio_event": payload})


METADATA = example("conversation_initiation_metadata").text

BROKEN: dict[str, str | bytes] = {
    "empty": "",
    "not JSON": "hello",
    "cut in two": '{"type":"ping","ping_ev',
    "two frames in one": '{"type":"ping","ping_event":{"event_id":1}}{"type":"ping"}',
    "a list": "[]",
    "a number": "12",
    "null": "null",
    "no type": '{"ping_event":{"event_id":1}}',
    "type is no string": '{"type":7}',
    "type is null": '{"type":null,"ping_event":{"event_id":1}}',
    "no payload": '{"type":"agent_response"}',
    "payload is null": '{"type":"ping","ping_event":null}',
    "not base64": _audio("//!!"),
    "base64 cut short": _audio("AAABA"),
    "NaN": '{"type":"vad_score","vad_score_event":{"vad_score":NaN}}',
    "a number too large": '{"type":"vad_score","vad_score_event":{"vad_score":1e999}}',
    "nested 100,000 deep": '{"type":"ping","ping_event":' + "[" * 100_000,
    "a list 100,000 deep": "[" * 100_000 + "]" * 100_000,
    "a binary frame": b"\x00\x01\x02",
    "a number too large for a tool": '{"type":"client_tool_call","client_tool_call":'
    '{"tool_name":"pay","tool_call_id":"c1","parameters":{"sum":1e999}}}',
}
"""Frames that say nothing: each is to become one visible protocol error."""

UNUSUAL: dict[str, str] = {
    "an unknown type": '{"type":"hologram","hologram_event":{"x":1}}',
    "an empty type": '{"type":""}',
    "a type of 10,000 characters": json.dumps({"type": "x" * 10_000}),
    "an unknown field": '{"type":"ping","ping_event":{"event_id":1,"mood":"good"},"z":[]}',
    "a negative id": '{"type":"ping","ping_event":{"event_id":-5}}',
    "an id of 30 digits": '{"type":"ping","ping_event":{"event_id":' + "9" * 30 + "}}",
    "metadata": METADATA,
    "no audio in audio": _audio(""),
    "5,000 digits": '{"type":"ping","ping_event":{"event_id":' + "9" * 5000 + "}}",
    "alignment null": '{"type":"audio","audio_event":'
    '{"audio_base_64":"AAAA","event_id":1,"alignment":null}}',
    "an error without a word": '{"type":"error"}',
}
"""Frames that are odd and understood all the same."""
