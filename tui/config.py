"""Configuration: a TOML file, the environment and flags, as frozen structs.

Knows keys, defaults and how to say what is wrong with them; nothing of what they are used for.
Later sources win: defaults, file, environment, flags. A secret is never a key here: the file
names the environment variable that holds it.
"""

import codecs
import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
import platformdirs

from tui.plan import Amount, Audio, ClientTool, Journal, Section, SessionKeys
from tui.provider import Provider
from tui.provider import Section as ProviderSection
from tui.providers import BUILT_IN, LOCAL, UnknownProvider, built_in, provider_of
from tui.setup import Setup, Variable, asked, unfit


class ConfigError(Exception):
    """The configuration cannot be used; the text names file, key and remedy in one line."""


class Screen(Section, frozen=True):
    theme: str = ""
    """"" is the one that was chosen last."""
    mouse: bool = True
    ascii: Literal["auto", "always", "never"] | bool = "auto"
    slow_ms: Amount = 0


class Place(NamedTuple):
    """Whose protocol is spoken, and whether the embedded agent speaks it."""

    provider: str
    local: bool


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: str = "auto"
    """A provider's name; `local` is the usual one's protocol at the embedded agent."""
    local: Literal["auto"] | bool = "auto"
    """Call the embedded agent. auto: where no provider can be called without a name."""
    session: SessionKeys = SessionKeys()
    audio: Audio = Audio()
    journal: Journal = Journal()
    screen: Screen = Screen()
    keys: dict[str, str] = {}
    """Keys by the id of what they do, as `docs/keys.md` lists them."""
    setup: Setup = Setup()
    profiles: dict[str, Setup] = {}
    tools: dict[str, ClientTool] = {}
    providers: dict[str, ProviderSection] = {}
    """The tables of providers, by name: each stands at the top of the file, `[name]`."""

    def section(self, provider: str) -> ProviderSection:
        """The table of a provider, with its defaults. Raises ConfigError."""
        return self.providers.get(provider) or _provider(provider).section()

    def place(self, env: Mapping[str, str]) -> Place:
        """Whom to call. Raises ConfigError for a provider that is not known."""
        if self.provider not in ("auto", LOCAL):
            return Place(_provider(self.provider).name, self.local is True)
        ready = [one.name for one in built_in() if one.ready(self.section(one.name), env)]
        if self.provider == "auto" and self.local is not True and ready:
            return Place(ready[0], False)
        return Place(BUILT_IN[0], self.provider == LOCAL or self.local is not False)

    def chosen_setup(
        self,
        provider: str,
        profile: str = "",
        variables: Mapping[str, Variable] | None = None,
        *,
        text_only: bool = False,
        path: Path | None = None,
    ) -> Setup:
        """`[setup]`, with the profile, variables and flags laid over it. Raises ConfigError, also
        for what `provider` does not take; `path` is the file that it names."""
        setup = self.setup
        if profile and profile not in self.profiles:
            near = difflib.get_close_matches(profile, self.profiles, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "the config has no such [profiles.…]"
            raise ConfigError(f"there is no profile {profile!r}; {hint}")
        layers = {"setup": setup}
        if profile:
            layers[f"profiles.{profile}"] = self.profiles[profile]
            setup = _lay_over(setup, self.profiles[profile])
        for where, layer in layers.items():
            for problem in unfit(_provider(provider).fields, layer):
                raise ConfigError(f"{path or 'the configuration'}: {where}.{problem}")
        setup = self.section(provider).complete(setup)
        flags = Setup(dynamic_variables=dict(variables or {}), text_only=text_only or None)
        return _lay_over(setup, flags)


def _lay_over(setup: Setup, other: Setup) -> Setup:
    """What `other` sets, and the rest of `setup`; tables are joined."""
    changes = {
        name: {**getattr(setup, name), **value} if isinstance(value, dict) else value
        for name, value in asked(other).items()
    }
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
    if "providers" in data:
        raise ConfigError(f"{wanted}: unknown key 'providers'; a provider's table is [NAME]")
    tables = {name: data.pop(name) for name in [*data] if _is_provider(name)}
    _refuse_unknown(data, Config, wanted, others=BUILT_IN)
    for name, table in tables.items():
        if isinstance(table, dict):
            _refuse_unknown(table, _provider(name).section, wanted, f"{name}.")
    try:
        config = msgspec.convert(data, Config)
        sections = {n: msgspec.convert(t, _provider(n).section) for n, t in tables.items()}
    except msgspec.ValidationError as error:
        raise ConfigError(f"{wanted}: {error}") from error
    _check_tools(config.tools, wanted)
    try:
        config.place(env)
    except ConfigError as error:
        raise ConfigError(f"{wanted}: {error}") from error
    config = msgspec.structs.replace(config, providers=sections)
    for provider in (_provider(name) for name in {*BUILT_IN, *tables}):
        for variable, key in provider.environment.items():
            if env.get(variable):
                config = replace(config, f"{provider.name}.{key}", env[variable])
    return config


def replace(config: Config, key: str, value: Any) -> Config:
    """`config` with the dotted `key` set. Raises ConfigError when the value does not fit it."""
    head, _, rest = key.partition(".")
    if rest and head not in Config.__struct_fields__:
        section = _set(config.section(head), rest, value, key)
        return msgspec.structs.replace(config, providers=config.providers | {head: section})
    plain = msgspec.structs.replace(config, providers={})
    return msgspec.structs.replace(_set(plain, key, value, key), providers=config.providers)


S = TypeVar("S", bound=msgspec.Struct)


def _set(struct: S, path: str, value: Any, key: str) -> S:
    data = msgspec.to_builtins(struct)
    *sections, name = path.split(".")
    target = data
    for section in sections:
        target = target[section]
    target[name] = value
    try:
        return msgspec.convert(data, type(struct))
    except msgspec.ValidationError as error:
        raise ConfigError(f"{key}: {error}") from error


def _provider(name: str) -> Provider:
    try:
        return provider_of(name)
    except UnknownProvider as error:
        raise ConfigError(str(error)) from error


def _is_provider(name: str) -> bool:
    """A table that is no other key of ours, and has a provider's name."""
    if name in Config.__struct_fields__ or name == LOCAL:
        return False
    try:
        provider_of(name)
    except UnknownProvider:
        return False
    return True


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
    data: Mapping[str, Any],
    section: type[msgspec.Struct],
    path: Path,
    prefix: str = "",
    others: Sequence[str] = (),
) -> None:
    """`others`: more keys that are known there, for a hint."""
    fields = {field.name: field.type for field in msgspec.structs.fields(section)}
    known = [name for name in (*fields, *others) if name != "providers"]
    for key, value in data.items():
        if key not in fields:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
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
