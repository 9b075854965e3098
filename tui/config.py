"""Configuration: a TOML file, the environment and flags, as frozen structs.

Knows keys, defaults and how to say what is wrong with them; nothing of what they are used for.
Later sources win: defaults, file, environment, flags. A secret is never a key here: the file
names the environment variable that holds it.
"""

import codecs
import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs

from tui.plan import ClientTool
from tui.setup import Setup, Variable

AGENT_ID_ENV = "ELEVENLABS_AGENT_ID"

Milliseconds = Annotated[int, msgspec.Meta(ge=5, le=1000)]
Amount = Annotated[int, msgspec.Meta(ge=0)]


class ConfigError(Exception):
    """The configuration cannot be used; the text names file, key and remedy in one line."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ElevenLabs(Section, frozen=True):
    agent_id: str = ""
    api_key_env: str = "ELEVENLABS_API_KEY"
    region: Literal["global", "us", "eu-residency", "in-residency", "sg-residency"] = "global"
    base_url: str = ""
    environment: str = ""

    @property
    def api(self) -> str:
        """Where the API is: `base_url` where there is one, else the region's host."""
        return self.base_url or f"https://{_HOSTS[self.region]}"


_HOSTS = {
    "global": "api.elevenlabs.io",
    "us": "api.us.elevenlabs.io",
    "eu-residency": "api.eu.residency.elevenlabs.io",
    "in-residency": "api.in.residency.elevenlabs.io",
    "sg-residency": "api.sg.residency.elevenlabs.io",
}


class SessionKeys(Section, frozen=True):
    reconnect: bool = True
    hand_over: bool = True


class Audio(Section, frozen=True):
    enabled: bool = True
    input: str = ""
    output: str = ""
    chunk_ms: Milliseconds = 20
    block_ms: Milliseconds = 20
    start_buffer_ms: Milliseconds = 60
    mute: Literal["silence", "nothing"] = "silence"
    talk: Literal["open", "push"] = "open"
    echo: Literal["off", "cancel", "gate"] = "off"
    input_channel: Amount = 0
    detector: Literal["auto", "silero", "energy"] = "auto"
    quality: Literal["fast", "medium", "best"] = "medium"
    record: Literal["off", "stereo", "files"] = "off"
    bridge: str = ""


class Journal(Section, frozen=True):
    keep: bool = True
    folder: str = ""
    audio: bool = True
    max_mb: Amount = 2000
    max_age_days: Amount = 30


class Screen(Section, frozen=True):
    theme: str = "textual-dark"
    mouse: bool = True
    ascii: Literal["auto", "always", "never"] | bool = "auto"


