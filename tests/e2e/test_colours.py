"""Light, dark and the terminal's own palette, and none at all: nothing hangs on a hue."""

import re
from pathlib import Path

import pytest

from tests.dashboard.sample_call import write_call
from tests.e2e.terminal import terminal

COLOUR = re.compile(rb"\x1b\[[0-9;]*?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])[0-9;]*m")
TRUE_COLOUR = re.compile(rb"\x1b\[[0-9;]*?[34]8;2;")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return write_call(tmp_path / "call.jsonl")


def shown(journal: Path, theme: str, **env: str) -> tuple[str, bytes]:
    """The screen at the end of the call, and all that was written for it."""
    config = journal.with_name("config.toml")
    config.write_text(f'[screen]\ntheme = "{theme}"\n')
    arguments = ("replay", str(journal), "--config", str(config))
    variables = {"COLORTERM": "truecolor", **env}
    with terminal(*arguments, home=journal.parent, **variables) as screen:  # type: ignore[arg-type]
        screen.wait_for("REPLAY")
        screen.type("\x1b[F")  # End
        return screen.wait_for("link_closed"), bytes(screen.output)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light"])
def test_every_theme_says_the_same(journal: Path, theme: str) -> None:
    text, output = shown(journal, theme)
    assert "←!protocol_error" in text
    assert "━2 Events" in text
    assert "─1 Transcript" in text
    if theme.startswith("ansi"):
        assert not TRUE_COLOUR.search(output)


def test_without_colour_there_is_none(journal: Path) -> None:
    text, output = shown(journal, "textual-dark", NO_COLOR="1")
    assert "←!protocol_error" in text
    hues = {found.group() for found in COLOUR.finditer(output)}
    assert all(_is_grey(hue) for hue in hues), hues


def _is_grey(sequence: bytes) -> bool:
    """Textual's monochrome filter leaves shades of grey."""
    triples = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", sequence)
    return bool(triples) and all(len(set(triple)) == 1 for triple in triples)


def test_a_chosen_theme_repaints_all_rows_and_is_kept(journal: Path) -> None:
    arguments = ("replay", str(journal))
    with terminal(*arguments, home=journal.parent, COLORTERM="truecolor") as screen:
        screen.wait_for("link_closed")
        dark = screen.background_of("link_closed")
        screen.type("\x10")  # ctrl+p
        screen.wait_for("Search")
        screen.type("theme\r")
        screen.wait_for("Search for themes")
        screen.type("textual-light\r")
        screen.wait_for(lambda _: screen.background_of("link_closed") not in (dark, set()))
        light = screen.background_of("link_closed")
        assert screen.background_of("protocol_error") == light
        screen.type("\x11")  # ctrl+q
        assert screen.end() == 0
    with terminal(*arguments, home=journal.parent, COLORTERM="truecolor") as screen:
        screen.wait_for("link_closed")
        assert screen.background_of("link_closed") == light
