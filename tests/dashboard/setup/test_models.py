"""The table of language models: ours is whole and dated, the user's adds to it."""

from pathlib import Path

import pytest

from tui.data.models import load_models, model_text


def test_ours_is_dated_and_names_its_source() -> None:
    models = load_models()
    assert models.date == "2025-11"
    assert "navtalk" in models.source
    found = {model.id: model for model in models.choices}
    assert len(found) == len(models.choices) >= 25
    assert (found["qwen3-30b-a3b"].latency_ms, found["qwen3-30b-a3b"].price_per_minute) == (
        163,
        0.0168,
    )
    assert model_text(found["gpt-5"]) == "OpenAI     1,140 ms  $0.0826/min"
    assert model_text(found["gpt-5.1"]) == "OpenAI"


def test_the_users_file_adds_and_corrects(tmp_path: Path) -> None:
    extra = tmp_path / "models.toml"
    extra.write_text(
        'models = [{ id = "mine", provider = "Custom", latency_ms = 90 },'
        ' { id = "gpt-5", provider = "OpenAI", latency_ms = 1 }]'
    )
    found = {model.id: model for model in load_models(extra).choices}
    assert found["mine"].latency_ms == 90
    assert found["gpt-5"].latency_ms == 1
    assert load_models(tmp_path / "none.toml") == load_models()


@pytest.mark.parametrize("text", ["models = [", "models = 5", 'models = [{ id = "x" }]', "x = 1"])
def test_a_broken_file_is_told_and_ours_stay(tmp_path: Path, text: str) -> None:
    extra = tmp_path / "models.toml"
    extra.write_text(text)
    models = load_models(extra)
    assert models.choices == load_models().choices
    assert "models.toml" in models.problem
