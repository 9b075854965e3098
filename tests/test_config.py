"""Configuration: the example is the defaults, and what is wrong is said with file, key, remedy."""

from pathlib import Path

import pytest

from tui.config import Config, ConfigError, Place, load, replace
from tui.plan import ClientTool
from tui.providers import built_in
from tui.providers.openai.endpoint import OpenAI
from tui.setup import Setup

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"


def test_the_example_holds_every_key_at_its_default() -> None:
    sections = {provider.name: provider.section() for provider in built_in()}
    assert load(EXAMPLE, {}) == Config(providers=sections)
    text = EXAMPLE.read_text()
    for name in ("session", "audio", "journal", "screen"):
        for key in getattr(Config(), name).__struct_fields__:
            assert f"\n{key} = " in text, f"{name}.{key}"
    for name, section in sections.items():
        table = text.partition(f"\n[{name}]\n")[2].partition("\n[")[0]
        for key in section.__struct_fields__:
            assert f"\n{key} = " in f"\n{table}", f"{name}.{key}"
    assert '\nprovider = "auto"' in text and '\nlocal = "auto"' in text
    for name in (*Setup.__struct_fields__, *ClientTool.__struct_fields__):
        assert f"\n# {name} = " in text, name


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("", "https://api.elevenlabs.io"),
        ("region = 'eu-residency'", "https://api.eu.residency.elevenlabs.io"),
        ("region = 'us'\nbase_url = 'http://127.0.0.1:8000'", "http://127.0.0.1:8000"),
    ],
)
def test_where_the_api_is(tmp_path: Path, text: str, api: str) -> None:
    (tmp_path / "config.toml").write_text(f"[elevenlabs]\n{text}")
    assert load(tmp_path / "config.toml", {}).section("elevenlabs").api == api


def test_the_environment_names_server_and_payer_and_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[openai]\norganization = 'org-file'\nproject = 'proj_file'")
    env = {"OPENAI_ORG_ID": "org-env", "OPENAI_BASE_URL": "https://h.example/v1"}
    section = load(path, env).section("openai")
    assert isinstance(section, OpenAI)
    assert (section.organization, section.project) == ("org-env", "proj_file")
    assert (section.api, section.whom) == ("https://h.example/v1", "gpt-realtime-2.1")


def test_a_key_in_the_environment_alone_never_calls_a_paid_cloud() -> None:
    env = {"OPENAI_API_KEY": "sk-1"}
    assert Config().place(env) == Place("elevenlabs", True)
    assert Config(provider="openai").place(env) == Place("openai", False)
    assert Config(provider="openai", local=True).place(env) == Place("openai", True)


