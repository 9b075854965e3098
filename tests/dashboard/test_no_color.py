"""Without colour errors are not the faintest text: measured on what is painted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from tests.dashboard.conftest import OpenStage
from tests.dashboard.stage import Stage
from tui.notices import CallState

READABLE = 4.5
"""Contrast that the WCAG asks of text."""
THEMES = ["textual-dark", "textual-light", "gruvbox"]


@pytest.fixture(autouse=True)
def no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def painted(stage: Stage) -> Iterator[Segment]:
    """What is on the screen: Textual's filter took the colour out already."""
    for strip in stage.app.screen._compositor.render_strips():
        yield from strip


def styles_of(stage: Stage, text: str) -> list[Style]:
    found = [part.style for part in painted(stage) if part.style and text in part.text]
    assert found, f"{text} is not to be seen\n{stage.text()}"
    return found


def style_of(stage: Stage, text: str) -> Style:
    return styles_of(stage, text)[0]


def contrast(style: Style) -> float:
    assert style.color is not None
    assert style.bgcolor is not None
    assert style.color.triplet is not None
    assert style.bgcolor.triplet is not None
    low, high = sorted(map(luminance, (style.color.triplet, style.bgcolor.triplet)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: ColorTriplet) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", THEMES)
async def test_an_error_stands_out(open_stage: OpenStage, sample: Path, theme: str) -> None:
    async with open_stage(sample, 80, 40) as stage:
        stage.app.theme = theme
        await stage.show()
        await stage.press("escape", "a")
        wrong = style_of(stage, "!protocol_error")
        assert contrast(wrong) >= READABLE
        assert wrong.reverse
        assert wrong.bold
        assert contrast(wrong) >= contrast(style_of(stage, " vad_score"))


@pytest.mark.parametrize("theme", THEMES)
async def test_words_that_had_a_hue_are_readable(
    open_stage: OpenStage, sample: Path, theme: str
) -> None:
    async with open_stage(sample, 160, 45) as stage:
        stage.app.theme = theme
        await stage.show()
        for text in ("● LIVE", "MIC ON", "● JOURNAL", "FOLLOW", "you ", "agent ", "F3"):
            bold = [style for style in styles_of(stage, text) if style.bold]
            assert bold, text
            assert min(map(contrast, bold)) >= READABLE, text


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_the_terminals_own_palette_is_left_to_the_terminal(
    open_stage: OpenStage, sample: Path, theme: str
) -> None:
    async with open_stage(sample, 80, 40) as stage:
        stage.app.theme = theme
        await stage.show()
        await stage.press("escape")
        for segment in painted(stage):
            for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                assert color is None or color.is_default, segment
        assert style_of(stage, "!protocol_error").reverse


@pytest.mark.parametrize("theme", THEMES)
async def test_a_failed_call_says_so_readably(
    open_stage: OpenStage, sample: Path, theme: str
) -> None:
    async with open_stage(sample, 80, 24) as stage:
        stage.app.theme = theme
        await stage.show(state=CallState.FAILED, detail="The key was refused (401).")
        for text in ("✖ FAILED", "! The key was refused"):
            assert contrast(style_of(stage, text)) >= READABLE, text
            assert style_of(stage, text).reverse, text


@pytest.mark.parametrize("theme", THEMES)
async def test_a_wrong_filter_is_readable(open_stage: OpenStage, sample: Path, theme: str) -> None:
    async with open_stage(sample, 80, 24) as stage:
        stage.app.theme = theme
        await stage.show()
        await stage.press("escape", "slash", *"size:x")
        for text in ("▲ size: takes", "size:x"):
            style = style_of(stage, text)
            assert contrast(style) >= READABLE, text
            assert style.underline, text


async def test_with_colour_errors_are_not_reversed(
    open_stage: OpenStage, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR")
    async with open_stage(sample, 80, 40) as stage:
        await stage.show()
        await stage.press("escape")
        strips = stage.app.screen._compositor.render_strips()
        styles = [s.style for strip in strips for s in strip if "!protocol_error" in s.text]
        assert styles
        assert not any(style and style.reverse for style in styles)
