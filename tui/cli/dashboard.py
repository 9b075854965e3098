"""`voicescope` and `voicescope replay`: the dashboard, live or on a recorded call, to its end.

Knows processes and the app; no widget. The session process is started before Textual is even
imported: both take their time side by side.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from tui import __version__
from tui.backend.base import Backend
from tui.backend.launch import Launch, journal_folder, prepare
from tui.backend.live import LiveCall
from tui.backend.script import Script
from tui.cli.options import call_options, configure, examples, flags_of, script_of
from tui.config import Config, ConfigError, load, state_folder
from tui.dashboard.terminal import SignalExit, check_terminal, prepare_environment

EPILOG = """commands:
  voicescope                    the dashboard; without a key, on the embedded local agent
  voicescope run                a call without a screen, as JSON lines
  voicescope replay FILE        a recorded call in the same dashboard
  voicescope calls [WORD ...]   the recorded calls, newest first; those in which words were said
  voicescope models             what models cost and claim, beside what was measured here
  voicescope export FILE OUT    a recorded call as one file, to hand on
  voicescope devices            the microphones and speakers of this machine (--watch: levels)
  voicescope bridge SSH-ARGS    this machine's headset for a voicescope on another
  voicescope agent              the embedded local agent by itself, to test any client against
  voicescope completion SHELL   completes commands, flags and files in bash, zsh or fish
each has its own --help; --config FILE may stand before or after the command

examples:
  voicescope --local                     talk to the embedded agent, whatever is configured
  voicescope --agent-id AGENT --no-audio type to an agent of yours
"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voicescope",
        description="An oscilloscope for voice agents that lives in a terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"voicescope {__version__}")
    options = call_options(parser, arguments).parse_args(arguments)
    config = configure(options)
    if options.mic is not None and str(options.mic) == "-":
        raise ConfigError("--mic -: the dashboard reads keys there; use `voicescope run --mic -`")
    check_terminal()
    return _run(config, prepare(config, flags_of(options)), script_of(options))


def replay(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voicescope replay",
        description="Open a recorded call in the dashboard.",
        epilog=examples("voicescope replay call.jsonl", "voicescope replay call.jsonl --play"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="a journal (.jsonl) that voicescope wrote")
    parser.add_argument(
        "--play",
        action="store_true",
        help="play it from its start, at the pace of the call; else all of it is shown at once",
    )
    parser.add_argument("--config", type=Path, help="configuration file")
    options = parser.parse_args(arguments)
    config = load(options.config)
    check_terminal()
    return _show(config, options.file, play=options.play)


def _run(config: Config, launch: Launch, script: Script) -> int:
    """The live dashboard, until the user leaves; the exit code."""
    prepare_environment()
    call = LiveCall(launch, script)
    signals = SignalExit(call.abandon)
    try:
        code = _run_app(call, config, signals)
    finally:
        call.abandon()
    from tui.backend.recorded import without_empty  # noqa: PLC0415

    journal = without_empty(launch.journal)
    if journal is not None:
        print(f"journal: {journal}", file=sys.stderr)
    return code


def _show(config: Config, path: Path, *, play: bool = False) -> int:
    """A journal in the same dashboard: all of it at once, or from the start if `play`."""
    prepare_environment()
    from tui.backend.base import ReplayVerb  # noqa: PLC0415
    from tui.backend.replay import open_replay  # noqa: PLC0415

    replay = open_replay(path, playing=play)
    if not play:
        replay.ask(ReplayVerb.END)
    return _run_app(replay, config, SignalExit(lambda: None))


def _run_app(backend: Backend, config: Config, signals: SignalExit) -> int:
    # The session starts while these are loaded.
    from tui.dashboard.app import VoiceScopeApp  # noqa: PLC0415
    from tui.dashboard.call_screen import CallScreen  # noqa: PLC0415
    from tui.dashboard.common.ascii import ascii_driver, wants_ascii  # noqa: PLC0415
    from tui.dashboard.keymap import checked  # noqa: PLC0415

    journals = journal_folder(config.journal)
    app = VoiceScopeApp(backend, slow_ms=config.screen.slow_ms, journals=journals)
    theme = config.screen.theme
    if theme and theme not in app.available_themes:
        known = ", ".join(sorted(app.available_themes))
        raise ConfigError(f"screen.theme: there is no {theme!r}; known: {known}")
    kept = state_folder() / "theme"
    app.theme = began = theme or _kept_theme(kept, app.available_themes)
    app.set_keymap(checked(config.keys, (VoiceScopeApp, CallScreen)))
    if wants_ascii(config.screen.ascii, os.environ):
        app.driver_class = ascii_driver(app.driver_class)

    async def run() -> int | None:
        loop = asyncio.get_running_loop()
        signals.when_asked(lambda: loop.call_soon_threadsafe(app.call_later, app.leave))
        return await app.run_async(mouse=config.screen.mouse)

    code = asyncio.run(run())
    if app.theme != began:
        with suppress(OSError):
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept.write_text(app.theme)
    return signals.exit_code or code or app.return_code or 0


def _kept_theme(kept: Path, known: Container[str]) -> str:
    """What was chosen at the end of an earlier start; the usual one where it cannot be had."""
    with suppress(OSError, UnicodeError):
        if (theme := kept.read_text().strip()) in known:
            return theme
    return "textual-dark"
