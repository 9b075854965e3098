"""What users of other clients report, acted out by the local agent: how this client fares.

The page is docs/realtime-reports.md; reports that need no scenario are shown by the tests it names.
"""

import ast
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.agent.helpers import running as agent_running
from tests.session.rig import Rig, plan_for, running
from tui.agent.scenarios.scenario import packaged_names
from tui.analysis.transcript.fold import TranscriptFold
from tui.commands import Connect, SendText
from tui.events import (
    AudioDropped,
    LinkClosed,
    Noted,
    ProtocolErred,
    ProviderErred,
    Tokens,
    ToolAnswered,
    ToolCalled,
    UsageReported,
)
from tui.notices import CallState
from tui.plan import ClientTool
from tui.setup import Setup

ROOT = Path(__file__).parents[3]
SCENARIOS = ROOT / "tui" / "agent" / "openai" / "scenarios"
PAGE = (ROOT / "docs" / "realtime-reports.md").read_text(encoding="utf-8")
REPORTS = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \| \[", line)]
TOOLS = {"lookup_order": ClientTool(command=("true",), approve="auto")}


@asynccontextmanager
async def acted(tmp_path: Path, name: str, text: str = "") -> AsyncIterator[Rig]:
    """A call in text with an agent that acts the scenario out; `text` is typed at once."""
    with agent_running("--scenario", str(SCENARIOS / f"{name}.toml")) as agent:
        plan = plan_for(
            tmp_path,
            provider="openai",
            base_url=agent.url,
            setup=Setup(text_only=True),
            tools=TOOLS,
            reconnect=False,
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            if text:
                await rig.until(lambda: rig.notices.notice.live_ns, "live")
                rig.session.handle(SendText(text=text))
            await rig.event(LinkClosed)
            resting = (CallState.IDLE, CallState.FAILED)
            await rig.until(lambda: rig.notices.notice.state in resting, "rest")
            yield rig


def lines(rig: Rig) -> list[str]:
    """As they read at the end; none may be left under way."""
    fold = TranscriptFold()
    for entry in rig.read():
        fold.add(entry)
    spoken = [line for line in fold.lines if line.role in ("you", "agent")]
    assert all(line.final for line in spoken), fold.lines
    cut = {line: f" ({line.lacking})" if line.lacking else "" for line in spoken}
    return [f"{line.role} {line.shown}{cut[line]}" for line in spoken]


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("beta-spelling", "", ["agent Hi"]),
        ("cancelled", "", ["agent Please go on, I am listening."]),
        ("done-without-created", "Hello", ["you Hello", "agent Please go on."]),
        ("failed-response", "", ["agent I am still here."]),
        ("late-transcript", "", ["you What time is it?", "agent It is ten past five."]),
        ("parallel-calls", "", ["agent Both orders are on their way."]),
        ("refused-response", "Hello", ["you Hello"]),
        ("stays-in-progress", "", ["agent Half a sent (max_output_tokens)"]),
        ("two-messages", "Hello", [
            "you Hello",
            "agent Let me look that up for you. One moment, please. "
            "Your parcel was sent this morning, and it will be with you tomorrow.",
        ]),
        ("unknown-events", "", ["agent This is heard all the same."]),
    ],
)  # fmt: skip
async def test_a_call_that_is_acted_out_reads_so(
    tmp_path: Path, name: str, typed: str, read: list[str]
) -> None:
    async with acted(tmp_path, name, typed) as rig:
        assert lines(rig) == read
        (closed,) = rig.all(LinkClosed)
        assert (closed.code, closed.reason) == (1000, "The scenario has ended.")


async def test_what_went_wrong_on_the_way_is_told(tmp_path: Path) -> None:
    for name in ("failed-response", "refused-response", "unknown-events", "cancelled"):
        (tmp_path / name).mkdir()
    async with acted(tmp_path / "failed-response", "failed-response") as rig:
        assert [one.message for one in rig.all(ProviderErred)] == ["Rate limit reached."]
    async with acted(tmp_path / "refused-response", "refused-response", "Hello") as rig:
        assert not rig.all(ProviderErred)
        assert [one.text for one in rig.all(Noted) if one.text.startswith("harmless: ")]
    async with acted(tmp_path / "unknown-events", "unknown-events") as rig:
        assert len(rig.all(ProtocolErred)) == 1 and "response.dreamt" in rig.kinds()
    async with acted(tmp_path / "cancelled", "cancelled") as rig:
        assert not rig.all(ToolCalled) and len(rig.all(AudioDropped)) == 1


async def test_calls_in_one_response_are_all_answered(tmp_path: Path) -> None:
    async with acted(tmp_path, "parallel-calls") as rig:
        assert {one.call_id for one in rig.all(ToolAnswered)} == {"call_1", "call_2"}
        assert not rig.all(ProviderErred) and rig.kinds().count("response.create") == 1


@pytest.mark.parametrize(
    ("name", "code", "said", "read"),
    [
        ("the-hour", 1001, "60 minutes", ["agent We have talked for an hour."]),
        ("out-of-quota", 4000, "billing", []),
    ],
)
async def test_an_end_that_is_acted_out_is_told_in_words(
    tmp_path: Path, name: str, code: int, said: str, read: list[str]
) -> None:
    async with acted(tmp_path, name) as rig:
        assert rig.all(LinkClosed)[0].code == code
        assert rig.notices.notice.state is CallState.FAILED
        assert said in rig.notices.notice.detail
        assert lines(rig) == read


async def test_the_first_response_may_be_cached_and_is_counted_once(tmp_path: Path) -> None:
    async with acted(tmp_path, "cached-tokens") as rig:
        (usage,) = rig.all(UsageReported)
    assert (usage.input, usage.cached) == (Tokens(119, 68), Tokens(64, 64))
    assert usage.input.total + usage.output.total == 351 and not usage.estimated


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def test_every_report_has_a_row() -> None:
    assert [int(line.split("|")[1]) for line in REPORTS] == list(range(1, 31))


def test_the_scenarios_that_are_named_are_there_and_acted_out() -> None:
    named = {word for line in REPORTS for word in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", line)}
    source = Path(__file__).read_text(encoding="utf-8")
    assert named and named <= set(packaged_names("openai"))
    assert all(f'"{name}"' in source for name in packaged_names("openai"))


@pytest.mark.parametrize("line", REPORTS, ids=lambda line: line.split("|")[1].strip())
def test_each_report_has_a_test_that_is_there_or_a_reason(line: str) -> None:
    shown_by = line.rstrip(" |").rpartition(" | ")[2]
    assert named_in(shown_by) or shown_by.startswith(("not shown: ", "does not apply: ")), shown_by


def test_each_test_that_is_named_beside_the_other_app_is_there() -> None:
    assert named_in((ROOT / "docs" / "peers.md").read_text(encoding="utf-8"))


def named_in(text: str) -> list[str]:
    """Those that a page names, all of which are there."""
    tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)
    assert len(tests) == text.count("`tests/")
    for path, name in tests:
        source = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in {node.name for node in source.body if isinstance(node, functions)}, path
    return [name for _, name in tests]
