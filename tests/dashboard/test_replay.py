"""A replayed call looks like the live one, and time in it goes as the user says."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tests.dashboard.scripted import ScriptedBackend
from tests.dashboard.stage import WAIT_S, Stage
from tui.backend.base import ReplayVerb
from tui.backend.replay import Replay, open_replay
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.common.keys import RECORDED
from tui.dashboard.events.log import EventLog
from tui.dashboard.transcript.pane import Transcript
from tui.events import LinkOpened
from tui.journal.folder import lock
from tui.journal.reader import JournalReader
from tui.notices import CallState, Notice
from tui.providers.elevenlabs.codec import ElevenLabsCodec
from tui.providers.elevenlabs.summary import summarize

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ns = 5_000 * SECOND

    def __call__(self) -> int:
        return self.ns


def replay_of(path: Path, clock: Callable[[], int], **settings: float | bool) -> Replay:
    playing = bool(settings.get("playing", True))
    speed = float(settings.get("speed", 1.0))
    reader = JournalReader.open(path)
    return Replay(reader, ElevenLabsCodec, summarize, speed=speed, playing=playing, clock=clock)


def texts(app: VoiceScopeApp) -> tuple[list[str], list[str]]:
    """The transcript's wrapped rows and the event log's columns."""
    log, talk = app.screen.query_one(EventLog), app.screen.query_one(Transcript)
    said = ["".join(text for text, _ in row) for row in talk._lines.rows]
    rows = [str(log.painter.columns(row)) for row in range(len(log.model.rows))]
    return said, rows


async def until(app: VoiceScopeApp, true: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110  the screen has no event for it
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)


async def test_the_same_rows_as_live(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        for records in (30, 100, 250, 483):
            await stage.show(records=records)
            await stage.until(lambda: stage.log.model.rows.records == records)  # noqa: B023
        live = texts(stage.app)
        assert len(live[0]) > 8
        assert len(live[1]) > 30
    for speed in (16.0, 0.0):
        replay = replay_of(sample, Clock(), speed=speed)
        app = VoiceScopeApp(replay)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("end")
            log = app.screen.query_one(EventLog)
            await until(app, lambda: log.model.rows.records == 483)  # noqa: B023
            assert texts(app) == live


async def test_what_is_typed_in_one_go_is_no_key_of_the_replay(sample: Path) -> None:
    """A space would play, a point step, a minus slow down."""
    replay = replay_of(sample, Clock(), speed=0.0)
    app = VoiceScopeApp(replay)
    async with app.run_test(size=(80, 24)) as pilot:
        log = app.screen.query_one(EventLog)
        await until(app, lambda: log.model.rows.records == 483)
        speed = replay.state.speed
        Stage(app, ScriptedBackend(sample), pilot).type("/n:2-4 $.n > 5\r")
        await until(app, lambda: app.focused is log)
        assert log.model.filter_text == "n:2-4 $.n > 5"
        assert replay.state.speed == speed
        assert log.model.rows.records == 483


@asynccontextmanager
async def playing(path: Path, clock: Clock) -> AsyncIterator[tuple[Replay, Callable[[], Notice]]]:
    """A replay whose next notice is had by calling; the clock moves only when told."""
    replay = replay_of(path, clock)
    notices = replay.notices()
    seen: list[Notice] = [await anext(notices)]

    async def consume() -> None:
        async for notice in notices:
            seen.append(notice)

    task = asyncio.create_task(consume())
    yield replay, lambda: seen[-1]
    await replay.close()
    await task


Playing = AbstractAsyncContextManager[tuple[Replay, Callable[[], Notice]]]


async def soon(true: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_is_paced_by_the_records_own_times(sample: Path) -> None:
    clock = Clock()
    async with playing(sample, clock) as (replay, notice):
        assert notice().records == 1
        clock.ns += SECOND // 10
        await soon(lambda: notice().state is CallState.CONNECTING)
        clock.ns += SECOND
        await soon(lambda: notice().state is CallState.LIVE)
        at = replay.state.at_ns
        assert at == SECOND * 11 // 10
        assert replay.reader.time_ns(notice().records) > replay.reader.time_ns(0) + at
        assert notice().live_ns == clock.ns - (at - 116_000_000)
        clock.ns += 3 * SECOND
        await soon(lambda: notice().speaking)
        assert notice().mic_dbfs > -40
        clock.ns += 2 * SECOND
        await soon(lambda: notice().agent_speaking)
        assert notice().speaker_dbfs == -20
        assert notice().target == "local agent"
        assert notice().mic_available


async def test_speed(sample: Path) -> None:
    clock = Clock()
    async with playing(sample, clock) as (replay, notice):
        for _ in range(3):
            replay.ask(ReplayVerb.FASTER)
        assert replay.state.speed == 8.0
        clock.ns += SECOND
        await soon(lambda: replay.state.at_ns == 8 * SECOND)
        for _ in range(9):
            replay.ask(ReplayVerb.SLOWER)
        assert replay.state.speed == 0.25
        for _ in range(9):
            replay.ask(ReplayVerb.FASTER)
        clock.ns += 1
        await soon(lambda: notice().records == 483)
        assert replay.state.speed == 0.0
        assert notice().state is CallState.IDLE


async def test_pause_and_step(sample: Path) -> None:
    clock = Clock()
    async with playing(sample, clock) as (replay, notice):
        replay.ask(ReplayVerb.TOGGLE)
        clock.ns += 5 * SECOND
        replay.ask(ReplayVerb.STEP)
        await soon(lambda: notice().records == 2)
        replay.ask(ReplayVerb.STEP)
        await soon(lambda: notice().records == 3)
        assert not replay.state.playing
        replay.ask(ReplayVerb.TOGGLE)
        assert replay.state.playing


async def test_long_silences_are_cut_and_said(tmp_path: Path) -> None:
    script = CallScript(tmp_path / "silence.jsonl")
    script.at(60_000)
    script.vad(0.5)
    script.close()
    clock = Clock()
    async with playing(script.path, clock) as (replay, notice):
        assert replay.state.skipped_ns == 57 * SECOND
        clock.ns += 3 * SECOND
        await soon(lambda: notice().records == 2)
        assert replay.state.at_ns == 60 * SECOND


async def test_a_journal_that_another_process_writes_is_followed_to_its_end(
    script: CallScript,
) -> None:
    script.fact(LinkOpened(elapsed_ms=1))
    locked = os.open(script.path, os.O_RDONLY)
    lock(locked)
    replay = open_replay(script.path)
    replay.ask(ReplayVerb.END)
    app = VoiceScopeApp(replay)
    async with app.run_test(size=(80, 24)) as pilot:

        def text() -> str:
            return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

        await until(app, lambda: "● following" in text())
        assert "being written by another process" in text()
        script.at(65_000)
        script.user("Where is my refund?", 1)
        await until(app, lambda: "Where is my refund?" in text())
        assert "01:05" in text()
        await pilot.press("space")
        await until(app, lambda: "‖ paused" in text())
        script.at(90_000)
        script.agent("On its way.", 1)
        await until(app, lambda: "01:05 / 01:30" in text())
        assert "On its way." not in text()
        assert "LIVE  local agent" not in text() and "01:30  " not in text().splitlines()[0]
        await pilot.press("end")
        await until(app, lambda: "On its way." in text())
        script.agent("It has arrived.", 2)
        os.close(locked)
        await until(app, lambda: "its writer has ended" in text())
        assert "It has arrived." in text()
        assert "■ at the end" in text()


async def test_keys_and_the_bar(sample: Path) -> None:
    app = VoiceScopeApp(replay_of(sample, Clock()))
    async with app.run_test(size=(80, 24)) as pilot:

        def text() -> str:
            return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

        await until(app, lambda: "▶ playing" in text())
        assert "▶ REPLAY" in text()
        assert "Space Play . Step + Faster - Slower End End F1 Help ^p Menu ^q Quit" in text()
        await pilot.press("space", "full_stop", "full_stop")
        await until(app, lambda: "‖ paused" in text())
        assert "3 of 483  1×" in text()
        assert "Events 3 " in text()
        await pilot.press("plus", "minus", "minus")
        await until(app, lambda: "0.5×" in text())
        await pilot.press("end")
        await until(app, lambda: "■ at the end" in text())
        assert "Thanks, that is all." in text()
        await pilot.press("home")
        await until(app, lambda: "Events 0 " in text() or "Events 1 " in text())
        assert "Thanks, that is all." not in text()
        await pilot.resize_terminal(80, 50)
        await pilot.press("f1")
        await until(app, lambda: "Play, pause" in text())
        await pilot.press("escape", "f3")
        assert [note.message for note in app._notifications] == [RECORDED]
        await pilot.press("ctrl+q")
        await until(app, lambda: app._exit)


async def test_a_tiny_terminal_says_the_same_of_the_microphone(sample: Path) -> None:
    clock = Clock()
    app = VoiceScopeApp(replay_of(sample, clock, playing=False))
    async with app.run_test(size=(80, 24)) as pilot:

        def text() -> str:
            return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

        await until(app, lambda: "▶ REPLAY" in text())
        assert "mic was on" in text()
        await pilot.resize_terminal(20, 5)
        await until(app, lambda: "REPLAY" not in text())
        assert "mic was on" in text()


@pytest.mark.parametrize("speed", [0.0, 16.0])
async def test_close_ends_the_notices(sample: Path, speed: float) -> None:
    clock = Clock()
    async with playing(sample, clock) as (replay, _):
        await replay.close()
