"""The VAD line: what each row tells, at each size, in words and in glyphs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript, write_call
from tests.dashboard.scripted import ScriptedClock
from tests.dashboard.stage import Stage
from tests.dashboard.test_no_color import READABLE, THEMES, contrast, style_of
from tests.dashboard.test_replay import replay_of, until
from tui import events
from tui.analysis.voice_activity import Cell
from tui.dashboard.app import VoiceScopeApp
from tui.dashboard.common.ascii import to_ascii
from tui.dashboard.events.log import EventLog
from tui.dashboard.vad import traces
from tui.dashboard.vad.levels import Told
from tui.dashboard.vad.rows import Hearing, Shown, rows
from tui.dashboard.vad.vad_line import VadLine
from tui.provider import Capabilities


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """The sample call, live after 14 s."""
    return write_call(tmp_path / "support-0042.jsonl", ended=False)


def line(stage: Stage) -> list[str]:
    widget = stage.app.screen_stack[0].query_one(VadLine)
    return stage.rows()[widget.region.y : widget.region.bottom]


async def says(stage: Stage, words: str, row: int = 0, **fields: Any) -> list[str]:
    """What it shows once a row ends in `words`, after a notice."""
    await stage.show(**fields)
    wanted = words.split()
    await stage.until(lambda: line(stage)[row].split()[-len(wanted) :] == wanted, words)
    return line(stage)


def painted(glyphs: list[traces.Glyph]) -> str:
    return "".join(glyph.text for glyph in glyphs)


# ── Glyphs ───────────────────────────────────────────────────────────────────────────────────────


def test_the_threshold_is_a_change_of_shape_and_each_edge_a_bracket() -> None:
    cells = [Cell(score=score) for score in (0.0, 0.3, 0.49, 0.5, 0.8, 1.0, 0.2, 0.0)]
    assert painted(traces.scores(cells)) == "⣀⣀▕▄▆█▏⣀"
    assert to_ascii(painted(traces.scores(cells))) == "..|=*#|."
    styles = [glyph.style for glyph in traces.scores(cells)]
    assert styles == ["quiet"] * 2 + ["speech"] * 5 + ["quiet"]


def test_speech_of_one_cell_is_not_hidden_by_its_edges() -> None:
    quiet, loud = Cell(level=-50.0), Cell(level=-18.0, user=True)
    assert painted(traces.levels([quiet, quiet, loud, quiet, loud, quiet])) == "⣀▕▆▏▆▏"
    assert painted(traces.talk([Cell(), loud, Cell(), Cell()])) == "▕▀▏ "


def test_both_sides_on_one_axis_in_one_row() -> None:
    agent, both, you = Cell(agent=True), Cell(agent=True, user=True), Cell(user=True)
    cut = Cell(agent=True, user=True, cut=True)
    row = traces.talk([Cell(), agent, agent, both, cut, you, Cell(), Cell()])
    assert painted(row) == " ▄▄█✂▀▏ "
    assert to_ascii(painted(row)) == ' ==#%"| '
    assert painted(traces.agent([Cell(), agent, both, cut, you])) == " ▄▄✂ "


def test_what_is_not_sent_is_flat_and_grey() -> None:
    cells = [
        Cell(score=0.9, user=True),
        Cell(closed=True),
        Cell(score=0.9, closed=True, user=True, level=-20.0),
        Cell(closed=True, level=-50.0),
        Cell(score=0.0, level=-50.0),
    ]
    for row in (traces.scores(cells), traces.levels(cells)):
        assert painted(row)[2:4] == "×─"
        assert [glyph.style for glyph in row[2:4]] == ["muted"] * 2
    assert to_ascii(painted(traces.scores(cells)))[2:] == "x-."


def test_ticks_are_where_nothing_is() -> None:
    row = traces.ticked([traces.BLANK] * 20, 8, 5)
    assert painted(row) == "    ╵10s    ╵5s     "
    assert to_ascii(painted(row)) == "    '10s    '5s     "
    busy = [traces.BLANK] * 13 + [traces.Glyph("▄", "agent")] * 7
    assert painted(traces.ticked(busy, 8, 5)) == "    ╵10s     ▄▄▄▄▄▄▄"


@pytest.mark.parametrize(("width", "height", "first"), [(80, 2, 0), (160, 3, 0)])
def test_edges_that_the_provider_tells_stand_where_it_sends_no_score(
    width: int, height: int, first: int
) -> None:
    quiet = [Cell(level=-50.0)] * 2
    cells = [*quiet, *[Cell(level=-20.0, user=n > 0, heard=n < 2) for n in range(3)], *quiet]
    told = Told(-20.0, -12.0, "quiet", "quiet", "no score")
    shown = Shown(cells, 250_000_000, Hearing.EDGES, False, None, told, told)
    texts = ["".join(span.text for span in row) for row in rows(shown, width, height)]
    assert texts[first].startswith(" heard      ⣀▕▅▅▏⣀⣀")
    assert "▕▅▅▅▏" not in texts[1]
    if height == 3:
        assert texts[1].startswith(" local      ⣀⣀▕▅▅▏⣀")
    else:
        assert texts[1].startswith(" ▀you▄agent   ▕▀▀▏ ")


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────


async def test_80_columns_tell_score_detector_and_agent(
    open_stage: OpenStage, running: Path
) -> None:
    clock = ScriptedClock()
    async with open_stage(running, 80, 24, clock=clock) as stage:
        await stage.show(vad_score=0.94)
        clock.wait(250)
        await stage.until(lambda: "▄" in line(stage)[1][12:])
        top, below = line(stage)
        assert top.startswith(" vad 0.94   ") and below.startswith(" ▀you▄agent ")
        # Until 14 s, 43 cells: your two turns; a reply, cut by the second one, and two more.
        assert top[12:55] == "█▇▇█▇▏⣀⣀⣀⣀⣀⣀⣀⣀▕▇█▇▇▏" + "⣀" * 22 + "─"
        assert below[12:55] == "▀▀▀▀▀▀▏ ▄▄▄▄▄▄▄█✂▀▀▏   ▄▄▄▄▄▄▄▄▄▄▄    ▄▄▄▄▄"
        clock.wait(4_000)
        moved = below.index("✂") - 16  # cells are four seconds
        await stage.until(lambda: line(stage)[1].find("✂") == moved)


async def test_words_are_of_both_sides(open_stage: OpenStage, running: Path) -> None:
    async with open_stage(running, 80, 24) as stage:
        await says(
            stage, "-18 ▲-12 SPEECH thr 0.5",
            mic_dbfs=-18.0, mic_peak_dbfs=-11.6, speaking=True, vad_score=0.94, buffer_ms=60,
        )  # fmt: skip
        assert line(stage)[1].split()[-4:] == ["---", "quiet", "buf", "60"]
        await says(
            stage, "-20 ▲ -9 SPEECH buf 140", row=1,
            mic_dbfs=-50.0, speaker_dbfs=-20.0, speaker_peak_dbfs=-9.0, agent_speaking=True,
            buffer_ms=140,
        )  # fmt: skip
        assert [len(row) for row in line(stage)] == [80, 80]


async def test_three_rows_where_it_is_wide(open_stage: OpenStage, running: Path) -> None:
    async with open_stage(running, 160, 45) as stage:
        await says(
            stage, "-20 dB ▲ -9 SPEECH", row=2, vad_score=0.02,
            speaker_dbfs=-20.0, speaker_peak_dbfs=-9.0, agent_speaking=True,
        )  # fmt: skip
        await stage.until(lambda: "✂" in line(stage)[2], "what the journal tells")
        score, local, agent = line(stage)
        assert (score[:7], local[:7], agent[:7]) == (" vad 0.", " local ", " agent ")
        assert score.rstrip().endswith(" speech from 0.50")
        cut = agent.index("✂")
        # You began within the cell before the cut, on the same axis; half a second a cell.
        assert local[cut - 2 : cut] == "⣀▕" and local[cut] not in " ⣀▕▏"
        assert agent[cut - 1] == "▄" and "╵20s" in agent
        assert len(score.rstrip()) > 130 and {len(row) for row in line(stage)} == {160}


async def test_60_columns_keep_score_level_and_state(open_stage: OpenStage, running: Path) -> None:
    async with open_stage(running, 60, 20) as stage:
        shown_rows = await says(stage, "-18 MUTED", mic_dbfs=-18.0, vad_score=0.5, muted=True)
        assert shown_rows[0].startswith(" vad 0.50 ") and len(shown_rows[0]) == 60
        await stage.until(lambda: "✂" in line(stage)[1][12:50])


@pytest.mark.parametrize(
    ("size", "label", "said"),
    [
        ((80, 24), " local ", "no score"),
        ((60, 20), " local only ", ""),
        ((160, 45), " local ", "no score"),
    ],
)
async def test_without_scores_the_local_detector_stands_alone_and_it_is_said(
    open_stage: OpenStage, running: Path, size: tuple[int, int], label: str, said: str
) -> None:
    """The sample has scores all the same: they are not this provider's."""
    async with open_stage(running, *size, able=Capabilities()) as stage:
        await stage.show(mic_dbfs=-20.0)
        await stage.until(lambda: "✂" in line(stage)[-1])
        top, *below = line(stage)
        assert len(below) == 1 and top.startswith(label) and said in top
        assert "vad" not in top + below[0]
        assert "▕" in top and "⣀" in top


