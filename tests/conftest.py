"""The sound card and the helpers that the audio tests share."""

from collections.abc import Iterator

import pytest

from tests.audio.fakes import FakeClock
from tests.vsound import VirtualSoundCard


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
