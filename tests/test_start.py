"""Nothing of the folder one stands in is run: not by the program, nor by a process it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_imports import ROOT
from tui.processes.lifetime import environment, python

TRAP = "import os; open(os.environ['TRAPPED'], 'a').write(__name__ + '\\n')\n"
NAMES = (
    "sounddevice",
    "numpy",
    "msgspec",
    "aiohttp",
    "websockets",
    "jsonschema",
    "moonshine_voice",
)
"""What the program and its children import, one of which may not be installed."""
WHOLE_CALL = ("run", "--provider", "local", "--say", "what is two plus two")


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder where each import would leave a trace."""
    folder = tmp_path / "here"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(TRAP)
    return folder


def done(folder: Path, *command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    home = {"HOME": str(folder.parent), "PULSE_SERVER": "unix:/nonexistent"}
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **home, "TRAPPED": str(folder.parent / "trapped"), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("-c", "from tui.__main__ import main; raise SystemExit(main())"), "."),
        (("-m", "tui"), ""),
        (("-m", "tui"), "{here}:/nonexistent"),
    ],
)
def test_a_call_imports_nothing_from_where_it_stands(
    trap: Path, command: tuple[str, ...], path: str
) -> None:
    for arguments in (WHOLE_CALL, ("devices",)):
        call = done(trap, sys.executable, *command, *arguments, PYTHONPATH=path.format(here=trap))
        assert "Traceback" not in call.stderr
    assert not (trap.parent / "trapped").exists()


@pytest.mark.parametrize(
    "module",
    [
        "tui.session",
        "tui.agent",
        "tui.session.http.catalogue_process",
        "tui.session.sound.device_list",
    ],
)
def test_a_child_is_the_program_and_not_a_folder_of_that_name(trap: Path, module: str) -> None:
    (trap / "tui").mkdir()
    (trap / "tui" / "__init__.py").write_text(TRAP)
    code = f"import runpy; runpy.run_module({module!r}, run_name='looked_at')"
    flags = python(module)[1:-2]
    done(trap, sys.executable, *flags, "-c", code)
    assert not (trap.parent / "trapped").exists()


def test_no_process_of_ours_is_started_otherwise() -> None:
    """Whoever starts the interpreter goes through `python`, or names the flag."""
    for path in (ROOT / "tui").rglob("*.py"):
        text = path.read_text()
        if "sys.executable" in text and path.name != "processes.py":
            assert '"-P"' in text, path


def test_the_child_of_a_program_that_is_not_installed_finds_it(tmp_path: Path) -> None:
    """As with `python -m tui` in a checkout, where only its requirements are installed."""
    (tmp_path / "tui").symlink_to(ROOT / "tui")
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if p != sys.argv[1]];"
        "sys.path.insert(0, ''); import tui; from tui.processes.lifetime import environment;"
        "print(environment()['PYTHONPATH'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(tmp_path)


def test_a_child_keeps_what_else_the_user_gave_to_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"PYTHONPATH": os.pathsep.join(["", "/opt/lib", str(tmp_path), "."]), "X": "1"}
    env = environment(given)
    assert env["X"] == "1"
    assert env["PYTHONPATH"] == "/opt/lib"
