"""docs/protocol.md says what the codec does, of every message."""

import pytest

from tests.providers.elevenlabs.protocol_table import (
    COMMAND,
    PAGE,
    ROOT,
    effects,
    page,
    received,
    sent,
)
from tui.providers.elevenlabs import frames as wire

EFFECTS = effects()


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"renew it: {COMMAND}"


def test_every_message_of_both_directions_has_a_row() -> None:
    to_client = {str(frame.__struct_config__.tag) for frame in wire.AnyServerFrame.__args__}
    to_agent = {str(frame.__struct_config__.tag) for frame in wire.AnyClientFrame.__args__}
    assert {row[0] for row in received()} == to_client
    assert {row[0] for row in sent()} == to_agent | {"user_audio_chunk"}


def test_nothing_is_told_of_what_is_not_there() -> None:
    assert set(EFFECTS["received"]) == {kind for row in received() for kind in row[2]}
    assert set(EFFECTS["sent"]) == {row[0] for row in sent()}


def source(module: str) -> str:
    path = ROOT / "tui" / f"{module}.py"
    assert path.exists(), f"effects.toml names tui/{module}.py, which has moved"
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EFFECTS["received"])
def test_the_module_named_knows_the_event(kind: str) -> None:
    name = "".join(word.capitalize() for word in kind.split("_"))
    assert name in source(EFFECTS["received"][kind][1])


@pytest.mark.parametrize("row", sent(), ids=lambda row: str(row[0]))
def test_the_module_named_sends_the_message(row: tuple[str, str, str, list[str]]) -> None:
    name, struct, command, _ = row
    text = source(EFFECTS["sent"][name][1])
    assert command in text or f"wire.{struct}" in text or name in text
