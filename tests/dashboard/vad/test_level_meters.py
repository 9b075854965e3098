"""The meters: level, held peak, clipping, who speaks, score and buffer; on one row or two."""

from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage
from tui.dashboard.vad.level_meters import BARS, DOTS, LevelMeters


def meter(stage: Stage, label: str) -> str:
    """The painted row of `label`, wherever a banner has pushed it."""
    return next(row for row in stage.rows() if row.startswith(f" {label} "))


def half(stage: Stage, label: str) -> str:
    """What the meters say of one side, on a row of its own or on that of both."""
    row = meter(stage, label if stage.app.size.width >= 120 else "mic")
    mic, _, agent = row.partition(" agent ")
    return agent if label == "agent" else mic


async def says(stage: Stage, words: str, label: str = "mic", **fields: Any) -> str:
    """What it says of a side once that ends in `words`, after a notice."""
    await stage.show(**fields)
    wanted = words.split()
    await stage.until(lambda: half(stage, label).split()[-len(wanted) :] == wanted, words)
    return half(stage, label)


async def test_one_row_tells_all_of_both_sides(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 80, 24) as stage:
        mic = await says(
            stage, "-18 ▲-12 SPEECH vad 0.94",
            mic_dbfs=-18.0, mic_peak_dbfs=-11.6, speaking=True, vad_score=0.94, buffer_ms=60,
        )  # fmt: skip
        assert mic.startswith(" mic ") and "▆" in mic
        assert half(stage, "agent").split() == ["---", "quiet", "buf", "60"]
        agent = await says(
            stage, "-20 ▲ -9 SPEECH buf 140", label="agent",
            mic_dbfs=-50.0, speaker_dbfs=-20.0, speaker_peak_dbfs=-9.0, agent_speaking=True,
            buffer_ms=140,
        )  # fmt: skip
        assert "▅" in agent
        assert len(meter(stage, "mic")) == 80
        await says(stage, "-18 ▲-12 quiet", mic_dbfs=-18.0, mic_peak_dbfs=-11.6)


async def test_what_was_painted_in_part_is_what_is_painted_whole(
    open_stage: OpenStage, sample: Path
) -> None:
    """Only the left of the row is sent again, to the end of what changed."""
    async with open_stage(sample, 80, 24) as stage:
        line = stage.app.screen_stack[0].query_one(LevelMeters)
        for tick in range(30):
            speaking = tick % 10 < 5
            await stage.show(
                mic_dbfs=-30.0 - tick if speaking else -55.0,
                speaking=speaking,
                speaker_dbfs=-120.0 if tick < 15 else -20.0 - tick % 7,
                agent_speaking=tick >= 15,
                buffer_ms=60 if tick < 20 else 80,
            )
            await stage.until(lambda: meter(stage, "mic") == line.render_line(0).text)


async def test_two_rows_where_it_is_wide(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await says(
            stage, "-20 dB ▲ -9 SPEECH", label="agent",
            speaker_dbfs=-20.0, speaker_peak_dbfs=-9.0, agent_speaking=True,
        )  # fmt: skip
        mic, agent = stage.rows()[1:3]
        assert agent.startswith(" agent ") and "▅" in agent
        assert mic.split() == ["mic", "---", "dB", "quiet"]
        assert mic.index(" dB ") == agent.index(" dB "), "words are below each other"


async def test_what_is_not_known_has_no_number(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await stage.show(mic_available=False)
        assert [row.split()[1:] for row in stage.rows()[1:3]] == [["---", "dB", "quiet"]] * 2


async def test_a_peak_is_held_and_let_go(open_stage: OpenStage, sample: Path) -> None:
    """A notice's own peak is of the last second; six notices hold it half a second more."""
    async with open_stage(sample) as stage:
        await says(stage, "▲ -3 quiet", mic_dbfs=-30.0, mic_peak_dbfs=-3.0)
        for _ in range(5):
            await says(stage, "▲ -3 quiet", mic_dbfs=-30.0, mic_peak_dbfs=-24.0)
        await says(stage, "▲-24 quiet", mic_dbfs=-30.0, mic_peak_dbfs=-24.0)


async def test_clipping_is_a_word(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await says(stage, "-4 dB CLIP SPEECH", mic_dbfs=-4.0, mic_peak_dbfs=0.0, speaking=True)
        for _ in range(5):
            await says(stage, "-9 dB CLIP quiet", mic_dbfs=-9.0, mic_peak_dbfs=-0.3)
        await says(stage, "-9 dB ▲ 0 quiet", mic_dbfs=-9.0, mic_peak_dbfs=-0.3)
        await says(stage, "-3 dB CLIP SPEECH", label="agent",
            speaker_dbfs=-3.0, speaker_peak_dbfs=-0.0, agent_speaking=True)  # fmt: skip


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
async def test_what_is_not_sent_moves_all_the_same(
    open_stage: OpenStage, sample: Path, fields: dict[str, Any], word: str
) -> None:
    async with open_stage(sample, 80, 24) as stage:
        for level in (-50.0, -30.0, -10.0):
            row = await says(stage, f"{level:.0f} {word} vad 0.02",
                mic_dbfs=level, vad_score=0.02, **fields)  # fmt: skip
        assert "⣀⣤⣿" in row.replace("⣄", "⣀").replace("⣦", "⣤").replace("⣷", "⣿")


async def test_heard_speech_is_solid_and_all_else_dots(open_stage: OpenStage, sample: Path) -> None:
    """What the local detector heard is told by shape, whatever the colours are."""
    async with open_stage(sample, 80, 24) as stage:
        for speaking in (False, False, True, True, True, False):
            await stage.show(mic_dbfs=-20.0, speaking=speaking)
        await stage.until(lambda: "⣦⣦▅▅▅⣦" in meter(stage, "mic"))
        strip = stage.app.screen_stack[0].query_one(LevelMeters).render_line(0)
        styles = {s.text[0]: s.style for s in strip if s.text and s.text[0] in BARS[1:] + DOTS[1:]}
        assert styles["▅"] and styles["▅"].bold
        assert styles["⣦"] and not styles["⣦"].bold


@pytest.mark.parametrize("width", [40, 50, 61])
async def test_narrow_keeps_level_and_state(
    open_stage: OpenStage, sample: Path, width: int
) -> None:
    async with open_stage(sample, width, 24) as stage:
        await says(stage, "-18 MUTED" if width < 56 else "-18 ▲ -3 MUTED",
            mic_dbfs=-18.0, mic_peak_dbfs=-3.0, muted=True, vad_score=0.5)  # fmt: skip
        assert half(stage, "agent").split() == ["---", "quiet"]
        assert len(meter(stage, "mic")) == width
