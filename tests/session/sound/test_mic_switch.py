"""Mute and push-to-talk outlive each other, and the session process."""

import asyncio
import base64
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from tests.audio.fakes import noise
from tests.audio.wav import write_wav
from tests.session.rig import agent_server, plan_for
from tests.session.test_talk import loud, silent, talking
from tui.audio.level import dbfs
from tui.backend.launch import Launch
from tui.backend.live import LiveCall
from tui.backend.script import Script
from tui.backend.switches import Wishes
from tui.commands import ChooseDevice, Command, SetHeld, SetMuted, SetPushToTalk
from tui.events import MicMuted, PushToTalkSet
from tui.journal.reader import JournalReader
from tui.journal.writer import JournalWriter
from tui.notices import CallState, Notice
from tui.plan import Plan
from tui.session.sound.mic_switch import MicSwitch

MUTE, UNMUTE = SetMuted(muted=True), SetMuted(muted=False)
PUSH, NO_PUSH = SetPushToTalk(on=True), SetPushToTalk(on=False)


def after(*commands: Command, muted: bool = False, push_to_talk: bool = False) -> MicSwitch:
    switch = MicSwitch.at_start(muted=muted, push_to_talk=push_to_talk)
    for command in commands:
        switch = switch.obey(command)
    return switch


@pytest.mark.parametrize(
    ("commands", "muted"),
    [
        ((), False),
        ((MUTE,), True),
        ((MUTE, PUSH, NO_PUSH), True),
        ((MUTE, PUSH, UNMUTE, NO_PUSH), True),
        ((PUSH, UNMUTE, NO_PUSH), False),
        ((PUSH, UNMUTE), False),
        ((PUSH, UNMUTE, PUSH), False),
        ((MUTE, NO_PUSH), True),
        ((MUTE, PUSH, PUSH, NO_PUSH), True),
    ],
)
def test_what_push_to_talk_leaves_behind(commands: tuple[Command, ...], muted: bool) -> None:
    assert after(*commands).muted is muted


def test_a_new_session_begins_as_the_last_one_was_left() -> None:
    for commands in ((MUTE,), (PUSH,), (MUTE, PUSH), (PUSH, UNMUTE), (MUTE, PUSH, UNMUTE)):
        left = after(*commands)
        begun = after(muted=left.muted_outside, push_to_talk=left.push_to_talk)
        assert begun.muted  # also where the talk key was down: nobody holds it any more
        assert begun.push_to_talk is left.push_to_talk
        assert begun.obey(NO_PUSH).muted is left.obey(NO_PUSH).muted


async def test_a_muted_microphone_is_muted_after_push_to_talk(tmp_path: Path) -> None:
    async with talking(tmp_path) as (rig, agent):
        await rig.until(lambda: loud(agent.levels), "sound")
        for command in (MUTE, PUSH, NO_PUSH):
            rig.session.handle(command)
        await rig.until(lambda: silent(agent.levels), "silence")
        await rig.until(lambda: rig.notices.notice.muted, "the notice")
        assert not rig.notices.notice.push_to_talk
        assert [e.on for e in rig.all(PushToTalkSet)] == [True, False]
        assert [e.muted for e in rig.all(MicMuted)] == [True, True, True]


async def test_a_notice_counts_the_switches_it_stands_for(tmp_path: Path) -> None:
    async with talking(tmp_path) as (rig, _):
        await rig.until(lambda: rig.notices.notice.switched == 0, "the first notice")
        for command in (MUTE, UNMUTE, PUSH, MUTE, SetHeld(held=True)):
            rig.session.handle(command)
        await rig.until(lambda: rig.notices.notice.switched == 5, "all of them")
        notice = rig.notices.notice
        assert (notice.muted, notice.push_to_talk, notice.held) == (True, True, True)


def test_what_was_switched_since_a_notice() -> None:
    wishes = Wishes(muted=True, push_to_talk=True)
    assert wishes.over(Notice()).muted  # before a session says anything
    told = Notice(muted=True, push_to_talk=True, held=True, switched=0)
    assert wishes.over(told) == told
    for command in (UNMUTE, NO_PUSH):
        wishes.ask(command)
    shown = wishes.over(told)
    assert (shown.muted, shown.push_to_talk, shown.held) == (True, False, True)
    wishes.ask(SetHeld(held=False))
    assert not wishes.over(told).held
    assert wishes.over(Notice(held=True, switched=3)).held
    wishes.ask(PUSH)
    wishes.ask(UNMUTE)
    wishes.begin()  # nobody holds the talk key any more
    assert wishes.mic.muted
    assert wishes.over(Notice(switched=0)) == Notice(switched=0)


class Watched:
    """A call of the screen whose session process may be killed and started again."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        fd = os.open(plan.journal, os.O_WRONLY | os.O_APPEND)
        JournalWriter(fd, None, provider=plan.provider, version="0").close()
        reader = JournalReader.open(Path(plan.journal))
        self.launch = Launch(plan, reader, None, folder / "log", folder / "none", {})
        self.call = LiveCall(self.launch, Script((), has_file=False, seconds=None))
        self.notice = Notice()
        self.notices = list[Notice]()

    async def watch(self) -> None:
        async for notice in self.call.notices():
            self.notice = notice
            self.notices.append(notice)

    async def until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + 100
        while not reached():
            assert time.monotonic() < end, self.notice
            await asyncio.sleep(0.01)

    async def start_again(self) -> None:
        """The session is killed, and the user calls anew."""
        watching = asyncio.create_task(self.watch())
        await self.until(lambda: self.notice.state is CallState.LIVE)
        os.kill(self.call._session.pid, signal.SIGKILL)
        await watching
        self.notices.clear()
        self.notice = Notice()
        await self.call.restart()


@pytest.mark.parametrize("commands", [(MUTE,), (PUSH, UNMUTE)], ids=["muted", "talking"])
async def test_a_session_that_is_killed_opens_no_microphone(
    tmp_path: Path, commands: tuple[Command, ...]
) -> None:
    calls: list[list[float]] = []

    async def agent(socket: ServerConnection) -> None:
        levels = list[float]()
        calls.append(levels)
        async for text in socket:
            if "user_audio_chunk" in text:
                audio = base64.b64decode(str(text).split('"')[3])
                levels.append(dbfs(np.frombuffer(audio, "<i2")))

    microphone = write_wav(tmp_path / "mic.wav", noise(20_000, 16_000, -20), 16_000)
    async with agent_server(agent) as url:
        files = {"mic_file": str(microphone), "speaker_file": str(tmp_path / "out.wav")}
        plan = plan_for(tmp_path, base_url=url, enabled=True, **files)
        watched = Watched(plan, tmp_path)
        try:
            for command in (*commands, ChooseDevice(side="input", device="headset")):
                watched.call.send(command)
            await watched.start_again()
            plan = watched.launch.plan
            assert (plan.audio.input, plan.audio.output) == ("headset", "")
            watching = asyncio.create_task(watched.watch())
            await watched.until(lambda: len(calls) == 2 and len(calls[1]) > 20)
            assert max(calls[1]) == -120
            assert watched.notice.push_to_talk is (PUSH in commands)
            assert all(notice.muted for notice in watched.notices)
            watched.call.send(NO_PUSH if PUSH in commands else UNMUTE)
            await watched.until(lambda: loud(calls[1]))
            watching.cancel()
        finally:
            await watched.call.close()
