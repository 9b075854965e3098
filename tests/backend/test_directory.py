"""What the screen asks before a call: by a process of its own, and from the configuration."""

import io
import tomllib
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from tests.session.rig import plan_for, running
from tests.session.test_setup import KEY, KEY_ENV, api_server
from tui.backend.base import Directory
from tui.backend.directory import CallDirectory
from tui.commands import Connect
from tui.config import load
from tui.errors import BackendError
from tui.events import AgentResponded, PreflightFound
from tui.plan import Journal as Journals
from tui.plan import Plan
from tui.provider import NO_CATALOGUE
from tui.providers import provider_of
from tui.session.local_agent import LocalAgent
from tui.setup import Setup, Variable

CONFIG = """# mine
provider = "elevenlabs"  # not the local one

[profiles.german]
language = "de"  # Sie
"""


def directory(base_url: str, path: Path = Path("config.toml")) -> CallDirectory:
    key_env = KEY_ENV if base_url else ""
    plan = Plan(
        provider="elevenlabs",
        local=not base_url,
        journal="",
        base_url=base_url,
        api_key_env=key_env,
    )
    return CallDirectory(plan, path, {})


async def test_agents_voices_and_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    async with api_server() as api:
        asked: Directory = directory(api.url)
        assert {agent.name for agent in await asked.agents("shop")} == {"Shop"}
        assert [voice.id for voice in await asked.voices("")] == ["v1"]
        card = await asked.agent("agent_1")
        assert card and card.max_duration_s == 300
        with pytest.raises(BackendError, match="404"):
            await asked.agent("nobody")
    assert api.keys == {KEY}
    with pytest.raises(BackendError, match="refused the connection"):
        await asked.agents("")


async def test_the_embedded_agent_is_asked_as_well() -> None:
    asked = directory("")
    assert "local" in [agent.id for agent in await asked.agents("")]
    voice = next(voice for voice in await asked.voices("heart"))
    with wave.open(io.BytesIO(await asked.preview(voice.preview_url))) as heard:
        assert 0.5 < heard.getnframes() / heard.getframerate() < 10
    card = await asked.agent("local")
    assert card and card.permitted


async def test_a_preview_goes_to_no_host_that_others_can_listen_to() -> None:
    with pytest.raises(BackendError, match="is not encrypted"):
        await directory("https://127.0.0.1:1").preview("http://example.org/a.mp3")


async def test_when_an_agent_was_called_from_here(tmp_path: Path) -> None:
    told = b'{"f":{"kind":"link_opening","target":"elevenlabs/agent_7","provider":"elevenlabs"}}\n'
    (tmp_path / "a.jsonl").write_bytes(told)
    (tmp_path / "b.jsonl").write_bytes(told.replace(b"elevenlabs/agent_7", b"local agent"))
    journals = Journals(folder=str(tmp_path))
    plan = Plan(provider="elevenlabs", journal="", base_url="", journals=journals)
    called = await CallDirectory(plan, tmp_path, {}).last_calls()
    assert called.keys() == {"agent_7", "local"}
    assert called["agent_7"] == int((tmp_path / "a.jsonl").stat().st_mtime)


def test_a_saved_profile_leaves_the_file_as_it_was_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    asked = directory("", path)
    variables: dict[str, Variable] = {"name": "Bo", "secret__pin": "canary"}
    asked.save_profile("a b", Setup(speed=1.2, keywords=("x",), dynamic_variables=variables))
    asked.save_profile("german", Setup(language="de", first_message=""))
    text = path.read_text()
    assert "# mine" in text and "# not the local one" in text and "canary" not in text
    profiles = load(path, {}).profiles
    assert profiles["a b"] == Setup(speed=1.2, keywords=("x",), dynamic_variables={"name": "Bo"})
    assert profiles["german"] == Setup(language="de", first_message="")
    assert asked.profiles["german"].first_message == ""
    assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]


def test_a_profile_keeps_what_only_its_provider_has(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    setup = Setup(language="de", options={"pace": 1.25, "names": ("Ada",), "extra": {"a": [1]}})
    directory("", path).save_profile("calm", setup)
    assert "[profiles.calm.options]" in path.read_text()
    read = load(path, {}).profiles["calm"]
    assert read.language == "de"
    assert read.options == {"pace": 1.25, "names": ["Ada"], "extra": {"a": [1]}}


async def test_a_provider_without_cards_is_not_asked_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = replace(provider_of("elevenlabs"), catalogue=NO_CATALOGUE)
    monkeypatch.setattr("tui.backend.directory.provider_of", lambda _: known)
    assert await directory("http://127.0.0.1:1").agent("agent_1") is None


def test_a_profile_in_a_file_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    directory("", path).save_profile("one", Setup(language="fr"))
    assert tomllib.loads(path.read_text()) == {"profiles": {"one": {"language": "fr"}}}
    path.write_text("[broken")
    with pytest.raises(BackendError, match="was not changed"):
        directory("", path).save_profile("two", Setup(language="fr"))
    assert path.read_text() == "[broken"
    with pytest.raises(BackendError, match="needs a name"):
        directory("", path).save_profile(" ", Setup())


async def test_another_agent_of_the_embedded_server_is_called(tmp_path: Path) -> None:
    local = LocalAgent()
    plan = plan_for(tmp_path, local=True, agent_id="")
    async with running(plan, local) as rig:
        rig.session.handle(Connect(setup=Setup(agent_id="needs-name")))
        found = await rig.event(PreflightFound)
        assert "user_name" in found.problems[0]
        setup = Setup(agent_id="needs-name", dynamic_variables={"user_name": "Ada"})
        rig.session.handle(Connect(setup=setup))
        reply = await rig.event(AgentResponded)
        assert "Ada" in reply.text
