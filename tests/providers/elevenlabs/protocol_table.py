"""Writes docs/protocol.md from the codec, the published examples and the table of effects.

`python -m tests.providers.elevenlabs.protocol_table` renews the file; a test fails when it is out
of date.
"""

import tomllib
from pathlib import Path
from typing import Any

from tests.frames import TO_CLIENT, TO_SERVER, example, examples
from tui import commands
from tui.provider import Step
from tui.providers.elevenlabs import frames as wire
from tui.providers.elevenlabs.codec import ElevenLabsCodec

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "protocol.md"
COMMAND = "python -m tests.providers.elevenlabs.protocol_table"
_EFFECTS = ROOT / "tests" / "data" / "elevenlabs" / "effects.toml"

_COMMANDS: tuple[commands.ToCodec, ...] = (
    commands.SendAudio(audio=b""),
    commands.SendText(text="a"),
    commands.SendFiles(file_ids=("a",)),
    commands.SendContext(text="a"),
    commands.SendActivity(),
    commands.SendFeedback(reply_id=1),
    commands.AnswerPing(ping_id=1),
    commands.AnswerTool(call_id="a", result=""),
    commands.AnswerMcp(call_id="a", approved=True),
)

_HEAD = f"""# The ElevenLabs Agents protocol here

Written by `{COMMAND}`; do not edit by hand.

What VoiceScope does with each message of the conversation WebSocket of
[ElevenLabs agents](https://elevenlabs.io/docs/agents-platform/overview). Every frame in either
direction, known or not, is also a row of the event log and a record of the [journal](journal.md),
byte for byte.

How frames are read:

- A type that is not in these tables is kept and shown; a frame that cannot be understood is one
  `protocol_error` row that names the reason. Neither ends a call.
- Frames of a turn share an `event_id`; lines are found by speaker and id, never by arrival.
- After an interruption with id N, audio with an id **below** N is void. Audio with id N itself is
  the reply that follows, and is played.
- Numbers may be written `7.0` or `"9"`; a missing id is the newest one; half a surrogate pair waits
  for the other; JSON in a binary frame is read, and a row says so. More than 128 levels of nesting
  are refused.
- Audio: `pcm_8000`, `pcm_16000`, `pcm_22050`, `pcm_24000`, `pcm_44100`, `pcm_48000` and
  `ulaw_8000` (others of PCM, u-law and A-law, too), in each direction on its own, as the first
  frame of the agent says. In a format that is not known the call goes on in text.

How frames are sent: each is checked against the published shape first. One that does not fit is
not sent, and the reason is shown; the composer sends it all the same if the user insists.
"""


def effects() -> dict[str, dict[str, tuple[str, str]]]:
    """[received] by event kind, [sent] by frame type: (what it leads to, module under tui/)."""
    read: dict[str, Any] = tomllib.loads(_EFFECTS.read_text(encoding="utf-8"))
    return read


def _structs(union: Any) -> dict[str, str]:
    return {str(frame.__struct_config__.tag): frame.__name__ for frame in union.__args__}


def _by_name(direction: str) -> dict[str, list[Step]]:
    """What the codec makes of the examples of each frame, also after an interruption."""
    steps: dict[str, list[Step]] = {}
    fresh, interrupted = ElevenLabsCodec(), ElevenLabsCodec()
    interrupted.receive(example("interruption").text)
    for frame in examples(direction):
        for codec in (fresh, interrupted):
            read = codec.receive if direction == TO_CLIENT else codec.sent
            steps.setdefault(frame.name, []).append(read(frame.text))
        fresh = ElevenLabsCodec()
    return steps


def kinds(steps: list[Step]) -> list[str]:
    """Events of the steps, each once, in order."""
    return list(dict.fromkeys(event.kind for step in steps for event in step.events))


def received() -> list[tuple[str, str, list[str]]]:
    """(type, struct, event kinds) of every message to the client."""
    structs = _structs(wire.AnyServerFrame)
    return [(name, structs[name], kinds(steps)) for name, steps in _by_name(TO_CLIENT).items()]


def sent() -> list[tuple[str, str, str, list[str]]]:
    """(type, struct, command, event kinds) of every message to the agent."""
    structs = _structs(wire.AnyClientFrame) | {"user_audio_chunk": "UserAudioChunk"}
    written = {ElevenLabsCodec().send(c).frames[0].kind: type(c).__name__ for c in _COMMANDS}
    written["conversation_initiation_client_data"] = "Connect"
    written["enclave_setup_config"] = "SendRaw"
    return [
        (name, structs[name], written[name], kinds(steps))
        for name, steps in _by_name(TO_SERVER).items()
    ]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def page() -> str:
    effect = effects()
    lines = [_HEAD, "## From the agent", ""]
    lines += [_row("type", "struct", "events", "what happens", "where"), _row(*["---"] * 5)]
    for name, struct, events in received():
        told = [effect["received"][event] for event in events]
        what, where = "; ".join(t[0] for t in told), _codes([t[1] for t in told])
        lines.append(_row(f"`{name}`", f"`{struct}`", _codes(events), what, where))
    lines += ["", "## To the agent", ""]
    lines += [_row("type", "struct", "command", "read back as", "what for", "where")]
    lines += [_row(*["---"] * 6)]
    for name, struct, command, events in sent():
        what, module = effect["sent"][name]
        cells = f"`{name}`", f"`{struct}`", f"`{command}`", _codes(events), what, f"`{module}`"
        lines.append(_row(*cells))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
