"""`voicescope compare`: journals side by side, and a script held with two agents."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.agent.helpers import running
from tests.analysis.turns.test_fold import audio, replied, said
from tests.audio.fakes import Samples
from tests.cli.test_main import voicescope
from tests.dashboard.sample_call import write_call
from tests.entries import entries
from tui.cli.targets import Aloud, Pipe
from tui.commands import HangUp
from tui.notices import CallState, Notice
from tui.processes.lifetime import environment

SCENARIO = """
about = "An answer after a while."
[[step]]
wait_for = "user_message"
[[step]]
delay_ms = {delay_ms}
[[step]]
[step.send]
type = "agent_response"
[step.send.agent_response_event]
agent_response = "Ten."
event_id = 1
[[step]]
wait_for = "user_message"
"""


def test_journals_are_put_side_by_side(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        write_call(tmp_path / f"{name}.jsonl")
    page = tmp_path / "page.html"
    paths = [f"{name}.jsonl" for name in ("one", "two", "three")]
    given = [f"<b>\x1b[2J={tmp_path / paths[0]}", *(f"new={tmp_path / one}" for one in paths[1:])]
    done = voicescope("compare", *given, "--html", str(page), home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    ear = next(line for line in lines if line.startswith("ear"))
    assert lines[lines.index(ear) + 1].split()[0] == "new"
    assert "too few: n = " in lines[lines.index(ear) + 1]
    assert lines[-1].startswith("new: 2 calls, 6 turns")
    html = page.read_text()
    assert "default-src 'none'" in html and "http" not in html.replace("http-equiv", "")
    assert "<b>" not in html and "\x1b" not in html and "&lt;b&gt;" in html
    assert html.count("<circle") > 6
    again = voicescope("compare", *given, "--html", str(page), home=tmp_path)
    assert again.returncode == 2 and "page.html exists" in again.stderr
    told = json.loads(voicescope("compare", *given, "--json", home=tmp_path).stdout)
    assert [side["calls"] for side in told["sides"]] == [1, 2]
    both = [one for one in told["figures"] if one["figure"] == "ear_ms"]
    assert both[0]["shape"]["median_ms"] == both[1]["shape"]["median_ms"]
    assert both[1]["difference"]["ms"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give journals, or --script FILE and two --target"),
        (("a.jsonl",), "give the journals of two sides"),
        (("a.jsonl", "b.jsonl"), "cannot read a.jsonl"),
        (("--target", "a=", "--target", "b="), "--target needs --script FILE"),
        (("--target", "a", "--script", "lines.txt"), "give NAME="),
        (("--target", "a=--say hi", "--script", "lines.txt"), "--say is the comparison's own"),
        (("--target", "a=", "--target", "a=", "--script", "lines.txt"), "a name of its own"),
        (("--target", "a=", "--script", "nowhere.txt"), "nowhere.txt"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.txt").write_text("hello\n")
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    done = voicescope("compare", *arguments, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1


class Clicks:
    """A voice that says each character in one sample."""

    rate = 16_000

    def synthesise(self, text: str, speed: float = 1.0) -> Samples:
        return np.arange(1, len(text) + 1, dtype=np.int16)


def test_a_spoken_line_is_answered_by_what_comes_after_it_was_heard() -> None:
    """The greeting's voice, which came late, is no answer to the first line."""
    live = Notice(state=CallState.LIVE, live_ns=0)
    seconds = 1_000_000_000
    with Pipe() as pipe:
        script = Aloud(["one", "three"], Clicks(), pipe)
        assert script.next(live, 0) == []
        assert script.next(live, 2 * seconds) == []  # nothing is typed
        assert len(os.read(pipe.reader, 100)) == 2 * len("one")
        script.read(entries((3000, audio(1))))
        assert (
            script.next(live, 9 * seconds) == [] and not select.select([pipe.reader], [], [], 0)[0]
        )
        script.read(entries((10_000, said(2)), (10_500, replied(2)), (11_000, audio(2))))
        assert script.next(live, 16 * seconds) == []
        assert len(os.read(pipe.reader, 100)) == 2 * len("three")
        script.read(entries((20_000, said(3)), (20_500, replied(3)), (21_000, audio(3))))
        assert script.next(live, 26 * seconds) == [HangUp()]


def test_a_script_is_held_with_each_in_turn_until_it_is_interrupted(tmp_path: Path) -> None:
    """The second agent answers two seconds later, which no busy machine makes less."""
    (tmp_path / "lines.txt").write_text("\n what time is it \n\n")
    paths = [tmp_path / name for name in ("quick.toml", "slow.toml")]
    for path, delay_ms in zip(paths, (0, 2000), strict=True):
        path.write_text(SCENARIO.format(delay_ms=delay_ms))
    quick, slow = (str(path) for path in paths)
    with running("--scenario", quick) as a, running("--scenario", slow) as b:
        targets = [
            *("--target", f"quick=--base-url {a.url}", "--target", f"slow=--base-url {b.url}"),
            *("--script", str(tmp_path / "lines.txt"), "-n", "50", "--warm-up", "0", "--json"),
            *("--", "--agent-id", "any", "--text-only"),
        ]
        home = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        process = subprocess.Popen(
            [sys.executable, "-m", "tui", "compare", *targets],
            env={**environment(), **home},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        told = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert [line.split(":")[0] for line in told] == ["1/100 quick", "2/100 slow"], (told, err)
    assert process.returncode == 130
    assert "interrupted" in err
    found = json.loads(out)
    assert [side["calls"] for side in found["sides"]] == [1, 1]
    (text,) = [one for one in found["figures"] if one["figure"] == "reply_text_ms"][1:]
    assert text["shape"]["median_ms"] >= 2000
    assert text["verdict"] == "too few: n = 1"
    (question,) = found["questions"]
    assert question["words"] == "what time is it"
    for side in found["sides"]:
        assert Path(side["journals"][0]).is_file()
