"""`voicescope devices` as it is used: in a terminal, in a pipe, beside a frozen sound server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audio.fakes import noise
from tests.e2e.terminal import terminal
from tests.session.sound.plugs import pactl, plug_microphone
from tests.vsound import VirtualSoundCard
from tui.audio.loopback import last_measured

WATCH = ("devices", "--watch")
COMMAND = (sys.executable, "-m", "tui", "devices")


@pytest.fixture
def card() -> Iterator[VirtualSoundCard]:
    with VirtualSoundCard() as card:
        plug_microphone(card, "desk", "Pult\x1b[2J\u202emikro")
        yield card


def begun(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def await_child(pid: int) -> None:
    """Until it waits for the process that lists."""
    end = time.monotonic() + 100
    while not any(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")):
        assert time.monotonic() < end
        time.sleep(0.01)  # there is no event of it


def test_a_frozen_sound_server_is_said_and_keeps_nobody(card: VirtualSoundCard) -> None:
    card.freeze()
    try:
        patient, watching, impatient = begun(), begun("--watch", "--json"), begun()
        await_child(impatient.pid)
        impatient.send_signal(signal.SIGINT)
        assert impatient.wait(100) == 130
        assert impatient.communicate() == ("", "")
        for waiting in (patient, watching):
            told = "voicescope: the sound server does not answer; restart it\n"
            assert waiting.communicate(timeout=100) == ("", told)
            assert waiting.returncode == 1
    finally:
        card.thaw()


def test_json_is_for_programs_and_acts_on_no_terminal(card: VirtualSoundCard) -> None:
    done = subprocess.run([*COMMAND, "--json"], capture_output=True, text=True, check=True)
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout
    (desk,) = [one for one in json.loads(done.stdout) if one["name"].startswith("Pult")]
    assert desk == {
        "side": "input",
        "name": "Pult\x1b[2J\u202emikro",
        "host": "PulseAudio",
        "rate": 48_000,
        "channels": 1,
        "is_default": False,
        "dbfs": None,
        "warning": "",
    }


def both_hear(lines: list[str]) -> bool:
    """The two microphones, which hear the same."""
    return sum("#####" in line for line in lines) == 2


def test_a_microphone_can_be_watched(card: VirtualSoundCard, tmp_path: Path) -> None:
    with terminal(*WATCH, home=tmp_path, columns=100, rows=24, **card.environ) as screen:
        screen.wait_for(" dB")
        speaking = card.speak(noise(1500, 48000, -20), 48000, wait=False)
        lines = screen.wait_for(lambda text: both_hear(text.splitlines())).splitlines()
        assert [line.split()[1] for line in lines if line.strip()][:2] == ["name", "microphone"]
        assert sum("Pult" in line for line in lines) == 1  # drawn over, not below
        speaking.wait(100)
        screen.wait_for(lambda text: "#####" not in text)
        screen.type("\x03")
        assert screen.end() == 0
        assert "Traceback" not in screen.text


def test_watching_without_a_terminal_is_for_json(card: VirtualSoundCard) -> None:
    refused = begun("--watch")
    assert "add --json" in refused.communicate(timeout=100)[1]
    assert refused.returncode == 2
    with begun("--watch", "--json") as watching:
        assert watching.stdout is not None
        levels = [json.loads(watching.stdout.readline()) for _ in range(3)]
        assert all(isinstance(one["dbfs"], float) for one in levels[2] if one["side"] == "input")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(100) == 0


def test_the_first_interrupt_ends_it_whenever_it_comes(card: VirtualSoundCard) -> None:
    """Also while modules load, where an exception would come out of anywhere."""
    for delay in range(0, 400, 25):
        watching = begun("--watch", "--json")
        assert watching.stdout is not None
        await_own_handler(watching.pid)
        time.sleep(delay / 1000)  # a moment of the start is what is tested
        watching.send_signal(signal.SIGINT)
        assert watching.wait(100) in (0, 130)
        assert "Traceback" not in watching.communicate()[1]


def await_own_handler(pid: int) -> None:
    """Until our own modules load: what the interpreter does before is its own."""
    end = time.monotonic() + 100
    while "msgspec" not in Path(f"/proc/{pid}/maps").read_text():
        assert time.monotonic() < end
        time.sleep(0.001)  # there is no event of it


def test_the_devices_are_measured_by_clicks(card: VirtualSoundCard, tmp_path: Path) -> None:
    """A microphone that hears the speaker, and one that does not."""
    master = ("source_name=looped", "master=speaker.monitor")
    pactl(card, "load-module", "module-remap-source", *master)
    env = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    told = [
        subprocess.Popen(
            [*COMMAND, "--loopback", *more],
            env=env | {"PULSE_SOURCE": source},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for source, more in (("looped", ("--json",)), ("microphone", ()))
    ]
    (out, err), (_, refusal) = (one.communicate(timeout=100) for one in told)
    assert [one.returncode for one in told] == [0, 1], (err, refusal)
    assert "the microphone did not hear the speaker" in refusal
    measured = last_measured(tmp_path / "state" / "voicescope")
    assert measured is not None
    assert json.loads(out)["lags_ms"] == list(measured.lags_ms)
    assert len(measured.lags_ms) >= 3
    assert abs(measured.median_ms) < 100  # it hears a block before it leaves the converter
