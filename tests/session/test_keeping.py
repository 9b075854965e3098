"""What a session does with the journals of before."""

import os
import time
from pathlib import Path

from tests.journals import write_journal
from tests.session.rig import plan_for, running
from tui.events import Noted
from tui.plan import Journal


async def test_what_is_removed_is_said(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    for name, days in (("old", 60), ("new", 1)):
        path = calls / f"2026-01-01T00-00-00-{name}.jsonl"
        write_journal(path, audio=False).close()
        os.utime(path, (time.time() - days * 86_400,) * 2)
    (calls / "dataset.jsonl").write_text('{"text":"mine"}\n')
    os.utime(calls / "dataset.jsonl", (0, 0))
    plan = plan_for(tmp_path, journals=Journal(folder=str(calls), max_age_days=30))
    async with running(plan) as rig:
        noted = await rig.event(Noted)
    assert noted.text == "old journals removed: 1 (2026-01-01T00-00-00-old.jsonl)"
    assert {p.name for p in calls.iterdir()} == {
        "2026-01-01T00-00-00-new.jsonl",
        "dataset.jsonl",
    }
