"""What each part pulls in when it is imported, seen from outside in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCREEN = {"textual", "rich"}
NETWORK = {"websockets", "aiohttp"}
AUDIO = {"sounddevice", "numpy", "samplerate"}
WORLD = SCREEN | NETWORK | AUDIO

PURE = [
    "tui.events",
    "tui.commands",
    "tui.notices",
    "tui.provider",
    "tui.config",
    "tui.backend.launch",
    "tui.backend.live",
    "tui.session.process",
    "tui.sanitize",
    "tui.providers",
    "tui.providers.elevenlabs.codec",
    "tui.journal.reader",
    "tui.journal.writer",
    "tui.journal.export",
    "tui.journal.folder",
    "tui.analysis.entry",
    "tui.analysis.transcript.fold",
    "tui.analysis.turns.summary",
]


def imported_by(module: str) -> set[str]:
    """Top-level packages in `sys.modules` after importing `module` alone."""
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", PURE)
def test_pure_parts_know_nothing_of_the_world(module: str) -> None:
    assert not imported_by(module) & WORLD


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("tui.session.session", SCREEN | {"aiohttp", "sounddevice"}),
        ("tui.agent.main", SCREEN | {"websockets", "sounddevice", "numpy"}),
        ("tui.dashboard.app", NETWORK | AUDIO),
        ("tui.backend.replay", NETWORK | AUDIO),
        ("tui.cli.headless", WORLD),
        ("tui.cli.main", WORLD),
        ("tui.audio.playback.player", WORLD - {"numpy", "samplerate"}),
        ("tui.audio.devices.device", {"sounddevice"}),
    ],
)
def test_each_process_loads_only_its_own_world(module: str, never: set[str]) -> None:
    assert not imported_by(module) & never
