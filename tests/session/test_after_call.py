"""After a call the provider is asked what it has on record of it; that is a fact of the journal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.helpers import AgentProcess
from tests.agent.helpers import running as agent_running
from tests.session.rig import plan_for, running
from tui.cli.show import main as show
from tui.commands import Connect, HangUp, SendText
from tui.errors import LinkError
from tui.events import AgentResponded, CallReported, LinkClosed, Noted, ReportedTurn
from tui.providers.elevenlabs.catalogue import call_reported
from tui.session.http import after_call
from tui.session.http.after_call import reviewed

KEY, KEY_ENV = "sk_canary_0123456789", "TEST_VOICESCOPE_KEY"
ANSWER: dict[str, Any] = {
    "conversation_id": "conv_1",
    "status": "done",
    "metadata": {"call_duration_secs": 34, "cost": 312, "cost_fiat": 0.0312},
    "transcript": [
        {"role": "user", "time_in_call_secs": 3, "message": "hi", "source_event_id": 2},
        {
            "role": "agent",
            "time_in_call_secs": 4,
            "source_event_id": 2,
            "interrupted": True,
            "producing_llm": "gemini-2.5-flash",
            "conversation_turn_metrics": {
                "metrics": {
                    "convai_llm_service_ttfb": {"elapsed_time": 0.4211},
                    "odd": {"elapsed_time": "long"},
                }
            },
            "tool_results": [{"tool_name": "look_up", "tool_latency_secs": 1.5}, {}, 7],
        },
        "no turn",
    ],
}


def test_the_answer_is_read_as_far_as_it_is_understood() -> None:
    found = call_reported(ANSWER)
    assert (found.duration_s, found.credits, found.usd) == (34, 312, 0.0312)
    assert found.turns[1] == ReportedTurn(
        role="agent",
        at_s=4,
        reply_id=2,
        interrupted=True,
        llm="gemini-2.5-flash",
        ms={"convai_llm_service_ttfb": 421.1},
        tools_ms={"look_up": 1500},
    )
    assert found.is_settled and not call_reported({**ANSWER, "status": "processing"}).is_settled
    nothings: list[Any] = [
        None,
        [],
        {},
        {"status": "done"},
        {"conversation_id": 3, "status": "done"},
    ]
    for nothing in nothings:
        with pytest.raises(ValueError, match="not a conversation"):
            call_reported(nothing)


async def told(answers: Iterator[CallReported | LinkError]) -> CallReported | Noted:
    async def ask() -> CallReported:
        answer = next(answers)
        if isinstance(answer, LinkError):
            raise answer
        return answer

    return await reviewed(ask)


async def test_it_is_asked_again_until_it_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(after_call, "PAUSES_S", (0.0, 0.0))
    done, under_way = call_reported(ANSWER), call_reported({**ANSWER, "status": "processing"})
    lost, refused = LinkError("lost", "wait", transient=True), LinkError("refused", "set a key")
    left: Iterator[CallReported | LinkError] = iter([lost, under_way, done, done])
    assert await told(left) == done
    assert len(list(left)) == 1
    assert await told(iter([under_way] * 3)) == under_way
    assert await told(iter([refused])) == Noted(
        text="the provider's record of this call cannot be had: refused; set a key"
    )


async def test_a_call_with_a_key_has_the_providers_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At an agent that serves the REST API as the provider does."""
    monkeypatch.setenv(KEY_ENV, KEY)
    with agent_running() as agent:
        await hold(tmp_path, agent, KEY_ENV)
    assert show([str(tmp_path / "call.jsonl")]) == 0
    out = capsys.readouterr().out
    assert "on the provider's record" in out and "closed with code 1000" in out
    assert KEY.encode() not in (tmp_path / "call.jsonl").read_bytes()


async def hold(folder: Path, agent: AgentProcess, key_env: str) -> None:
    plan = plan_for(folder, base_url=agent.url, agent_id="local", api_key_env=key_env)
    async with running(plan) as rig:
        rig.session.handle(Connect())
        await rig.event(AgentResponded)
        rig.session.handle(SendText(text="what is two times three"))
        await rig.until(lambda: len(rig.all(AgentResponded)) == 2, "an answer")
        rig.session.handle(HangUp())
        await rig.event(LinkClosed)
        report = await rig.event(CallReported)
        await rig.until(lambda: not rig.notices.notice.asking_after, "it is known to be asked")
    assert report.status == "done"
    assert [turn.role for turn in report.turns] == ["agent", "user", "agent"]
