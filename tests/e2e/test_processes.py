"""Three processes and a terminal: none outlives the others, nothing recorded is lost."""

import os
import random
import signal
import termios
import time
from pathlib import Path

import pytest

from tests.e2e.terminal import PATIENT, Terminal, alive, terminal, wait_gone
from tui.analysis.entry import EntryStream
from tui.events import LinkClosed, Pinged, PongSent
from tui.journal.indexing import UNREADABLE
from tui.journal.reader import JournalReader
from tui.providers import open_codec

LIMIT_S = 60.0
"""Only stops a test: what is promised are two seconds, which a busy machine does not keep."""
ALT_SCREEN_OFF = b"\x1b[?1049l"


def open_journal(path: Path) -> JournalReader:
    """Opened and read to the end: every record decodes."""
    reader = JournalReader.open(path)
    entries = list(EntryStream(reader, lambda: open_codec("local")).advance())
    assert [entry.number for entry in entries] == list(range(len(reader)))
    assert UNREADABLE not in {entry.kind for entry in entries}
    assert "conversation_initiation_metadata" in {entry.kind for entry in entries}
    return reader


def live_call(screen: Terminal) -> dict[str, int]:
    """The processes of a call that is under way."""
    screen.wait_for("LIVE")
    screen.wait_for("Hello!")
    children = screen.children()
    assert set(children) == {"session", "agent"}
    return children


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_all_three_and_gives_the_terminal_back(tmp_path: Path, name: str) -> None:
    with terminal(home=tmp_path, command=PATIENT) as screen:
        children = live_call(screen)
        number = getattr(signal, name)
        os.kill(screen.process.pid, number)
        assert screen.end() == 128 + number
        wait_gone(list(children.values()), LIMIT_S)
        check_terminal_is_restored(screen)
        check_closed_in_order(screen.journal)


def test_ctrl_q_asks_during_a_call_and_then_leaves(tmp_path: Path) -> None:
    with terminal(home=tmp_path, command=PATIENT) as screen:
        children = live_call(screen)
        screen.type("\x11")
        screen.wait_for(lambda text: "uit" in text and "y" in text)
        screen.type("y")
        assert screen.end() == 0
        wait_gone(list(children.values()), LIMIT_S)
        check_terminal_is_restored(screen)
        check_closed_in_order(screen.journal)
        assert str(screen.journal) in screen.output.decode(errors="replace").replace("\r\n", "")


def check_terminal_is_restored(screen: Terminal) -> None:
    assert termios.tcgetattr(screen._slave) == screen.attributes
    end = time.monotonic() + LIMIT_S
    while ALT_SCREEN_OFF not in screen.output:
        assert time.monotonic() < end, "the alternate screen was not left"
        time.sleep(0.02)


def check_closed_in_order(path: Path) -> None:
    reader = open_journal(path)
    facts = [reader.fact(n) for n in range(len(reader))]
    closed = [fact for fact in facts if isinstance(fact, LinkClosed)]
    assert [fact.code for fact in closed] == [1000]


@pytest.mark.parametrize("victim", ["screen", "session", "agent"])
def test_kill_9_leaves_a_readable_journal_and_no_orphans(tmp_path: Path, victim: str) -> None:
    with terminal(home=tmp_path) as screen:
        children = live_call(screen)
        screen.type("tell me a story\r")
        screen.wait_for("Once upon a time")
        seed = random.randrange(1 << 32)
        time.sleep(random.Random(seed).random())  # a random moment is what is tested
        pids = {"screen": screen.process.pid, **children}
        os.kill(pids[victim], signal.SIGKILL)
        match victim:
            case "screen":
                wait_gone(list(children.values()), LIMIT_S)
            case "session":
                wait_gone([children["session"], children["agent"]], LIMIT_S)
                screen.wait_for("The session process ended")
                screen.type("\x1bOR")  # F3
                screen.wait_for("LIVE")
                assert set(screen.children()) == {"session", "agent"}
            case "agent":
                wait_gone([children["agent"]], LIMIT_S)
                # The session starts another agent and calls again by itself.
                screen.wait_for("conversation 2")
                screen.wait_for("LIVE")
                assert alive(children["session"])
                assert screen.children()["agent"] != children["agent"]
        reader = open_journal(screen.journal)
        assert len(reader) > 10, f"seed {seed}"


