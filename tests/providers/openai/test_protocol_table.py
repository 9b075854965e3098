"""docs/openai-protocol.md says what the codec does, of every event."""

import pytest

from tests.providers.openai.protocol_table import (
    COMMAND,
    PAGE,
    ROOT,
    all_effects,
    effects,
    examples,
    page,
    received,
    sent,
)
from tui.providers import provider_of
from tui.providers.openai import client_schema

EFFECTS = effects()


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"renew it: {COMMAND}"


def test_every_event_of_both_directions_has_a_row() -> None:
    assert len(received()) == 46
    tags = {str(frame.__struct_config__.tag) for frame in client_schema.AnyStrictFrame.__args__}
    assert {name for name, _ in sent()} == tags == {name for name, _ in examples("client")}


def test_nothing_is_told_of_what_is_not_there() -> None:
    assert {kind for _, kinds in received() for kind in kinds} <= set(all_effects())
    assert set(EFFECTS["sent"]) == {name for name, _ in sent()}


def source(module: str) -> str:
    path = ROOT / "tui" / f"{module}.py"
    assert path.exists(), f"effects.toml names tui/{module}.py, which has moved"
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EFFECTS["received"])
def test_the_module_named_knows_the_event(kind: str) -> None:
    name = "".join(word.capitalize() for word in kind.split("_"))
    assert name in source(EFFECTS["received"][kind][1])


@pytest.mark.parametrize("name", EFFECTS["sent"])
def test_the_module_named_is_there(name: str) -> None:
    assert source(EFFECTS["sent"][name][1])


def test_what_a_reader_may_miss_is_of_this_wire() -> None:
    names = [kind.name for kind in provider_of("openai").capabilities.sent_kinds]
    assert len(set(names)) == len(names) > 5
    assert set(names) <= {name for name, _ in examples("server")}
