"""The command line as a user meets it: bad input gets one line that says what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.audio.wav import write_tone
from tui.journal.writer import create
from tui.plan import Audio, Plan


def voicescope(
    *arguments: str,
    home: Path,
    env: dict[str, str] | None = None,
    timeout: float = 100,
    stdin: Path = Path(os.devnull),
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
    with stdin.open("rb") as file:
        return subprocess.run(
            [sys.executable, "-m", "tui", *arguments],
            env=variables,
            stdin=file,
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
        (["completoin"], "did you mean 'completion'?"),
        (["rnu"], "there is no command 'rnu'; did you mean 'run'? The commands: run, replay"),
        (["--config", "none.toml", "run"], "none.toml"),
        (["agent", "--scenario", "nosuch"], "--list-scenarios lists those"),
        (["run", "--mic", "none.wav"], "none.wav cannot be read: No such file"),
        (
            ["run", "--mic", "{home}/text.wav"],
            "played: it does not begin as one; convert it with: ffmpeg",
        ),
        (["run", "--mic", "{home}/cut.wav"], "its description is cut short; convert it with"),
        (["run", "--speaker", "{home}/text.wav"], "exists; give --speaker a new name"),
        (["run", "--speaker", "{home}/no/folder/x.wav"], "there is no folder"),
        (["run", "--journal", "{home}/bad.toml"], "exists; give --journal a new name"),
        (["run", "--config", "{home}/none.toml"], "cannot read"),
        (["run", "--config", "{home}/bad.toml"], "unknown key 'jurnal'; did you mean 'journal'?"),
        (["run", "--for", "-1"], "positive"),
        (["run", "--profile", "x"], "there is no profile 'x'"),
        (["run", "--var", "x"], "--var x: give it as NAME=VALUE"),
        (["run", "--var", "secret__x=1"], "can read a command line"),
        (["export", "{home}/bad.toml", "{home}/out"], "is not a VoiceScope journal"),
        (["export", "{home}/text.wav", "{home}/out"], ".jsonl for a whole journal, or .wav, .flac"),
        (["export", "{home}/cut.wav", "{home}/out.mp3"], "or .wav, .flac, .ogg, .opus for the"),
        (["export", "{home}/call.jsonl", "{home}/out.mp3"], "or .wav, .flac, .ogg, .opus for the"),
        (["show", "{home}/bad.toml"], "is not a VoiceScope journal"),
        (["bridge", "--socket", "{home}/none/b.sock"], "--socket: there is no folder"),
        (["export", "{home}/none.jsonl", "{home}/out"], "cannot read"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "text.wav").write_text("this is text\n")
    tone = write_tone(tmp_path / "cut.wav", seconds=0.1)
    tone.write_bytes(tone.read_bytes()[:20])
    (tmp_path / "bad.toml").write_text("[jurnal]\nkeep = true\n")
    done = voicescope(*(a.format(home=tmp_path) for a in arguments), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr
    assert not (tmp_path / "none").exists()


def test_no_key_no_agent_id(tmp_path: Path) -> None:
    done = voicescope("run", "--provider", "elevenlabs", "--no-audio", home=tmp_path)
    assert done.returncode == 1
    assert "agent id" in done.stderr and "--agent-id" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_stream_that_cannot_be_spoken_is_said_and_ends_the_call(tmp_path: Path) -> None:
    """What a pipe holds is known only in the call."""
    mic = write_tone(tmp_path / "mic.wav", seconds=0.1)
    no_rate = bytearray(mic.read_bytes())
    no_rate[24:28] = bytes(4)
    mic.write_bytes(no_rate)
    out = str(tmp_path / "out.wav")
    done = voicescope("run", "--mic", "-", "--speaker", out, home=tmp_path, stdin=mic)
    assert done.returncode == 1
    assert "no microphone: standard input is a WAV stream" in done.stderr
    assert "1 channels at 0 Hz" in done.stderr
    (journal,) = (tmp_path / "state" / "voicescope" / "journals").glob("*.jsonl")
    assert '"audio_failed"' in journal.read_text()


CRASHES = """
import tui.session.__main__ as session, tui.session.session as worker
async def run(self, notices):
    1 / 0
worker.Session.run = run
session.main()
"""


def test_a_session_that_fails_leaves_a_trace_and_does_not_abort(tmp_path: Path) -> None:
    """A thread reads standard input all the while, which the interpreter's end cannot bear."""
    journal = tmp_path / "call.jsonl"
    os.close(create(journal))
    plan = Plan(
        provider="local",
        journal=str(journal),
        base_url="http://127.0.0.1:1",
        audio=Audio(enabled=False),
    )
    process = subprocess.Popen(
        [sys.executable, "-c", CRASHES], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None and process.stderr is not None
    with process.stdin, process.stderr:
        process.stdin.write(msgspec.json.encode(plan) + b"\n")
        process.stdin.flush()
        said = process.stderr.read()
        assert process.wait(100) == 1, said
    assert b"ZeroDivisionError" in said


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


@pytest.mark.parametrize("command", ["", "run", "replay", "calls", "export", "devices", "agent"])
def test_every_help_has_two_examples(tmp_path: Path, command: str) -> None:
    done = voicescope(*filter(None, [command]), "--help", home=tmp_path)
    shown = done.stdout.partition("examples:\n")[2].splitlines()
    assert len(shown) >= 2
    assert {line.split()[0] for line in shown} == {"voicescope"}


def test_packaged_scenarios_are_listed_with_what_they_are_about(tmp_path: Path) -> None:
    done = voicescope("agent", "--list-scenarios", home=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert {"elevenlabs:", "openai:"} <= set(lines)
    assert all(len(line.split()) > 2 for line in lines if line.startswith("  "))


def test_a_shell_completes_commands_flags_and_files(tmp_path: Path) -> None:
    script = voicescope("completion", "bash", home=tmp_path).stdout
    asked = (
        'COMP_WORDS=(voicescope rep); COMP_CWORD=1; _shtab_voicescope; echo "${COMPREPLY[@]}"; '
        "COMP_WORDS=(voicescope run --approve ne); COMP_CWORD=3; COMPREPLY=(); "
        'COMP_LINE="voicescope run --approve ne"; _shtab_voicescope; echo "${COMPREPLY[@]}"'
    )
    told = subprocess.run(
        ["bash", "-c", f"{script}\n{asked}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert told.stdout.split() == ["replay", "report", "never"]
    assert told.stderr == ""
    for shell in ("zsh", "fish"):
        script = voicescope("completion", shell, home=tmp_path).stdout
        assert all(word in script for word in ("list-scenarios", "approve", "watch"))


def test_scenarios_are_listed_as_json(tmp_path: Path) -> None:
    done = voicescope("agent", "--list-scenarios", "--json", home=tmp_path)
    found = {(one["protocol"], one["name"]): one["about"] for one in json.loads(done.stdout)}
    assert "1008" in found["elevenlabs", "row-ending-policy"]
    assert ("openai", "parallel-calls") in found
