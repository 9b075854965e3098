"""A mistake of ours with a device's blocks: said to the user, counted, and over with the device."""

from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection

from tests.conftest import sound_card
from tests.session.rig import agent_server, plan_for, running
from tests.vsound import VirtualSoundCard
from tui.audio.devices.device import DeviceMicrophone
from tui.commands import Connect
from tui.events import AudioFailed, AudioGlitched, AudioOpened, AudioWarned

__all__ = ["sound_card"]


async def agent(socket: ServerConnection) -> None:
    async for _ in socket:
        pass


async def test_blocks_that_cannot_be_handled_are_said_and_the_device_is_opened_anew(
    sound_card: VirtualSoundCard, tmp_path: Path
) -> None:
    def broken(*_: Any) -> bool:
        raise ValueError("no such sample")

    async with agent_server(agent) as url:
        async with running(plan_for(tmp_path, base_url=url, enabled=True)) as rig:
            rig.session.handle(Connect())
            await rig.until(lambda: len(rig.all(AudioOpened)) == 2, "both sides")
            microphone = rig.session._engine.microphone.port
            assert isinstance(microphone, DeviceMicrophone)
            microphone._queue.put = broken  # type: ignore[assignment, method-assign]
            warned = await rig.event(AudioWarned)
            assert (warned.side, warned.what, warned.over) == ("input", "fault", False)
            assert warned.text.endswith("fault in here: ValueError: no such sample")
            failed = await rig.event(AudioFailed)
            assert "cannot be handled: ValueError" in failed.reason
            await rig.until(lambda: len(rig.all(AudioOpened)) == 3, "another one")
            await rig.until(lambda: rig.all(AudioWarned)[-1].over, "the end of the warning")
            assert "overrun" in [e.what for e in rig.all(AudioGlitched)]
