"""Starts the dashboard, live or on a recorded call, and brings it to its end.

Knows processes and the app; no widget. The session process is started before Textual is even
imported: both take their time side by side.
"""

import sys
from pathlib import Path

from tui.config import Config, ConfigError
from tui.journal.reader import JournalError, JournalReader
from tui.launch import Launch
from tui.live import LiveCall
from tui.script import Script
from tui.terminal import SignalExit, prepare_environment


def run_dashboard(config: Config, launch: Launch, script: Script) -> int:
    """The live dashboard, until the user leaves; the exit code."""
    prepare_environment()
    call = LiveCall(launch, script)
    signals = SignalExit(call.abandon)
    from tui.app import VoiceScopeApp  # noqa: PLC0415  the session starts meanwhile

    app = VoiceScopeApp(call, theme=config.screen.theme)
    signals.when_asked(app.leave)
    code = app.run(mouse=config.screen.mouse)
    call.abandon()
    if launch.journal is not None:
        print(f"journal: {launch.journal}", file=sys.stderr)
    return signals.exit_code or code or 0


def run_replay(config: Config, path: Path) -> int:
    """A finished journal in the same dashboard."""
    prepare_environment()
    try:
        reader = JournalReader.open(path)
    except JournalError as error:
        raise ConfigError(str(error)) from error
    signals = SignalExit(lambda: None)
    from tui.app import VoiceScopeApp  # noqa: PLC0415
    from tui.providers import PROVIDERS, open_codec, summarizer  # noqa: PLC0415
    from tui.replay import Replay  # noqa: PLC0415

    provider = reader.opened().provider
    if provider not in PROVIDERS:
        raise ConfigError(f"{path} is a call with {provider!r}, which this version cannot read")
    replay = Replay(reader, lambda: open_codec(provider), summarizer(provider), path.name)
    app = VoiceScopeApp(replay, theme=config.screen.theme)
    signals.when_asked(app.leave)
    code = app.run(mouse=config.screen.mouse)
    return signals.exit_code or code or 0
