"""The toy as a provider: found by its entry point, known to nobody else."""

import json
from collections.abc import Sequence
from typing import Any

from tui.catalogue import AgentCard, VoiceChoice
from tui.errors import LinkError
from tui.provider import (
    Access,
    Capabilities,
    Catalogue,
    CloseMeaning,
    Dial,
    Endpoint,
    Option,
    Provider,
    Question,
    Recorded,
    Request,
    SecretShapes,
    Section,
)
from tui.setup import Setup, SetupField

from . import wire
from .codec import ToyCodec

MOODS = ("calm", "brisk")


class Toy(Section, frozen=True, kw_only=True):
    api_key_env: str = "TOY_TOKEN"
    room: str = "hall"

    @property
    def whom(self) -> str:
        return self.room


def _dial(access: Access) -> Dial:
    if not access.key:
        raise LinkError("the toy asks for a token", f"set {access.key_name}")
    url = f"{access.base_url.replace('http', 'ws', 1)}/{access.whom}"
    return Dial(url=url, headers={wire.HEADER: access.key}, subprotocols=(wire.SUBPROTOCOL,))


def _voices(access: Access, search: str) -> Question[list[VoiceChoice]]:
    request = Request(path="/voices", query={"q": search}, headers={wire.HEADER: access.key})
    return Question(request=request, read=_read_voices)


def _read_voices(answer: Any) -> list[VoiceChoice]:
    return [VoiceChoice(id=name, name=name.title()) for name in answer["voices"]]


def _preflight(_: AgentCard | None, setup: Setup) -> tuple[str, ...]:
    return ()


def _closes(code: int, _: str) -> CloseMeaning:
    if code == 4001:
        return CloseMeaning(advice="the toy is asleep; wake it", final=True)
    return CloseMeaning()


def _summarize(kind: str, text: str) -> str:
    return ", ".join(f"{k}={v}" for k, v in json.loads(text).items() if k not in ("t", "pcm"))


def _scenario(about: str, frames: Sequence[Recorded]) -> str:
    return "\n".join([f"# {about}", *(f"# {frame.kind}" for frame in frames if frame.received)])


PROVIDER = Provider(
    name="toy",
    codec=ToyCodec,
    summarize=_summarize,
    endpoint=Endpoint(dial=_dial),
    section=Toy,
    options=(Option(flag="--room", key="room", help="the room to call"),),
    environment={"TOY_ROOM": "room"},
    capabilities=Capabilities(),
    fields=(
        SetupField(name="first_message", label="opening"),
        SetupField(name="voice_id", label="voice", kind="choice", choices="voices"),
        SetupField(name="mood", label="mood", kind="choice", choices=MOODS, none="as it likes"),
        SetupField(name="words", label="words", kind="integer", low=1, high=9, hint="1 to 9"),
    ),
    catalogue=Catalogue(voices=_voices),
    preflight=_preflight,
    closes=_closes,
    secrets=SecretShapes(headers=("x-toy-token",), values=(wire.SECRET,)),
    templates=lambda: (("say", '{"t":"say","text":"hello"}'),),
    scenario=_scenario,
)