class Config(Section, frozen=True):
    provider: Literal["auto", "local", "elevenlabs"] = "auto"
    elevenlabs: ElevenLabs = ElevenLabs()
    session: SessionKeys = SessionKeys()
    audio: Audio = Audio()
    journal: Journal = Journal()
    screen: Screen = Screen()
    keys: dict[str, str] = {}
    """Keys by the id of what they do, as `docs/keys.md` lists them."""
    setup: Setup = Setup()
    profiles: dict[str, Setup] = {}
    tools: dict[str, ClientTool] = {}

    def chosen_provider(self, env: Mapping[str, str]) -> Literal["local", "elevenlabs"]:
        """`auto` is ElevenLabs where there are a key and an agent id, else the local agent."""
        if self.provider != "auto":
            return self.provider
        ready = env.get(self.elevenlabs.api_key_env) and self.elevenlabs.agent_id
        return "elevenlabs" if ready else "local"

    def chosen_setup(
        self,
        profile: str = "",
        variables: Mapping[str, Variable] | None = None,
        *,
        text_only: bool = False,
    ) -> Setup:
        """`[setup]`, with the profile, variables and flags laid over it. Raises ConfigError."""
        setup = self.setup
        if profile and profile not in self.profiles:
            near = difflib.get_close_matches(profile, self.profiles, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "the config has no such [profiles.…]"
            raise ConfigError(f"there is no profile {profile!r}; {hint}")
        if profile:
            setup = _lay_over(setup, self.profiles[profile])
        if self.elevenlabs.environment and setup.environment is None:
            setup = msgspec.structs.replace(setup, environment=self.elevenlabs.environment)
        flags = Setup(dynamic_variables=dict(variables or {}), text_only=text_only or None)
        return _lay_over(setup, flags)


def _lay_over(setup: Setup, other: Setup) -> Setup:
    """What `other` sets, and the rest of `setup`; tables are joined."""
    usual = Setup()
    changes: dict[str, Any] = {}
    for name in Setup.__struct_fields__:
        value, before = getattr(other, name), getattr(setup, name)
        if value != getattr(usual, name):
            changes[name] = {**before, **value} if isinstance(value, dict) else value
    return msgspec.structs.replace(setup, **changes)


NAMED: dict[Any, type[msgspec.Struct]] = {
    dict[str, Setup]: Setup,
    dict[str, ClientTool]: ClientTool,
}
"""Tables of tables: their keys are the user's own."""


def default_path() -> Path:
    """`~/.config/voicescope/config.toml` on Linux, its like elsewhere."""
    return Path(platformdirs.user_config_path("voicescope")) / "config.toml"


def load(path: Path | None, env: Mapping[str, str] | None = None) -> Config:
    """The configuration from `path` (None: the default file, if it is there) and `env`.

    Raises ConfigError.
    """
    env = os.environ if env is None else env
    wanted = path or default_path()
    data = _read(wanted) if path is not None or wanted.exists() else {}
    _refuse_unknown(data, Config, wanted)
    try:
        config = msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{wanted}: {error}") from error
    _check_tools(config.tools, wanted)
    if env.get(AGENT_ID_ENV):
        config = replace(config, "elevenlabs.agent_id", env[AGENT_ID_ENV])
    return config


def replace(config: Config, key: str, value: Any) -> Config:
    """`config` with the dotted `key` set. Raises ConfigError when the value does not fit it."""
    data = msgspec.to_builtins(config)
    *sections, name = key.split(".")
    target = data
    for section in sections:
        target = target[section]
    target[name] = value
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{key}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError(f"{path} is UTF-16 text; save it as UTF-8")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path} is not UTF-8 text (line {line}); save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _refuse_unknown(
    data: Mapping[str, Any], section: type[msgspec.Struct], path: Path, prefix: str = ""
) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(section)}
    for key, value in data.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(fields)}"
            raise ConfigError(f"{path}: unknown key {prefix + key!r}; {hint}")
        name = f"{prefix}{key}."
        kind = fields[key]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if isinstance(value, dict):
                _refuse_unknown(value, kind, path, name)
        elif kind in NAMED and isinstance(value, dict):
            for entry, inner in value.items():
                if isinstance(inner, dict):
                    _refuse_unknown(inner, NAMED[kind], path, f"{name}{entry}.")


def _check_tools(tools: Mapping[str, ClientTool], path: Path) -> None:
    if not tools:
        return
    from tui.session.tools.schema_process import problem_of_schema  # noqa: PLC0415  slow to load

    for name, tool in tools.items():
        if bool(tool.run) == bool(tool.command):
            raise ConfigError(f"{path}: tools.{name}: give either run or command")
        if tool.run and not all(tool.run.partition(":")):
            raise ConfigError(f"{path}: tools.{name}.run: give it as 'module:function'")
        problem = problem_of_schema(tool.parameters)
        if problem:
            raise ConfigError(f"{path}: tools.{name}.parameters: {problem}")


def state_folder() -> Path:
    return Path(platformdirs.user_state_path("voicescope"))


def bridge_socket() -> Path:
    """Where a bridge over ssh listens on this machine."""
    return state_folder() / "bridge.sock"
