"""What an agent says of itself before a call, and what is made of it."""

from pathlib import Path

from tests.session.rig import plan_for, running
from tests.session.test_setup import GOOD, api_server
from tui.catalogue import AgentCard
from tui.commands import Connect
from tui.events import ConversationStarted, LinkFailed, LinkOpened, Noted, PreflightFound
from tui.notices import CallState
from tui.plan import ClientTool
from tui.providers.elevenlabs.catalogue import agent_card
from tui.providers.elevenlabs.setup_fields import preflight
from tui.session.preflight import undeclared
from tui.setup import Setup


async def test_what_the_agent_would_refuse_is_said_before_the_call(tmp_path: Path) -> None:
    wishes = Setup(voice_id="v2", llm="other", dynamic_variables={"system__x": 1})
    async with api_server() as api, running(plan_for(tmp_path, base_url=api.url)) as rig:
        rig.session.handle(Connect(setup=wishes))
        found = await rig.event(PreflightFound)
        await rig.until(lambda: rig.notices.notice.state is CallState.FAILED, "failed")
        assert not api.frames and not rig.all(LinkOpened) and rig.all(LinkFailed)
        for words in ("llm", "voice_id", "'name'", "system__"):
            assert any(words in problem for problem in found.problems)
            assert words in rig.notices.notice.detail
        rig.session.handle(Connect(setup=GOOD))
        await rig.event(ConversationStarted)


def test_the_extra_body_of_a_language_model_has_a_permission_of_its_own() -> None:
    answer = {"agent_id": "a", "conversation_config": {"agent": {}}}
    wishes = Setup(temperature=0.5, max_tokens=9, extra_body={"seed": 1})
    refused = [f"this agent does not allow {name} to be overridden"
               for name in ("temperature", "max_tokens", "extra_body")]  # fmt: skip
    assert list(preflight(agent_card(answer), wishes)) == refused
    switches = {"overrides": {"custom_llm_extra_body": True}}
    assert not preflight(agent_card(answer | {"platform_settings": switches}), wishes)
    assert not preflight(agent_card(answer), Setup())


async def test_client_tools_that_nobody_here_has_are_noted_and_stop_nothing(
    tmp_path: Path,
) -> None:
    async with api_server() as api, running(plan_for(tmp_path, base_url=api.url)) as rig:
        rig.session.handle(Connect(setup=GOOD))
        await rig.event(ConversationStarted)
    (note,) = rig.all(Noted)
    assert "lights" in note.text and "[tools.lights]" in note.text


async def test_declared_client_tools_need_no_note_and_others_do_no_harm(tmp_path: Path) -> None:
    tools = {name: ClientTool(command=("true",)) for name in ("lights", "unasked")}
    async with api_server() as api:
        async with running(plan_for(tmp_path, base_url=api.url, tools=tools)) as rig:
            rig.session.handle(Connect(setup=GOOD))
            await rig.event(ConversationStarted)
    assert not rig.all(Noted)


def test_a_note_on_tools_is_bounded() -> None:
    names = ("", "x" * 1000, *(f"t{number}" for number in range(50)))
    note = undeclared(AgentCard(id="a", name="", client_tools=names), {"t0"})
    assert len(note) < 400 and "and 45 more" in note and "t0," not in note


async def test_a_card_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    async with api_server() as api:
        plan = plan_for(tmp_path, base_url=api.url, agent_id="unknown")
        async with running(plan) as rig:
            rig.session.handle(Connect(setup=Setup(voice_id="v2")))
            await rig.event(ConversationStarted)
            assert not rig.all(PreflightFound)