def test_a_profile_is_laid_over_the_set_up_and_flags_over_both(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        "[setup]\nlanguage = 'en'\nvoice_id = 'v1'\n[setup.dynamic_variables]\na = '1'\n"
        "[profiles.de]\nlanguage = 'de'\n[profiles.de.dynamic_variables]\nb = '2'\n"
    )
    config = load(path, {})
    setup = config.chosen_setup("elevenlabs", "de", {"b": "3"}, text_only=True)
    assert (setup.language, setup.voice_id, setup.text_only) == ("de", "v1", True)
    assert setup.dynamic_variables == {"a": "1", "b": "3"}
    assert config.chosen_setup("elevenlabs").language == "en"
    with pytest.raises(ConfigError, match="no profile 'dee'; did you mean 'de'"):
        config.chosen_setup("elevenlabs", "dee")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("providr = 'local'", "unknown key 'providr'; did you mean 'provider'?"),
        ("[audio]\nchunkms = 20", "unknown key 'audio.chunkms'; did you mean 'chunk_ms'?"),
        ("[elevenlabs]\napi_key = 'x'", "did you mean 'api_key_env'?"),
        (
            "[nonsense_of_all_kinds]\nx = 1",
            "known here: provider, local, session, ",
        ),
        ("[audio]\nchunk_ms = 'fast'", "Expected `int`, got `str` - at `$.audio.chunk_ms`"),
        ("[audio]\nchunk_ms = 0", "Expected `int` >= 5 - at `$.audio.chunk_ms`"),
        ("provider = 'nobody'", "there is no provider 'nobody'; known: elevenlabs"),
        ("audio = 3", "Expected `object`, got `int`"),
        ("[audio", "is not valid TOML"),
        ("[tools.x]", "tools.x: give either run or command"),
        ("[tools.x]\nrun = 'a:b'\ncommand = ['b']", "tools.x: give either run or command"),
        ("[tools.x]\nrun = 'a'", "tools.x.run: give it as 'module:function'"),
        ("[tools.x]\nrun = 'a:b'\naprove = 'auto'", "'tools.x.aprove'; did you mean 'approve'?"),
        ("[tools.x]\nrun = 'a:b'\nparameters = {type = 'nothing'}", "tools.x.parameters: $.type"),
        ("[profiles.x]\nvoice = 'a'", "'profiles.x.voice'; did you mean 'voice_id'?"),
        ("[setup]\ntemperature = 'hot'", "Expected `float | null`, got `str`"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(path, {})
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[setup]\ntemperature = 3.0", "setup.temperature: a number, 0 to 2, not '3.0'"),
        ("[setup]\nmax_tokens = 0", "setup.max_tokens: a whole number, 1 and more, not '0'"),
        ("[profiles.p]\nspeed = 9", "profiles.p.speed: a number, 0.7 to 5, not '9.0'"),
        ("[setup.options]\nx = 1", "setup.options.x: there is no such option; this provider has"),
        ("[profiles.p.options]\nx = 1", "profiles.p.options.x: there is no such option;"),
    ],
)
def test_what_the_provider_does_not_take_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"{text}\n[profiles.good]\nlanguage = 'de'")
    config = load(path, {})
    with pytest.raises(ConfigError) as error:
        config.chosen_setup("elevenlabs", "p" if "profiles.p" in text else "", path=path)
    assert str(error.value).startswith(f"{path}: {said}")
    if "profiles.p" in text:  # only what is asked for is judged
        assert config.chosen_setup("elevenlabs", "good").language == "de"


@pytest.mark.parametrize(
    ("said", "read"), [("true", True), ("false", False), ("'always'", "always")]
)
def test_ascii_is_a_word_or_yes_or_no(tmp_path: Path, said: str, read: bool | str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[screen]\nascii = {said}")
    assert load(path, {}).screen.ascii == read


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*No such file"):
        load(tmp_path / "none.toml", {})
    (tmp_path / "bytes.toml").write_bytes(b'# one\nx = "\xfc"')
    with pytest.raises(ConfigError, match=r"not UTF-8 text \(line 2\); save it as UTF-8"):
        load(tmp_path / "bytes.toml", {})


@pytest.mark.parametrize(
    ("provider", "local", "agent_id", "env", "embedded"),
    [
        ("auto", "auto", "", {}, True),
        ("auto", "auto", "agent_1", {}, True),
        ("auto", "auto", "", {"ELEVENLABS_API_KEY": "k"}, True),
        ("auto", "auto", "agent_1", {"ELEVENLABS_API_KEY": "k"}, False),
        ("auto", True, "agent_1", {"ELEVENLABS_API_KEY": "k"}, True),
        ("auto", False, "", {}, False),
        ("elevenlabs", "auto", "", {}, False),
        ("elevenlabs", True, "agent_1", {"ELEVENLABS_API_KEY": "k"}, True),
        ("local", "auto", "agent_1", {"ELEVENLABS_API_KEY": "k"}, True),
    ],
)
def test_whom_it_calls(
    provider: str, local: str | bool, agent_id: str, env: dict[str, str], embedded: bool
) -> None:
    config = replace(replace(Config(), "provider", provider), "local", local)
    config = replace(config, "elevenlabs.agent_id", agent_id)
    assert config.place(env) == Place("elevenlabs", embedded)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[elevenlabs]\nagent_id = 'from_file'")
    assert load(path, {}).section("elevenlabs").whom == "from_file"
    by_environment = load(path, {"ELEVENLABS_AGENT_ID": "from_env"})
    assert by_environment.section("elevenlabs").whom == "from_env"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_of_any_editor_opens(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(("# grün", "[audio]", "chunk_ms = 40", ""))
    (tmp_path / "c.toml").write_bytes(text.encode(encoding))
    assert load(tmp_path / "c.toml", {}).audio.chunk_ms == 40


def test_a_file_in_utf_16_is_told_from_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes("[audio]\n".encode("utf-16"))
    with pytest.raises(ConfigError, match="is UTF-16 text; save it as UTF-8"):
        load(tmp_path / "c.toml", {})
