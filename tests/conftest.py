"""The sound card and the helpers that the audio tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.audio.fakes import FakeClock
from tests.vsound import VirtualSoundCard

# How long an example takes says something of the machine, not of the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def sound_card() -> Iterator[VirtualSoundCard]:
    """PortAudio streams of this process come and go through a virtual sound card."""
    from tui.audio.devices.portaudio import rescan

    with VirtualSoundCard() as card:
        # Another test may have imported PortAudio when there was no device.
        rescan()
        yield card


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
