"""The command line as a user meets it: bad input gets one line that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wav import write_tone


def voicescope(
    *arguments: str, home: Path, env: dict[str, str] | None = None, timeout: float = 30
) -> "subprocess.CompletedProcess[str]":
    """The command, with nobody's configuration and journals but those in `home`."""
    variables = {
        **os.environ,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "PULSE_SERVER": "unix:/nonexistent",
        **(env or {}),
    }
    for name in ("ELEVENLABS_API_KEY", "ELEVENLABS_AGENT_ID"):
        if name not in (env or {}):
            variables.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.mark.parametrize("command", [[], ["replay", "call.jsonl"]])
def test_without_a_terminal_one_line_names_the_way_out(tmp_path: Path, command: list[str]) -> None:
    done = voicescope(*command, home=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "voicescope run" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--mic", "none.wav"], "cannot read none.wav: No such file"),
        (["run", "--mic", "{home}/text.wav"], "is not a WAV file; convert it with: ffmpeg"),
        (["run", "--speaker", "{home}/no/folder/x.wav"], "there is no folder"),
        (["run", "--journal", "{home}/text.wav"], "exists; give --journal a new name"),
        (["run", "--config", "{home}/none.toml"], "cannot read"),
        (["run", "--config", "{home}/bad.toml"], "unknown key 'jurnal'; did you mean 'journal'?"),
        (["run", "--for", "-1"], "positive"),
        (["run", "--profile", "x"], "there is no profile 'x'"),
        (["run", "--var", "x"], "--var x: give it as NAME=VALUE"),
        (["run", "--var", "secret__x=1"], "can read a command line"),
        (["export", "{home}/text.wav", "{home}/out"], "is not a VoiceScope journal"),
        (["export", "{home}/none.jsonl", "{home}/out"], "cannot read"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "text.wav").write_text("this is text\n")
    (tmp_path / "bad.toml").write_text("[jurnal]\nkeep = true\n")
    done = voicescope(*(a.format(home=tmp_path) for a in arguments), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr


def test_no_key_no_agent_id(tmp_path: Path) -> None:
    done = voicescope("run", "--provider", "elevenlabs", "--no-audio", home=tmp_path)
    assert done.returncode == 1
    assert "agent id" in done.stderr and "--agent-id" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_wav_is_said_by_the_session_too(tmp_path: Path) -> None:
    """A file that looks like WAV and is not: the call goes on in text, and says why."""
    mic = write_tone(tmp_path / "mic.wav", seconds=0.1)
    mic.write_bytes(mic.read_bytes()[:20])
    done = voicescope(
        "run",
        "--mic",
        str(mic),
        "--speaker",
        str(tmp_path / "out.wav"),
        "--for",
        "2",
        home=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    journals = list((tmp_path / "state" / "voicescope" / "journals").glob("*.jsonl"))
    assert len(journals) == 1
    assert '"audio_failed"' in journals[0].read_text()


def test_a_call_that_is_not_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    config, temporary = tmp_path / "config.toml", tmp_path / "tmp"
    config.write_text("[journal]\nkeep = false\n")
    temporary.mkdir()
    done = voicescope(
        "run",
        *("--config", str(config), "--no-audio", "--say", "what is two plus two"),
        home=tmp_path,
        env={"TMPDIR": str(temporary)},
    )
    assert done.returncode == 0, done.stderr
    assert "That is four." in done.stdout
    assert '"journal":null' in done.stdout
    # Not even the identifier that ONNX Runtime's telemetry makes there.
    assert list(temporary.iterdir()) == []
    assert list(tmp_path.rglob("*.jsonl*")) == []
