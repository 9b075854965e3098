"""What users of the official SDKs report, acted out by the local agent: how this client fares.

The number of a test is that of the report in docs/local-agent.md. Text only; with sound, see
test_reports_heard.
"""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest
from websockets.asyncio.server import ServerConnection

from tests.agent.helpers import AgentProcess
from tests.agent.helpers import running as agent_running
from tests.session.rig import Rig, agent_server, plan_for, running
from tests.session.staged import staged
from tui.analysis.transcript.fold import TranscriptFold
from tui.analysis.transcript.line import Line
from tui.commands import Connect, HangUp, SendContext, SendRaw, SendText
from tui.events import (
    AgentCompleted,
    AgentCorrected,
    AgentResponded,
    AgentResponseStreamed,
    Closer,
    ContextSent,
    ConversationStarted,
    Interrupted,
    LinkClosed,
    LinkOpened,
    LinkRetrying,
    OtherReceived,
    PongSent,
    PreflightFound,
    ProtocolErred,
    ProviderErred,
    ToolAnswered,
    ToolFinished,
)
from tui.notices import CallState
from tui.plan import ClientTool
from tui.session import session as worker
from tui.session import vitals
from tui.setup import Setup

TEXT = Setup(text_only=True)
TWO_TOOLS = {
    name: ClientTool(command=("true",), approve="auto") for name in ("lookup_order", "blink")
}


def lines(rig: Rig) -> list[Line]:
    fold = TranscriptFold()
    for entry in rig.read():
        fold.add(entry)
    return fold.lines


async def ended(rig: Rig) -> LinkClosed:
    closed: LinkClosed = await rig.event(LinkClosed)
    resting = (CallState.IDLE, CallState.FAILED)
    await rig.until(lambda: rig.notices.notice.state in resting, "rest")
    return closed


async def answered(rig: Rig, word: str) -> None:
    await rig.until(lambda: word in [said.text for said in rig.all(AgentResponded)], word)


async def test_02_every_frame_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    async with staged(
        tmp_path, monkeypatch, agent.socket_url(scenario="report-02-raw-frames")
    ) as rig:
        await ended(rig)
    frames = [(e.direction, e.kind) for e in rig.read() if e.direction in "<>"]
    assert frames[:5] == [
        (">", "conversation_initiation_client_data"),
        ("<", "conversation_initiation_metadata"),
        ("<", "brand_new_event"),
        ("<", "rich_content"),
        ("<", "agent_typing"),
    ]
    assert rig.all(OtherReceived)[0].type == "brand_new_event"
    assert not rig.all(ProtocolErred)


async def test_03_frames_by_hand_while_pings_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-03-raw-composer")
    async with staged(tmp_path, monkeypatch, url) as rig:
        await rig.event(ConversationStarted)
        for word in ("One.", "Two."):
            rig.session.handle(SendRaw(text='{"type": "user_message",  "text": "by hand"}'))
            await answered(rig, word)
        assert (await ended(rig)).code == 1000
    assert [pong.ping_id for pong in rig.all(PongSent)] == [1, 2]


async def test_04_a_silent_refusal_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-04-silent-refusal")
    setup = Setup(text_only=True, first_message="Hello")
    async with staged(tmp_path, monkeypatch, url, setup=setup, reconnect=True) as rig:
        closed = await ended(rig)
        detail = rig.notices.notice.detail
    assert (closed.by, closed.code) == (Closer.ERROR, 1008) and not rig.all(LinkRetrying)
    assert "1008" in detail and "'agent.first_message' is not permitted" in detail
    assert re.search(r"\d+ ms after start, with overrides: first_message", detail)


@pytest.mark.parametrize(
    ("agent_id", "setup", "said"),
    [
        ("strict", Setup(first_message="Hello"), "does not allow first_message to be overridden"),
        ("needs-name", Setup(), "needs the dynamic variable 'user_name'"),
    ],
)
async def test_05_what_would_be_refused_is_said_before_the_call(
    tmp_path: Path, agent: AgentProcess, agent_id: str, setup: Setup, said: str
) -> None:
    plan = plan_for(tmp_path, base_url=agent.url, agent_id=agent_id, setup=setup)
    async with running(plan) as rig:
        rig.session.handle(Connect())
        found = await rig.event(PreflightFound)
        assert any(said in problem for problem in found.problems)
        assert not rig.all(LinkOpened)


