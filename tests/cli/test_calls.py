"""`voicescope calls`: what is listed, found by its words, and passed over."""

import json
import os
from pathlib import Path

from tests.cli.test_main import voicescope
from tests.dashboard.sample_call import write_call
from tests.journals import write_journal
from tui.journal.about import About, write_about


def calls(home: Path, *arguments: str) -> tuple[int, str, str]:
    done = voicescope("calls", *arguments, home=home, env={"TZ": "UTC"})
    return done.returncode, done.stdout, done.stderr


def recorded(home: Path) -> Path:
    """Two calls, the second one later, and what is none."""
    folder = home / "state" / "voicescope" / "journals"
    folder.mkdir(parents=True)
    write_call(folder / "a.jsonl")
    write_call(folder / "b.jsonl", ended=False)
    write_journal(folder / "never-connected.jsonl").close()
    (folder / "foreign.jsonl").write_text('{"mine": 1}\n')
    write_about(folder / "a.jsonl", About(tag="billing", note="hung up on us"))
    for age, name in enumerate(("b", "a", "never-connected")):
        os.utime(folder / f"{name}.jsonl", (1e9 - age, 1e9 - age))
    return folder


def test_calls_are_listed_with_how_they_were(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    code, out, err = calls(tmp_path)
    assert (code, err) == (0, "")
    head, newer, older, never = out.splitlines()
    assert head.split()[:3] == ["when", "whom", "length"]
    assert newer.split() == [
        *("2026-01-01", "14:03", "local", "agent", "00:14", "3"),
        *("0.8/1.2", "s", "no", "end", "b.jsonl"),
    ]
    said = ["billing", "hung", "up", "on", "us", "a.jsonl"]
    assert "agent 1000" in older and older.split()[-6:] == said
    assert "not connected" in never and never.endswith("never-connected.jsonl")
    assert " 2 " in older  # two frames that were not understood
    code, out, _ = calls(tmp_path, "--json", "--last", "1")
    (line,) = out.splitlines()
    call = json.loads(line)
    assert call["journal"] == str(folder / "b.jsonl")
    assert call["summary"]["turns"] == 3
    assert (call["writing"], call["tag"], call["note"]) == (False, "", "")
    assert calls(tmp_path, "--path") == (0, f"{folder / 'b.jsonl'}\n", "")


def test_calls_are_found_by_what_was_said(tmp_path: Path) -> None:
    recorded(tmp_path)
    assert calls(tmp_path, "REFUND", "gift")[0] == 0
    for words in (("billing",), ("thursday", "refund", "hung"), ("2026-01-01", "local")):
        assert calls(tmp_path, "--path", *words)[1].endswith(
            "/a.jsonl\n" if "local" not in words else "/b.jsonl\n"
        )
    code, out, err = calls(tmp_path, "refund", "giraffe")
    assert (code, out) == (1, "")
    assert "holds no recorded call in which that was said" in err


def test_a_folder_without_calls_says_so(tmp_path: Path) -> None:
    code, _, err = calls(tmp_path, "--folder", str(tmp_path / "nowhere"))
    assert code == 1
    assert "nowhere holds no recorded call" in err