async def test_a_score_that_has_not_come_yet_is_said_to_be_missing(
    open_stage: OpenStage, script: CallScript
) -> None:
    script.fact(events.LinkOpened(elapsed_ms=1))
    async with open_stage(script.path, 160, 45) as stage:
        await stage.show()
        await stage.until(lambda: "no score has come" in line(stage)[0])
        assert line(stage)[0].startswith(" vad  -- ")
        await stage.show(vad_score=0.1)
        await stage.until(lambda: "speech from 0.50" in line(stage)[0])


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"muted": True}, "MUTED"),
        ({"muted": True, "push_to_talk": True}, "PUSH"),
        ({"push_to_talk": True}, "quiet"),
        ({"held": True}, "HELD"),
        ({"held": True, "muted": True}, "HELD"),
    ],
)
async def test_a_closed_microphone_is_still_heard_here(
    open_stage: OpenStage, script: CallScript, fields: dict[str, Any], word: str
) -> None:
    script.fact(events.LinkOpened(elapsed_ms=1))
    script.fact(events.MicMuted(muted=bool(fields.get("muted"))))
    script.fact(events.CallHeld(held=bool(fields.get("held"))))
    script.at(1000)
    script.ping(1, 1)
    async with open_stage(script.path, 80, 24) as stage:
        for level in (-50.0, -30.0, -10.0):
            await says(
                stage, f"{level:.0f} {word} thr 0.5", mic_dbfs=level, vad_score=0.0, **fields
            )
        if word != "quiet":
            await stage.until(lambda: "─×" in line(stage)[0])