def test_a_terminal_that_is_not_read_for_10_s_loses_no_frame_and_no_pong(tmp_path: Path) -> None:
    with terminal(home=tmp_path, columns=160, rows=45) as screen:
        live_call(screen)
        screen.type("tell me a story\r")
        screen.wait_for("Once upon a time")
        screen.stall()
        stalled_ns = time.monotonic_ns()
        screen.resize(120, 40)  # something to paint that is more than a pty holds
        screen.resize(160, 45)
        time.sleep(10)  # this is the stall
        resumed_ns = time.monotonic_ns()
        screen.resume()
        reader = open_journal(screen.journal)
        entries = list(EntryStream(reader, lambda: open_codec("local")).advance())
        within = [e for e in entries if stalled_ns < e.time_ns < resumed_ns]
        pings = {e.events[0].ping_id: e.time_ns for e in within if isinstance(e.events[0], Pinged)}
        pongs = {v.ping_id: e.time_ns for e in entries for v in e.events if isinstance(v, PongSent)}
        assert len(pings) >= 3
        delays = [(pongs[key] - at) / 1e6 for key, at in pings.items()]
        assert max(delays) < 100, f"pongs took {delays} ms"
        # The screen catches up and is still answered.
        screen.wait_for("LIVE")
        screen.type("what is two plus two\r")
        screen.wait_for(lambda text: "four" in text)


def test_sigterm_during_a_stall_still_ends_everything(tmp_path: Path) -> None:
    with terminal(home=tmp_path, columns=160, rows=45) as screen:
        children = live_call(screen)
        screen.stall()
        for _ in range(40):
            screen.resize(120, 40)
            screen.resize(160, 45)
        os.kill(screen.process.pid, signal.SIGTERM)
        assert screen.end() in (128 + signal.SIGTERM, -signal.SIGKILL)
        wait_gone(list(children.values()), LIMIT_S)


def test_a_replay_shows_what_was_shown_live(tmp_path: Path) -> None:
    with terminal("--say", "what is two plus two", home=tmp_path, columns=160, rows=45) as screen:
        screen.wait_for("four")
        live = panes(screen.wait_for(is_over, timeout=30))
        journal = screen.journal
        screen.type("\x11")
        assert screen.end() == 0
    with terminal("replay", str(journal), home=tmp_path / "other", columns=160, rows=45) as screen:
        screen.wait_for("REPLAY")  # it opens at its end
        replayed = panes(screen.wait_for(is_over))
    assert replayed[0] == live[0]
    assert len(live[1]) > 5
    # The panes differ by a row in height: the rows both show are the same, to the last.
    shown = min(len(live[1]), len(replayed[1]))
    assert replayed[1][-shown:] == live[1][-shown:]


def is_over(text: str) -> bool:
    """Both panes show the end of the call, painted whole."""
    return "you hung up" in text and "link_closed" in text and len(panes(text)[1]) > 5


def panes(text: str) -> tuple[list[str], list[str]]:
    """The rows of the transcript and of the event log, without titles and scrollbars."""
    halves = [row.partition("▕") for row in text.splitlines() if "▕" in row]
    left = [talk.rstrip(" ▐") for talk, _, _ in halves]
    right = [events.rstrip(" ▐").replace("▌", " ") for _, _, events in halves]
    transcript = [row for row in left if row and "─" not in row and "━" not in row]
    return [row for row in transcript if "type to" not in row and "⏵" not in row], [
        row for row in right if any(mark in row for mark in ("←", "→", "·")) and ":" in row[:5]
    ]