async def test_06_missing_variables_are_named_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-06-missing-variables")
    async with staged(tmp_path, monkeypatch, url) as rig:
        await ended(rig)
        detail = rig.notices.notice.detail
    assert "{'account_id'}" in detail and "--var NAME=VALUE" in detail


@pytest.mark.parametrize("name", ["report-07-abnormal-close", "fault-half-frame", "fault-garbage"])
async def test_07_an_abnormal_close_is_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess, name: str
) -> None:
    async with staged(tmp_path, monkeypatch, agent.socket_url(scenario=name)) as rig:
        closed = await ended(rig)
        assert closed.by is Closer.ERROR and closed.code in (1002, 1006)
        assert str(closed.code) in rig.notices.notice.detail
        rig.session.handle(Connect())  # the session itself has come to no harm
        await rig.until(lambda: len(rig.all(ConversationStarted)) == 2, "another call")


async def test_08_who_ended_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    async with staged(
        tmp_path, monkeypatch, agent.socket_url(scenario="report-08-who-ended")
    ) as rig:
        closed = await ended(rig)
        assert "the agent ended the call (1000" in rig.notices.notice.detail
        said = next(e for e in rig.read() if e.kind == "agent_tool_response")
        over = next(e for e in rig.read() if e.kind == "link_closed")
        assert over.time_ns - said.time_ns < 1.5e9  # not kept open for an end that has come
    assert (closed.by, closed.code) == (Closer.AGENT, 1000)


async def test_09_the_maximum_duration_is_named_and_not_gone_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-09-maximum-duration")
    setup = Setup(text_only=True, max_duration_seconds=60)
    async with staged(tmp_path, monkeypatch, url, setup=setup, reconnect=True) as rig:
        await rig.until(lambda: rig.notices.notice.duration_limit_s == 60, "a limit to count to")
        closed = await ended(rig)
        assert "maximum duration" in rig.notices.notice.detail
    assert rig.all(ProviderErred)[0].error_type == "max_duration_exceeded"
    assert closed.by is Closer.AGENT and not rig.all(LinkRetrying)


async def test_12_the_line_follows_its_correction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    async with staged(
        tmp_path, monkeypatch, agent.socket_url(scenario="report-12-correction")
    ) as rig:
        await ended(rig)
    assert rig.all(AgentCorrected)
    (told,) = [line for line in lines(rig) if line.id == 1]
    assert told.text == "Once upon a time there was a lighthouse." and told.corrected == "Once upon"


async def test_13_text_is_streamed_into_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-13-streamed-text")
    async with staged(tmp_path, monkeypatch, url) as rig:
        await rig.event(AgentResponseStreamed)
        await rig.until(lambda: any("One, " in line.text for line in lines(rig)), "the first part")
        await ended(rig)
    assert [line.text for line in lines(rig) if line.id == 1] == ["One, two, three."]


async def test_14_silence_is_told_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    monkeypatch.setattr(vitals, "UNANSWERED_MS", 300)
    monkeypatch.setattr(worker, "STALLED_MS", 300)
    async with staged(
        tmp_path, monkeypatch, agent.socket_url(scenario="report-14-no-answer")
    ) as rig:
        await rig.event(ConversationStarted)
        rig.session.handle(SendText(text="Are you there?"))
        await rig.until(lambda: rig.notices.notice.stalled_ms > 500, "the silence", timeout=100)