async def test_a_peak_is_held_and_let_go_and_clipping_is_a_word(
    open_stage: OpenStage, running: Path
) -> None:
    """A notice's own peak is of the last second; six notices hold it half a second more."""
    async with open_stage(running) as stage:
        for loudest, said in ((-3.0, "▲ -3"), (0.0, "CLIP")):
            stage.backend.say(mic_dbfs=-30.0, mic_peak_dbfs=loudest)
            for _ in range(5):
                stage.backend.say(mic_dbfs=-30.0, mic_peak_dbfs=-24.0)
            await says(stage, "▲-24 quiet thr 0.5", mic_dbfs=-30.0, mic_peak_dbfs=-24.0)
            await stage.show(mic_dbfs=-30.0, mic_peak_dbfs=loudest)
            await stage.until(lambda: said in line(stage)[0], said)  # noqa: B023


# ── In a replay ──────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def replayed(path: Path, width: int, height: int) -> AsyncIterator[tuple[Any, Any]]:
    replay = replay_of(path, lambda: 0, speed=0.0)
    replay.capabilities = Capabilities(vad_score=True)
    app = VoiceScopeApp(replay)
    async with app.run_test(size=(width, height)) as pilot:
        await until(app, lambda: app.screen.query_one(EventLog).model.rows.records == 483)
        yield app, pilot


