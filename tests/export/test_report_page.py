"""A report in a real browser: it plays, seeks and filters, and nothing that a server said acts."""

from pathlib import Path

import pytest

from tests.export.chromium import PROGRAM, browser
from tests.export.test_report import HOSTILE
from tests.export.test_sound import journal
from tests.journals import write_journal
from tui.cli.main import main
from tui.events import Noted
from tui.journal.record import Direction

pytestmark = pytest.mark.skipif(not PROGRAM, reason="there is no Chromium on this machine")
AUDIO = "document.getElementById('audio')"
FILTER = "document.getElementById('filter')"


def hostile_journal(path: Path) -> None:
    writer = write_journal(path)
    writer.fact(Noted(text=HOSTILE))
    writer.frame(Direction.RECEIVED, HOSTILE, '{"x": "<img src=http://127.0.0.1:9/x>"}', turn=1)
    writer.close()


async def test_it_plays_seeks_and_filters(tmp_path: Path) -> None:
    journal(tmp_path / "call.jsonl", played=True)
    hostile_journal(tmp_path / "hostile.jsonl")
    target = tmp_path / "report.html"
    both = [str(tmp_path / "call.jsonl"), str(tmp_path / "hostile.jsonl")]
    assert main(["report", *both, "--html", str(target)]) == 0
    async with browser(tmp_path / "profile") as page:
        await page.open(target)
        await page.until(f"{AUDIO}.duration > 7")
        await page.value("document.getElementById('play').click()")
        await page.until(f"{AUDIO}.currentTime > 0.2")
        await page.value("document.getElementById('play').click()")
        assert await page.value(f"{AUDIO}.paused")
        await page.value(
            f"{FILTER}.value = 'kind:playback_started'; {FILTER}.dispatchEvent(new Event('input'))"
        )
        assert (await page.value("document.getElementById('passed').value")).startswith("1 of ")
        await page.value("document.querySelector('.row').click()")
        await page.until(f"Math.abs({AUDIO}.currentTime - 3) < 0.3")
        assert "playback_started" in await page.value(
            "document.getElementById('frame').textContent"
        )
        await page.value(
            "const c = document.getElementById('calls'); c.value = 1;"
            "c.dispatchEvent(new Event('change'))"
        )
        assert await page.value("document.querySelectorAll('img, iframe, object').length") == 0
        shown = await page.value("document.getElementById('rows').textContent")
        assert "<script>alert(1)</script>" in shown and "\x1b" not in shown
        assert await page.value("document.getElementById('player').hidden")
        assert page.complaints == []
        assert page.requests[0] == target.as_uri()
        assert all(url.startswith("blob:") for url in page.requests[1:])