async def test_14_pings_are_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is well and the agent says nothing: told, until it does."""
    monkeypatch.setattr(vitals, "UNANSWERED_MS", 300)
    monkeypatch.setattr(worker, "STALLED_MS", 300)
    enough = asyncio.Event()

    async def pinging(socket: ServerConnection) -> None:
        while not enough.is_set():
            await socket.send('{"type":"ping","ping_event":{"event_id":1}}')
            await asyncio.sleep(0.05)
        await socket.send('{"type":"agent_typing","agent_typing_event":{"is_typing":true}}')
        await socket.wait_closed()

    async with agent_server(pinging) as url, running(plan_for(tmp_path, base_url=url)) as rig:
        rig.session.handle(Connect())
        await rig.event(PongSent)
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
        assert rig.notices.notice.stalled_ms == 0
        rig.session.handle(SendText(text="Are you there?"))
        await rig.until(lambda: rig.notices.notice.stalled_ms > 300, "the silence", timeout=100)
        enough.set()
        await rig.until(lambda: rig.notices.notice.stalled_ms == 0, "an answer")
        rig.session.handle(HangUp())
        await rig.event(LinkClosed)


async def test_15_the_journal_has_every_frame_before_the_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-15-barge-in-close")
    async with staged(tmp_path, monkeypatch, url) as rig:
        closed = await ended(rig)
    assert (closed.code, closed.reason) == (1008, "Interrupted message doesn't match")
    assert rig.all(Interrupted)[0].reply_id == 1
    kinds = rig.kinds()
    assert kinds.index("agent_response") < kinds.index("interruption") < kinds.index("link_closed")


async def test_16_after_hanging_up_the_conversation_is_done_over_rest(
    tmp_path: Path, agent: AgentProcess
) -> None:
    plan = plan_for(tmp_path, base_url=agent.url, agent_id="local", setup=TEXT)
    async with running(plan) as rig:
        rig.session.handle(Connect())
        started = await rig.event(ConversationStarted)
        await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live")
        rig.session.handle(HangUp())
        assert (await ended(rig)).code == 1000
    where = f"{agent.url}/v1/convai/conversations/{started.conversation_id}"
    async with aiohttp.ClientSession(headers={"xi-api-key": "any"}) as client, asyncio.timeout(100):
        while True:
            async with client.get(where) as answer:
                if (await answer.json())["status"] == "done":
                    break
            await asyncio.sleep(0.05)


async def test_20_results_are_of_the_shape_that_is_taken(tmp_path: Path) -> None:
    """A tool that returns an object, against an agent that closes on a malformed frame."""
    (tmp_path / "orders.py").write_text("def look(**given): return {'order': given}\n")
    (tmp_path / "journal").mkdir()
    tools = {"lookup_order": ClientTool(run="orders:look", approve="auto")}
    with agent_running("--strict") as strict:
        plan = plan_for(
            tmp_path / "journal",
            base_url=strict.url,
            agent_id="local",
            setup=TEXT,
            tools=tools,
            tools_folder=str(tmp_path),
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(AgentResponded)
            rig.session.handle(SendText(text="check order 1009"))
            answer = await rig.event(ToolAnswered)
            await rig.until(lambda: len(rig.all(AgentCompleted)) == 2, "its reply")
            assert not rig.all(LinkClosed)
    assert isinstance(answer.result, str) and "1009" in answer.result and not answer.is_error


async def test_21_every_call_of_a_tool_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-21-many-tool-calls")
    async with staged(tmp_path, monkeypatch, url, tools=TWO_TOOLS) as rig:
        await rig.until(lambda: len(rig.all(ToolFinished)) == 10, "ten calls", timeout=100)
    names = [done.name for done in rig.all(ToolFinished)]
    assert (names.count("lookup_order"), names.count("blink")) == (5, 5)
    assert len({done.call_id for done in rig.all(ToolFinished)}) == 10


async def test_23_two_calls_at_once_do_not_mix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    names = ["report-12-correction", "report-13-streamed-text"]
    urls = [agent.socket_url(scenario=name) for name in names]
    async with (
        staged(folders[0], monkeypatch, urls[0]) as first,
        staged(folders[1], monkeypatch, urls[1]) as second,
    ):
        await asyncio.gather(ended(first), ended(second))
    assert {said.text for said in second.all(AgentResponded)} == {"One, two, three."}
    assert "Yes?" in {said.text for said in first.all(AgentResponded)}
    assert not first.all(AgentResponseStreamed) or "One, " not in {
        part.text for part in first.all(AgentResponseStreamed)
    }


async def test_25_two_megabytes_in_a_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    url = agent.socket_url(scenario="report-25-large-first-message")
    async with staged(tmp_path, monkeypatch, url) as rig:
        assert (await ended(rig)).code == 1000
    assert [said.text for said in rig.all(AgentResponded)] == ["Hello.", "You have survived it."]


async def test_27_context_brings_no_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: AgentProcess
) -> None:
    async with staged(tmp_path, monkeypatch, agent.socket_url(scenario="report-27-context")) as rig:
        await rig.event(ConversationStarted)
        rig.session.handle(SendContext(text="The user looks at page two.", context_id="page"))
        await rig.event(ContextSent)
        assert not rig.all(AgentResponded)
        rig.session.handle(SendText(text="What do I see?"))
        assert (await rig.event(AgentResponded)).text == "I know about the page."
        await ended(rig)