def shown(app: VoiceScopeApp) -> list[str]:
    widget = app.screen_stack[0].query_one(VadLine)
    return [widget.render_line(y).text for y in range(widget.size.height)]


async def test_a_replay_opens_with_its_history_and_follows_the_pointer(sample: Path) -> None:
    async with replayed(sample, 80, 24) as (app, pilot):
        await until(app, lambda: "✂" in shown(app)[1])
        assert "█" in shown(app)[0] and "at " not in shown(app)[1]
        log = app.screen.query_one(EventLog)
        log.focus()
        onset = next(n for n in range(300) if kind(app, n) == "interruption") - 1
        while kind(app, onset) != "speech_started":
            onset -= 1
        log.point_at_record(onset)
        await until(app, lambda: "at 00:07" in shown(app)[1])
        top, below = shown(app)
        assert below[12:55].endswith("▄█") and "✂" not in below, "what came later is not shown"
        assert "SPEECH" in top
        log.point_at_record(onset + 10)
        await until(app, lambda: shown(app)[1][12:55].endswith("▄█✂"))
        await pilot.press("f")
        await until(app, lambda: "at 00:07" not in shown(app)[1] and "▄▄▄▄" in shown(app)[1])


def kind(app: VoiceScopeApp, number: int) -> str:
    return app.screen.query_one(VadLine)._reader.kind(number)


async def test_while_a_call_is_live_the_line_is_of_now(
    open_stage: OpenStage, running: Path
) -> None:
    async with open_stage(running, 80, 24) as stage:
        await stage.show()
        await stage.press("escape", "k", "k", "g")
        await stage.until(lambda: stage.log.pointed == 0)
        await stage.until(lambda: "✂" in line(stage)[1])
        assert "at " not in line(stage)[1]


# ── Numbers that are none ────────────────────────────────────────────────────────────────────────


async def test_what_is_painted_in_part_is_what_is_painted_whole(
    open_stage: OpenStage, running: Path
) -> None:
    async with open_stage(running, 80, 24) as stage:
        widget = stage.app.screen_stack[0].query_one(VadLine)
        for tick in range(12):
            speaking = tick % 4 < 2
            await stage.show(mic_dbfs=-30.0 - tick, speaking=speaking, agent_speaking=not speaking)
            await stage.until(lambda: line(stage) == [widget.render_line(y).text for y in range(2)])


@pytest.mark.parametrize("theme", THEMES)
async def test_without_colour_speech_stands_out_and_what_is_not_sent_does_not(
    open_stage: OpenStage, running: Path, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_stage(running, 80, 24) as stage:
        stage.app.theme = theme
        await stage.show(vad_score=0.1)
        await stage.until(lambda: "█▇" in line(stage)[0] and "✂" in line(stage)[1])
        loud = [style_of(stage, glyph) for glyph in ("█▇", "▄▄▄▄", "✂")]
        assert all(style.bold for style in loud)
        assert min(map(contrast, loud)) >= READABLE
        assert contrast(style_of(stage, "⣀⣀⣀⣀")) < min(map(contrast, loud))
