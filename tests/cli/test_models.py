"""`voicescope models`: published beside measured, sorted and filtered; what is stale or unknown."""

import json
from pathlib import Path
from typing import Any

from tests.cli.test_main import voicescope
from tests.dashboard.sample_call import write_call


def models(home: Path, *arguments: str) -> tuple[int, str, str]:
    done = voicescope("models", *arguments, home=home, env={"TZ": "UTC"})
    return done.returncode, done.stdout, done.stderr


def listed(home: Path, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = models(home, "--json", *arguments)
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def test_published_prices_and_what_was_measured_on_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "voicescope" / "journals"
    folder.mkdir(parents=True)
    write_call(folder / "a.jsonl")
    (folder / "foreign.jsonl").write_text('{"mine": 1}\n')
    found = {(one["provider"], one["model"]): one for one in listed(tmp_path)}
    mini = found["openai", "gpt-realtime-2.1-mini"]
    assert mini["per_minute"] == 0.015  # 300 tokens heard at $10, 600 said at $20 a million
    old = found["elevenlabs", "gpt-4o-mini"]
    assert (old["per_minute"], old["latency_ms"], old["stale"]) == (0.0897, 738, True)
    assert found["elevenlabs", "gpt-5.1"]["per_minute"] is None
    assert found["elevenlabs", "local agent"]["ear"]["count"] == 3


def test_they_are_sorted_and_filtered_and_what_is_missing_is_said(tmp_path: Path) -> None:
    prices = [one["per_minute"] for one in listed(tmp_path, "--sort", "price")]
    known = [price for price in prices if price is not None]
    assert known == sorted(known) and prices[len(known) :] == [None] * (len(prices) - len(known))
    claimed = [one["latency_ms"] for one in listed(tmp_path, "--sort", "latency")]
    assert claimed[0] == 163 and claimed[-1] is None
    assert {one["provider"] for one in listed(tmp_path, "--provider", "openai")} == {"openai"}
    code, out, _ = models(tmp_path, "--filter", "GPT-5.1")
    assert code == 0 and "gpt-5.1" in out and "price not known" in out
    assert "elevenlabs: as of 2025-11" in out
    assert models(tmp_path, "--filter", "giraffe")[0] == 1
    assert "there is no provider 'nobody'" in models(tmp_path, "--provider", "nobody")[2]
