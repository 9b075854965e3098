"""The options of a call, which the dashboard and the headless run share.

Knows flags and what they lay over the configuration; starts nothing.
"""

import argparse
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from tui.backend.launch import Flags
from tui.backend.script import Script
from tui.config import Config, ConfigError, load, replace
from tui.provider import Provider
from tui.providers import BUILT_IN, LOCAL, UnknownProvider, built_in, provider_of
from tui.setup import Variable
from tui.variables import variables


def examples(*lines: str) -> str:
    """What stands at the end of a command's help."""
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])


def call_options(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.ArgumentParser:
    """Flags that the dashboard and the headless run share, and those of the providers: of the ones
    that come with the program, and of one that is named."""
    add = parser.add_argument
    add("--config", type=Path, help="configuration file (see config.example.toml)")
    names = ", ".join(BUILT_IN)
    add("--provider", metavar="NAME", help=f"whose protocol to speak: {names}; local is --local")
    add("--local", action="store_true", help="call the embedded agent, whatever is configured")
    offered = (option for one in _named(arguments) for option in one.options)
    for option in {option.flag: option for option in offered}.values():
        add(option.flag, dest=option.key, metavar=option.metavar, help=option.help)
    add("--base-url", help="where the API is, e.g. http://127.0.0.1:8000 for an agent of yours")
    add("--profile", default="", metavar="NAME", help="the set-up [profiles.NAME] of the config")
    add(
        "--var",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a dynamic variable; also one JSON object of them, or @FILE that holds one",
    )
    add("--text-only", action="store_true", help="ask the agent for no speech at all")
    add("--say", action="append", default=[], metavar="TEXT", help="type TEXT; may be repeated")
    add(
        "--mic",
        type=Path,
        metavar="FILE.wav",
        help="speak this file, in real time; - with run: "
        "16-bit mono samples or WAV from standard input",
    )
    add("--mic-rate", type=int, default=16_000, metavar="HZ", help="of samples from standard input")
    add("--speaker", type=Path, metavar="FILE.wav", help="write what would be heard")
    add("--record", type=Path, metavar="FILE.wav", help="record the call, you left, agent right")
    add("--for", type=float, dest="seconds", metavar="SECONDS", help="hang up after so long")
    add("--max-minutes", type=float, metavar="MIN", help="warn at 80 %%, hang up after so long")
    add("--max-cost", type=float, metavar="USD", help="the same by what the call has cost")
    add("--journal", type=Path, metavar="FILE", help="write the journal here")
    add("--no-audio", action="store_true", help="open no microphone and no speaker")
    return parser


def _named(arguments: list[str]) -> list[Provider]:
    found = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    found.add_argument("--provider")
    name = found.parse_known_args(arguments)[0].provider
    with contextlib.suppress(UnknownProvider):  # which is said of the whole configuration
        if name and name not in (*BUILT_IN, LOCAL, "auto"):
            return [*built_in(), provider_of(name)]
    return built_in()


def configure(options: argparse.Namespace) -> Config:
    """The configuration with the flags laid over it. Raises ConfigError."""
    config = load(options.config)
    if options.seconds is not None and options.seconds <= 0:
        raise ConfigError("--for: give a positive number of seconds")
    if options.mic_rate not in range(1000, 192_001):
        raise ConfigError("--mic-rate: give a rate in Hz, such as 16000")
    laid_over = {
        "provider": options.provider,
        "local": True if options.local else None,
        "audio.enabled": False if options.no_audio else None,
        "session.max_minutes": options.max_minutes,
        "session.max_cost": options.max_cost,
    }
    for key, value in laid_over.items():
        if value is not None:
            config = replace(config, key, value)
    return _name_provider(config, options)


def _name_provider(config: Config, options: argparse.Namespace) -> Config:
    """An address, or whom to call, says which provider is meant where nothing else does; it never
    makes a call of the embedded agent, where that is asked for, one over the network."""
    flag, named = _flagged(options)
    unnamed = config.provider in ("auto", LOCAL)
    asked_local = options.local or LOCAL in (options.provider, config.provider)
    if options.provider is None and options.base_url and not options.local:
        # An address given by hand is called, whoever is configured.
        name = named or (BUILT_IN[0] if unnamed else config.provider)
        config = replace(replace(config, "provider", name), "local", False)
    elif named and unnamed:
        config = replace(config, "provider", named)
        config = replace(config, "local", True if asked_local else config.local)
    provider = config.place(os.environ).provider
    if named not in ("", provider):
        raise ConfigError(f"{flag} is for {named}, not for {provider}: give --provider {named}")
    known = provider_of(provider).section.__struct_fields__
    flags = vars(options)
    given = {one.key: flags.get(one.key) for one in provider_of(provider).options}
    for key, value in {**given, "base_url": options.base_url}.items():
        if value is not None and key in known:
            config = replace(config, f"{provider}.{key}", value)
    return config


def _flagged(options: argparse.Namespace) -> tuple[str, str]:
    """The flag that names whom to call, and whose it is; "" twice without one."""
    given = ((o.flag, one.name) for one in built_in() for o in one.options if vars(options)[o.key])
    return next(given, ("", ""))


def _whom(options: argparse.Namespace) -> str:
    given = (vars(options)[option.key] for one in built_in() for option in one.options)
    return next((value for value in given if value), "")


def flags_of(options: argparse.Namespace) -> Flags:
    return Flags(
        mic=options.mic,
        mic_rate=options.mic_rate,
        speaker=options.speaker,
        record=options.record,
        journal=options.journal,
        base_url=options.base_url or "",
        whom=_whom(options),
        profile=options.profile,
        variables=_variables(options.var),
        text_only=options.text_only,
        config=options.config,
    )


def _variables(given: Sequence[str]) -> dict[str, Variable]:
    """Raises ConfigError."""
    found: dict[str, Variable] = {}
    for text in given:
        try:
            new = variables(text)
        except ValueError as error:
            raise ConfigError(f"--var {text[:60]}: {error}") from None
        for name in new:
            if name.startswith("secret__") and not text.startswith("@"):
                raise ConfigError(
                    f"--var {name}: everyone on this machine can read a command line; "
                    "put it under [setup.dynamic_variables] in the config, or give --var @FILE"
                )
        found |= new
    return found


def script_of(options: argparse.Namespace) -> Script:
    return Script(
        options.say,
        has_file=options.mic is not None,
        seconds=options.seconds,
        text_only=options.text_only,
    )
