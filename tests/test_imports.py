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
    "tui.codec",
    "tui.config",
    "tui.launch",
    "tui.live",
    "tui.session.client",
    "tui.clean",
    "tui.providers",
    "tui.providers.elevenlabs",
    "tui.journal.reader",
    "tui.journal.writer",
    "tui.journal.export",
    "tui.journal.folder",
    "tui.analysis.entry",
    "tui.analysis.transcript",
    "tui.analysis.summary",
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
        ("tui.session.worker", SCREEN | {"aiohttp", "sounddevice"}),
        ("tui.agent.main", SCREEN | {"websockets", "sounddevice", "numpy"}),
        ("tui.app", NETWORK | AUDIO),
        ("tui.replay", NETWORK | AUDIO),
        ("tui.headless", WORLD),
        ("tui.cli", WORLD),
        ("tui.audio.player", WORLD - {"numpy", "samplerate"}),
        ("tui.audio.device", {"sounddevice"}),
    ],
)
def test_each_process_loads_only_its_own_world(module: str, never: set[str]) -> None:
    assert not imported_by(module) & never
