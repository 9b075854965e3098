"""Turns in a real terminal, by keys as bytes: how long each took, and where that is seen."""

from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, terminal

ENTER, ESCAPE, F5 = "\r", "\x1b", "\x1b[15~"


def say(screen: Terminal, number: int) -> None:
    screen.type(f"what is {number} plus {number}{ENTER}")
    screen.wait_for(lambda text: f"#{number}  agent  That is" in text)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_a_turn_in_three_keys(tmp_path: Path, columns: int, rows: int) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[screen]\nslow_ms = 1\n")
    options = ("--local", "--no-audio", "--config", str(config))
    with terminal(*options, home=tmp_path, columns=columns, rows=rows) as screen:
        screen.wait_for("LIVE")
        screen.wait_for("#0  agent")
        for number in (1, 2, 3):
            say(screen, number)
        screen.type(F5)
        screen.wait_for("4 Turns 4 ")
        bars = columns == 160
        text = screen.wait_for(lambda text: "n=3" in text and ("last 5" in text) is bars)
        assert ("1 Transcript" in text) is (columns == 160)
        assert all(name in text for name in ("p50", "p95", "underruns 0"))
        if bars:
            screen.type("w")
        screen.wait_for(lambda text: all(n in text for n in ("endpoint", "1st byte", "max")))
        screen.type("2")
        screen.wait_for("#2 took ")
        screen.wait_for("▲ Slow: more than slow_ms = 1 (1 ms).")
        screen.type(ENTER)
        screen.wait_for(lambda text: "turn:2" in text and "user_message" in text)
        assert "what is 2 plus 2" in screen.text
        screen.type(ESCAPE)
        screen.wait_for(lambda text: "turn:2" not in text)
        screen.type("4o")
        screen.wait_for("who▼")
        screen.type(F5)
        screen.wait_for(lambda text: "4 Turns" not in text)


def test_a_line_leads_to_its_records(tmp_path: Path) -> None:
    with terminal("--local", "--no-audio", home=tmp_path) as screen:
        screen.wait_for("LIVE")
        screen.wait_for("#0  agent")
        for number in (1, 2):
            say(screen, number)
        screen.type(ESCAPE)
        screen.wait_for("⏎ Detail")
        screen.type("1")
        screen.wait_for("━1 Transcript")
        screen.type("kk")
        screen.wait_for(
            lambda text: any(
                row.startswith("▌") and "user_message" in row for row in text.split("\n")
            )
        )
        screen.type(ENTER)
        screen.wait_for("━2 Events")
