"""The toy installed beside the program, as a package that names it by an entry point."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.providers import GROUP, provider_of

METADATA = "Metadata-Version: 2.1\nName: voicescope-toy\nVersion: 1\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Found by children, and by this process."""
    site = tmp_path / "site"
    information = site / "voicescope_toy-1.0.dist-info"
    information.mkdir(parents=True)
    (site / "voicescope_toy").symlink_to(Path(__file__).parent)
    (information / "METADATA").write_text(METADATA)
    entry = "toy = voicescope_toy.provider:PROVIDER"
    (information / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    provider_of.cache_clear()
    yield
    provider_of.cache_clear()
    for name in [name for name in sys.modules if name.startswith("voicescope_toy")]:
        del sys.modules[name]
