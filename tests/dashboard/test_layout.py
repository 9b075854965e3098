"""What stands where, at the sizes that people have."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import OpenStage
from tests.dashboard.sample_call import CallScript
from tui.notices import CallState


async def test_80_by_24_is_talk_above_wire(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 80, 24) as stage:
        await stage.show(
            mic_dbfs=-18.0, mic_peak_dbfs=-6.2, speaking=True, vad_score=0.94, round_trip_ms=84.0
        )
        await stage.press("escape")
        rows = stage.rows()
    assert [len(row) for row in rows] == [80] * 24
    assert rows[0].startswith(" ● LIVE  local agent  ")
    assert "rtt 84 ms" in rows[0]
    assert rows[0].rstrip().endswith("● JOURNAL  MIC ON")
    assert rows[1].startswith(" vad 0.94 ") and rows[1].endswith(" -18 ▲ -6 SPEECH thr 0.5 ")
    assert rows[2].startswith(" ▀you▄agent ")
    assert rows[3].startswith("─1 Transcript ───")
    prompt = next(i for i, row in enumerate(rows) if "type to the agent" in row)
    assert rows[prompt + 1].startswith("━2 Events 483 · 452 plumbing hidden · FOLLOW ━━━")
    assert rows[-2].startswith(" 14:03:51.216 #3  · link_closed ")
    assert rows[-1].startswith(" / Filter ⏎ Detail f Follow")


async def test_160_by_45_is_two_columns_with_detail(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await stage.show()
        await stage.press("escape", "g")
        rows = stage.rows()
    assert [len(row) for row in rows] == [160] * 45
    assert "support-0042.jsonl " in rows[0]
    assert rows[3].startswith(" agent ")
    assert rows[4].startswith("─1 Transcript ──")
    assert "▕━2 Events" in rows[4]
    assert "▌14:03:36.000      +0 #0  · journal_opened" in rows[5]
    assert any("▕─3 Detail  #0 · journal_opened · turn #0 ──" in row for row in rows)
    assert any('"provider": "elevenlabs"' in row for row in rows)
    said = "\n".join(row[:62] for row in rows)
    assert "de— ✂ 2.1 s unheard  712 ms → ear 760 ms" in said
    assert "⚙ lookup_order(id=A-1009) → ok  249 ms" in said
    assert "Thanks, that is all." in said


async def test_each_state_is_a_glyph_and_a_word(open_stage: OpenStage, sample: Path) -> None:
    words = {
        CallState.IDLE: "○ IDLE",
        CallState.CONNECTING: "◐ CONNECTING",
        CallState.LIVE: "● LIVE",
        CallState.CLOSING: "◌ CLOSING",
        CallState.FAILED: "✖ FAILED",
    }
    async with open_stage(sample) as stage:
        for state, word in words.items():
            await stage.show(state=state)
            await stage.until(lambda: stage.rows()[0].startswith(f" {word} "), word)  # noqa: B023


async def test_state_and_microphone_are_never_dropped(open_stage: OpenStage, sample: Path) -> None:
    for width in (120, 80, 60, 45, 40):
        async with open_stage(sample, width, 24) as stage:
            await stage.show(muted=True, round_trip_ms=84.0, target="x" * 60)
            assert "● LIVE" in stage.rows()[0]
            assert " MIC OFF " in stage.rows()[0]


async def test_low_terminals_keep_the_log(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 80, 14) as stage:
        await stage.show()
        assert "Transcript" not in stage.text()
        assert "Events 483" in stage.text()
        assert "link_closed" in stage.text()
        assert "type to the agent" in stage.text()


async def test_narrow_terminals_lose_the_size_column(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample, 59, 24) as stage:
        await stage.show()
        row = next(row for row in stage.rows() if "hologram" in row)
        assert " 34 " not in row
        assert '{"shape":"cube"}' in row


@pytest.mark.parametrize(("width", "height"), [(38, 9), (80, 7), (20, 5)])
async def test_tiny_terminals_get_a_line_and_the_log(
    open_stage: OpenStage, sample: Path, width: int, height: int
) -> None:
    async with open_stage(sample, 80, 24) as stage:
        await stage.show()
        await stage.press("escape", "g")
        await stage.pilot.resize_terminal(width, height)
        await stage.show()
        assert "● LIVE MIC ON" in stage.rows()[-1]
        assert f"▌14:03:36.000 {'#0  ' if width > 45 else ''}· " in stage.text()
        await stage.press("j", "f2")
        assert stage.log.pointed == 1
        assert stage.backend.asked
        await stage.press("enter")
        assert "3 Detail" in stage.text()
        await stage.press("enter", "i", "h", "o")
        assert stage.rows()[0].strip() == "ho"
        await stage.press("escape")
        await stage.pilot.resize_terminal(80, 24)
        await stage.show()
        await stage.press("j")
        assert stage.log.pointed == 2


async def test_what_was_hidden_by_a_small_terminal_gives_the_focus_to_the_log(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample, 160, 45) as stage:
        await stage.show()
        await stage.press("escape", "3")
        await stage.pilot.resize_terminal(38, 9)
        await stage.show()
        await stage.press("2", "g", "j")
        assert stage.log.pointed == 1


async def test_no_size_crashes(open_stage: OpenStage, sample: Path) -> None:
    sizes = [(1, 1), (300, 100), (2, 50), (200, 1), (40, 10), (39, 9), (80, 15), (119, 16), (7, 7)]
    async with open_stage(sample, 80, 24) as stage:
        await stage.show(audio_advice="No audio: install libportaudio2.", mic_dbfs=-3.0)
        await stage.press("escape", "enter")
        for width, height in sizes:
            await stage.pilot.resize_terminal(width, height)
            await stage.show(mic_dbfs=-9.0)
            assert [len(row) for row in stage.rows()] == [width] * height
        await stage.pilot.resize_terminal(80, 24)
        await stage.show()
        assert "● LIVE" in stage.text()


async def test_a_screen_that_became_wide_shows_the_pointed_frame(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample, 80, 24) as stage:
        await stage.show()
        await stage.press("escape", "g", "j")
        await stage.pilot.resize_terminal(160, 45)
        await stage.until(lambda: f"#{stage.log.pointed} " in stage.text())
        assert "Point at" not in stage.text()


async def test_an_empty_transcript_says_what_to_do(
    open_stage: OpenStage, script: CallScript
) -> None:
    async with open_stage(script.path) as stage:
        await stage.show()
        assert "Say something, or type below. F1 help" in stage.text()


async def test_missing_audio_is_explained_and_can_be_dismissed(
    open_stage: OpenStage, sample: Path
) -> None:
    async with open_stage(sample) as stage:
        advice = "No sound: PortAudio is missing. Install it: apt install libportaudio2"
        await stage.show(audio_advice=advice, mic_available=False)
        assert "apt install libportaudio2" in stage.text()
        assert "NO MIC" in stage.rows()[0]
        await stage.press("escape", "escape")
        assert "apt install" not in stage.text()
        await stage.show(audio_advice=advice)
        assert "apt install" not in stage.text()
        await stage.show(audio_advice="The headset is gone.")
        assert "The headset is gone." in stage.text()


async def test_a_failure_says_why_in_full(open_stage: OpenStage, sample: Path) -> None:
    detail = "The key was refused (401). " + "Set ELEVENLABS_API_KEY to a key of this account. " * 2
    async with open_stage(sample) as stage:
        await stage.show(state=CallState.FAILED, detail=detail)
        said = " ".join(row.strip() for row in stage.rows()[1:5])
        assert "! The key was refused (401). Set" in said
        assert "to a key of this account. Set ELEVENLABS_API_KEY to a key" in said


async def test_the_end_of_the_session_process_is_told(open_stage: OpenStage, sample: Path) -> None:
    async with open_stage(sample) as stage:
        await stage.show()
        stage.backend.die()
        await stage.until(lambda: "session process ended" in stage.text())
        assert "○ IDLE" in stage.rows()[0]
        await stage.press("f3")
        assert stage.backend.restarted == 1
        await stage.show()
        assert "● LIVE" in stage.rows()[0]
        assert "session process ended" not in stage.text()
        assert "Thanks, that is all." in stage.text()


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light", "gruvbox"])
async def test_other_themes(open_stage: OpenStage, sample: Path, theme: str) -> None:
    async with open_stage(sample) as stage:
        stage.app.theme = theme
        await stage.show()
        assert "● LIVE" in stage.text()


async def test_no_color(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_stage(sample) as stage:
        await stage.show(muted=True)
        assert stage.app.no_color
        colours = set()
        for strip in stage.app.screen._compositor.render_strips():
            for segment in strip.apply_filter(
                stage.app._filters[0], stage.app.background_colors[1]
            ):
                style = segment.style
                if style and style.color and style.color.triplet:
                    colours.add(style.color.triplet)
        assert all(c.red == c.green == c.blue for c in colours)
        assert " MIC OFF " in stage.text()
