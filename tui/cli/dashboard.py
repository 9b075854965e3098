"""Starts the dashboard, live or on a recorded call, and brings it to its end.

Knows processes and the app; no widget. The session process is started before Textual is even
imported: both take their time side by side.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from tui.backend.base import Backend
from tui.backend.launch import Launch
from tui.backend.live import LiveCall
from tui.backend.script import Script
from tui.config import Config, ConfigError
from tui.dashboard.terminal import SignalExit, prepare_environment
from tui.journal.reader import JournalError, JournalReader


def run_dashboard(config: Config, launch: Launch, script: Script) -> int:
    """The live dashboard, until the user leaves; the exit code."""
    prepare_environment()
    call = LiveCall(launch, script)
    signals = SignalExit(call.abandon)
    try:
        code = _run_app(call, config, signals)
    finally:
        call.abandon()
    if launch.journal is not None:
        print(f"journal: {launch.journal}", file=sys.stderr)
    return code


def run_replay(config: Config, path: Path, *, play: bool = False) -> int:
    """A finished journal in the same dashboard: all of it at once, or from the start if `play`."""
    prepare_environment()
    try:
        reader = JournalReader.open(path, in_steps=True)
    except JournalError as error:
        raise ConfigError(str(error)) from error
    from tui.providers import UnknownProvider, open_codec, provider_of  # noqa: PLC0415

    provider = reader.opened().provider
    try:
        known = provider_of(provider)
    except UnknownProvider as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    from tui.backend.base import ReplayVerb  # noqa: PLC0415
    from tui.backend.replay import Replay  # noqa: PLC0415
    from tui.export.call_files import CallFiles  # noqa: PLC0415

    codec = partial(open_codec, provider)
    files = CallFiles(path.resolve(), codec, provider)
    replay = Replay(
        reader,
        codec,
        known.summarize,
        capabilities=known.capabilities,
        playing=play,
        take_away=files,
    )
    if not play:
        replay.ask(ReplayVerb.END)
    return _run_app(replay, config, SignalExit(lambda: None))


def _run_app(backend: Backend, config: Config, signals: SignalExit) -> int:
    # The session starts while these are loaded.
    from tui.dashboard.app import VoiceScopeApp  # noqa: PLC0415
    from tui.dashboard.call_screen import CallScreen  # noqa: PLC0415
    from tui.dashboard.common.ascii import ascii_driver, wants_ascii  # noqa: PLC0415
    from tui.dashboard.keymap import checked  # noqa: PLC0415

    app = VoiceScopeApp(backend)
    if config.screen.theme not in app.available_themes:
        known = ", ".join(sorted(app.available_themes))
        raise ConfigError(f"screen.theme: there is no {config.screen.theme!r}; known: {known}")
    app.theme = config.screen.theme
    app.set_keymap(checked(config.keys, (VoiceScopeApp, CallScreen)))
    if wants_ascii(config.screen.ascii, os.environ):
        app.driver_class = ascii_driver(app.driver_class)

    async def run() -> int | None:
        loop = asyncio.get_running_loop()
        signals.when_asked(lambda: loop.call_soon_threadsafe(app.call_later, app.leave))
        return await app.run_async(mouse=config.screen.mouse)

    code = asyncio.run(run())
    return signals.exit_code or code or app.return_code or 0
