"""A session that is about to end goes on in a new one, between two turns."""

import asyncio
import time
from pathlib import Path
from typing import Any

from tests.providers.openai.server import Server, serving
from tests.session.rig import plan_for, running
from tui.analysis.transcript.fold import TranscriptFold
from tui.commands import Connect, SendText
from tui.events import LinkClosed, LinkFailed, LinkOpened, LinkRetrying
from tui.notices import CallState
from tui.setup import Setup


async def test_it_goes_on_with_what_was_said_and_without_a_greeting(tmp_path: Path) -> None:
    sessions = list[Server]()
    told = list[dict[str, Any]]()

    async def act(server: Server) -> None:
        sessions.append(server)
        if len(sessions) == 1:
            await server.begins(await server.gets("response.create"), "resp_0")
            await server.tells("Hello.", "item_g", "resp_0")
            await server.ends("resp_0")
            await server.begins(await server.gets("response.create"))
            await server.tells("It is noon.")
            await server.ends()
        else:
            told.append(await server.gets("conversation.item.create"))
        await server.stays()

    async with serving(act, lasts_s=6) as url:
        plan = plan_for(
            tmp_path, provider="openai", base_url=url, setup=Setup(first_message="Hello.")
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: "Hello." in str(rig.read()[-4:]), "the greeting")
            rig.session.handle(SendText(text="What time is it?"))
            await rig.until(lambda: told, "what is told in the second session")
            await rig.until(lambda: rig.notices.notice.state is CallState.LIVE, "live again")
            closed = rig.all(LinkClosed)
            fold = TranscriptFold()
            for entry in rig.read():
                fold.add(entry)
            assert not rig.all(LinkRetrying) and len(rig.all(LinkOpened)) == 2
    assert [(one.code, one.reason, one.renewed) for one in closed] == [
        (1000, "continued in a new session", True)
    ]
    text = told[0]["item"]["content"][0]["text"]
    assert told[0]["item"]["role"] == "system"
    assert text.startswith("This goes on from a session") and "lost" not in text
    assert "User: What time is it?" in text and "Agent: It is noon." in text
    assert "response.create" not in sessions[1].kinds()
    assert any("what was said is told as text" in line.text for line in fold.lines)


async def test_a_server_that_is_gone_at_that_moment_is_tried_again(tmp_path: Path) -> None:
    begun = list[Server]()

    async def act(server: Server) -> None:
        begun.append(server)
        await server.stays()

    async with (
        serving(act, lasts_s=2, refuses=2) as url,
        running(plan_for(tmp_path, provider="openai", base_url=url)) as rig,
    ):
        rig.session.handle(Connect())
        await rig.until(lambda: len(begun) == 2, "the second session")
        assert len(rig.all(LinkFailed)) == len(rig.all(LinkRetrying)) == 1


async def test_while_an_answer_is_awaited_it_does_not(tmp_path: Path) -> None:
    ended_ns = list[int]()
    answered_ns = list[int]()

    async def act(server: Server) -> None:
        if ended_ns:
            await server.stays()
            return
        create = await server.gets("response.create")
        await asyncio.sleep(5)  # longer than the session lasts, by the clock of both
        answered_ns.append(time.monotonic_ns())
        await server.begins(create)
        await server.tells("At last.")
        await server.ends()
        await server.stays()
        ended_ns.append(time.monotonic_ns())

    async with serving(act, lasts_s=2) as url:
        async with running(plan_for(tmp_path, provider="openai", base_url=url)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: rig.notices.notice.live_ns, "live")
            rig.session.handle(SendText(text="hello"))
            await rig.until(lambda: ended_ns, "the renewal")
    assert ended_ns[0] > answered_ns[0]
