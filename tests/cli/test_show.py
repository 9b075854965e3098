"""`voicescope show`: a call as text and as JSON, and the records that a filter lets through."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.dashboard.puzzle_call import write_puzzle
from tests.dashboard.sample_call import CallScript, write_call
from tui import events
from tui.cli.main import main
from tui.cli.show import _passing
from tui.config import ConfigError
from tui.export.report.call import CallData
from tui.journal.record import Direction, Header, encode_line


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["show", *arguments])
    return code, capsys.readouterr().out


def test_a_call_is_shown_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = shown(capsys, str(write_puzzle(tmp_path / "call.jsonl")))
    assert code == 0
    head, _, rest = out.partition("\ntranscript\n")
    assert "local agent" in head and "8 turns, 2 tool calls, 1 errors" in head
    assert "ended: it has no end on record" in head
    assert "#7   tool   get_invoice" in rest
    (row,) = [line for line in out.splitlines() if line.split()[:2] == ["#7", "text"]]
    assert row.split()[-2:] == ["3,140", "3,192"]
    assert out.splitlines()[-3:] == [
        "  turn 4: 992 ms, slow beside the others: tool 410 ms",
        "  turn 4: tool address_book failed: connection refused: address book",
        "  turn 7: tool get_invoice took 2.6 s",
    ]


def test_json_has_the_figures_of_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_call(tmp_path / "call.jsonl")
    data = json.loads(shown(capsys, str(path), "--json")[1])
    turns = {turn["turn"]: turn for turn in data["turns"]}
    assert (turns[1]["ear_ms"], turns[1]["barge_in_ms"]) == (760, 256)
    assert data["summary"]["ear"]["max_ms"] == turns[2]["ear_ms"] == 1212
    (said,) = (
        line for line in data["transcript"] if line.get("event_id") == 2 and "ear_ms" in line
    )
    assert (said["turn"], said["ear_ms"], said["unheard_ms"]) == (1, 760, 2094)
    assert data["settings"]["devices"][0].startswith("input USB Headset, 48 kHz")
    assert json.loads(data["settings"]["asked"][0])["source_info"]["version"] == "voicescope 0.1.0"


def test_a_filter_gives_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write_puzzle(tmp_path / "call.jsonl"))
    code, out = shown(capsys, path, "--filter", "turn:4 is:error")
    assert code == 0
    assert "→!client_tool_result" in out and out.count("\n") == 1
    record = json.loads(shown(capsys, path, "--filter", "turn:4 is:error", "--json")[1])
    assert record["frame"]["result"] == "connection refused: address book"
    assert (record["turn"], record["marks"], record["t"]) == (4, ["error", "tool"], 20.66)
    assert shown(capsys, path, "--filter", "giraffe") == (1, "")
    with pytest.raises(ConfigError, match=r"no field foo.*at character 1 of 'foo:4'"):
        _passing(CallData(Path(path)), "foo:4")


def test_the_providers_record_stands_beside_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_puzzle(tmp_path / "call.jsonl")
    turns = (
        events.ReportedTurn(role="user", reply_id=4),
        events.ReportedTurn(role="agent", reply_id=4, ms={"llm_ttfb": 421.1}, tools_ms={"x": 9}),
    )
    before = path.read_bytes()
    for name, conversation in (("call", "conv_77aa"), ("other", "conv_of_another")):
        report = events.CallReported(
            conversation_id=conversation, status="done", credits=312, usd=0.0312, turns=turns
        )
        text = msgspec.json.encode(report).decode()
        header = Header(999, 1_050_000_000_000, Direction.FACT, report.kind, len(text), 8)
        (tmp_path / f"{name}.jsonl").write_bytes(before + encode_line(header, text))
    out = shown(capsys, str(path))[1]
    assert "  done, 312 credits, $0.0312, 2 turns\n  #4    llm_ttfb 421 ms, tool x 9 ms" in out
    data = json.loads(shown(capsys, str(path), "--json")[1])
    assert [turn["provider_ms"] for turn in data["turns"] if turn["provider_ms"]] == [
        {"llm_ttfb": 421.1, "tool x": 9}
    ]
    assert "llm_ttfb" not in shown(capsys, str(tmp_path / "other.jsonl"))[1]


def test_what_a_server_says_acts_on_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = CallScript(tmp_path / "call.jsonl")
    script.agent("\x1b]0;owned\x07 hi \x9b31m", 1)
    script.received({"type": "\x1b[2J", "x": "\x1b[31m"})
    script.close()
    path = str(script.path)
    for arguments in ([path], [path, "--json"], [path, "--filter", ""]):
        out = shown(capsys, *arguments)[1]
        assert "hi" in out
        assert not any(char in out for char in "\x1b\x07\x9b")
