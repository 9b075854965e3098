"""The dated table of models, transcribers and voices, and what the user adds to it."""

from datetime import date
from pathlib import Path

import pytest

from tui.catalogue import Row
from tui.providers.openai.endpoint import DEFAULT_MODEL
from tui.providers.openai.models import tables
from tui.providers.openai.setup_fields import TRANSCRIPTION


def rows(name: str, folder: Path | None = None) -> dict[str, Row]:
    return {row.value: row for row in tables(folder)[name].rows}


def test_ours_is_dated_names_its_source_and_holds_what_is_usual() -> None:
    found = tables(None)
    assert all(table.note.startswith("as of 2026-11-23: OpenAI") for table in found.values())
    assert not any(table.problem for table in found.values())
    assert rows("models")[DEFAULT_MODEL].ends is None
    assert rows("transcription")[TRANSCRIPTION].ends is None
    assert "none" in rows("transcription") and len(rows("voices")) == 10


def test_prices_are_told_for_a_minute() -> None:
    models = rows("models")
    assert models["gpt-realtime-2.1"].side == "$0.019 in $0.077 out/min"
    assert models["gpt-realtime-2.1-mini"].side == "$0.006 in $0.024 out/min"
    assert rows("transcription")["gpt-transcribe"].side == "$0.0045/min of your speech"


def test_announced_ends_are_in_it() -> None:
    assert rows("models")["gpt-realtime"].ends == date(2027, 1, 20)
    assert rows("transcription")["whisper-1"].ends == date(2027, 2, 26)


def test_the_users_file_adds_and_corrects(tmp_path: Path) -> None:
    (tmp_path / "models-openai.toml").write_text(
        'models = [{ id = "mine", audio = [1, 0.1, 2] }, { id = "gpt-realtime-2" }]\n'
        'transcription = [{ id = "ears", ends = 2030-01-01 }]\n'
        'voices = [{ id = "voice_1", about = "my own" }]\n'
    )
    models = rows("models", tmp_path)
    assert models["mine"].side == "$0.001 in $0.002 out/min"
    assert models["gpt-realtime-2"].side == "" and len(models) == len(rows("models")) + 1
    assert rows("transcription", tmp_path)["ears"].ends == date(2030, 1, 1)
    assert rows("voices", tmp_path)["voice_1"].side == "my own"


@pytest.mark.parametrize("text", ["models = [", "models = [{}]", 'voices = [{ id = "a", x = 1 }]'])
def test_a_broken_file_is_told_and_ours_stay(tmp_path: Path, text: str) -> None:
    (tmp_path / "models-openai.toml").write_text(text)
    assert "models-openai.toml: " in tables(tmp_path)["models"].problem
    assert rows("models", tmp_path) == rows("models")
