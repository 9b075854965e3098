"""The published tables of models: ours are whole and dated, the user's add to them."""

from datetime import date
from pathlib import Path

import pytest

from tui.catalogue import Row, Table
from tui.providers import provider_of
from tui.session.preflight import ending
from tui.setup import Setup, SetupField

tables = provider_of("elevenlabs").tables


def test_ours_is_dated_and_names_its_source() -> None:
    models = tables(None)["models"]
    assert models.note.startswith("as of 2025-11: navtalk")
    sides = {row.value: row.side for row in models.rows}
    assert len(sides) == len(models.rows) >= 25
    assert sides["qwen3-30b-a3b"] == "ElevenLabs   163 ms  $0.0168/min"
    assert sides["gpt-5"] == "OpenAI     1,140 ms  $0.0826/min"
    assert sides["gpt-5.1"] == "OpenAI"


def test_the_users_file_adds_and_corrects(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(
        'models = [{ id = "mine", provider = "Custom", latency_ms = 90 },'
        ' { id = "gpt-5", provider = "OpenAI", latency_ms = 1 }]'
    )
    sides = {row.value: row.side for row in tables(tmp_path)["models"].rows}
    assert sides["mine"] == "Custom        90 ms"
    assert sides["gpt-5"] == "OpenAI         1 ms"
    assert tables(tmp_path / "none") == tables(None)


@pytest.mark.parametrize("text", ["models = [", "models = 5", 'models = [{ id = "x" }]', "x = 1"])
def test_a_broken_file_is_told_and_ours_stay(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    models = tables(tmp_path)["models"]
    assert models.rows == tables(None)["models"].rows
    assert "models.toml" in models.problem


FIELDS = (
    SetupField(name="llm", label="model", kind="choice", choices="models"),
    SetupField(name="ears", label="ears", kind="choice", choices="ears"),
)
ENDS = date(2027, 1, 20)
TABLES = {
    "models": Table(rows=(Row(value="old", ends=ENDS), Row(value="new"))),
    "ears": Table(rows=(Row(value="deaf", ends=ENDS),)),
}


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 10, 21), ()),
        (date(2026, 10, 22), ("model: old ends on 2027-01-20, in 90 days; choose another",)),
        (date(2027, 1, 19), ("model: old ends on 2027-01-20, in 1 days; choose another",)),
        (date(2027, 1, 20), ("model: old ended on 2027-01-20; choose another",)),
        (date(2028, 1, 1), ("model: old ended on 2027-01-20; choose another",)),
    ],
)
def test_what_ends_within_90_days_or_has_ended_is_noted(today: date, said: tuple[str, ...]) -> None:
    assert ending(FIELDS, TABLES, {"llm": "old"}, Setup(), today) == said
    assert ending(FIELDS, TABLES, {}, Setup(llm="old"), today) == said


def test_what_the_set_up_says_wins_and_options_count() -> None:
    assert ending(FIELDS, TABLES, {"llm": "old"}, Setup(llm="new"), ENDS) == ()
    (said,) = ending(FIELDS, TABLES, {}, Setup(options={"ears": "deaf"}), ENDS)
    assert said.startswith("ears: deaf ended")
