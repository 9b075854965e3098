"""Calls whose devices are at the other end of a bridge; what is said where there is none."""

from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from tests.audio.devices.test_device import speechlike
from tests.audio.files.test_recording import read_wav
from tests.bridge.conftest import BridgeProcess, Bridges, SshServer
from tests.session.rig import agent_server, plan_for, running, send
from tests.session.sound.test_call_recording import hold, speaking
from tests.vsound import VirtualSoundCard
from tui.commands import Connect
from tui.events import AudioFailed, AudioOpened, PlaybackFinished


async def test_a_call_goes_on_while_its_bridge_breaks_and_is_built_again(
    bridge: BridgeProcess, bridges: Bridges, sound_card: VirtualSoundCard, tmp_path: Path
) -> None:
    recorded = tmp_path / "call.wav"

    async def agent(socket: ServerConnection) -> None:
        await send(socket, speaking(speechlike(600, 16_000)))
        await hold(socket)

    async with agent_server(agent) as url:
        plan = plan_for(
            tmp_path,
            base_url=url,
            enabled=True,
            bridge=str(bridges.socket),
            record="stereo",
            record_path=str(recorded),
        )
        async with running(plan) as rig:
            rig.session.handle(Connect())
            await rig.event(PlaybackFinished)
            assert all(opened.device.endswith("(bridge)") for opened in rig.all(AudioOpened))
            assert rig.notices.notice.bridge_ms is not None
            assert 0 < rig.notices.notice.bridge_ms < 500
            sent = rig.kinds().count("user_audio_chunk")
            assert sent > 10
            bridge.process.kill()
            await rig.until(lambda: len(rig.all(AudioFailed)) == 2, "both sides are lost")
            await rig.until(lambda: rig.notices.notice.bridge_ms is None)
            again = bridges.build()
            try:
                await rig.until(lambda: len(rig.all(AudioOpened)) == 4, "both sides are back")
                sent = rig.kinds().count("user_audio_chunk")
                await rig.until(lambda: rig.kinds().count("user_audio_chunk") > sent + 10)
            finally:
                again.stop()
    both = read_wav(recorded)
    assert both[:, 1].any()


def test_a_host_without_voicescope_is_told(ssh_server: SshServer, tmp_path: Path) -> None:
    process = BridgeProcess(["--command", "no-such-voicescope", *ssh_server.arguments], tmp_path)
    assert process.process.wait(100) == 1
    words = process.wait_for("--command")
    assert "there is no 'no-such-voicescope' on the other machine" in words


def test_a_host_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    process = BridgeProcess(["-F", "/dev/null", "-p", "1", "127.0.0.1"], tmp_path)
    assert process.process.wait(100) == 1
    assert "ended with code 255" in process.wait_for("--version")


@pytest.mark.parametrize("arguments", [[], ["--socket", "/tmp/s", "host"]])
def test_what_to_connect_to_has_to_be_said(arguments: list[str], tmp_path: Path) -> None:
    process = BridgeProcess(arguments, tmp_path)
    assert process.process.wait(100) == 2
    process.wait_for("name a host for ssh, or --socket FILE")
