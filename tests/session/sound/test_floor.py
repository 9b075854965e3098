"""Who speaks, where replies are named by texts in no order; the sound goes to a file."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.events import AudioReceived, Event, Interrupted, ReplyId, ReplySilenced, YieldSettled
from tui.plan import Plan
from tui.session.floor import Floor
from tui.session.sound.speaker import Speaker


class Rig:
    def __init__(self, speaker_file: Path) -> None:
        self.told: list[Event] = []
        plan = Plan(provider="any", journal="", speaker_file=str(speaker_file))
        self.speaker = Speaker(plan, self.told.append)
        self.speaker.use(self.speaker.make(""))
        self.floor = Floor(self.speaker, self.told.append)

    def hear(self, reply: ReplyId) -> None:
        """Two seconds of it, of which nothing has sounded yet."""
        self.floor.follow(AudioReceived(audio=b"", reply_id=reply))
        self.speaker.play(reply, bytes(64_000))

    def silenced(self) -> list[ReplyId]:
        return [event.reply_id for event in self.told if isinstance(event, ReplySilenced)]

    def settled(self) -> list[tuple[ReplyId, bool]]:
        return [(e.reply_id, e.confirmed) for e in self.told if isinstance(e, YieldSettled)]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "out.wav")
    yield made
    if (port := made.speaker.leave()) is not None:
        port.close()


def test_another_reply_settles_what_was_typed_over_whatever_it_is_called(rig: Rig) -> None:
    rig.hear("resp_m")
    rig.hear("resp_z")
    rig.floor.typed()
    assert rig.silenced() == ["resp_m", "resp_z"]  # as they came
    rig.hear("resp_z")  # goes on, unheard
    assert rig.settled() == []
    while rig.speaker.playing:  # what fades out
        time.sleep(0.001)
    rig.hear("resp_a")
    assert rig.settled() == [("resp_z", False)]
    rig.floor.typed()
    rig.floor.follow(Interrupted(reply_id="resp_a"))
    assert rig.settled()[1:] == [("resp_a", True)]


def test_a_reply_called_0_is_one_and_before_the_first_there_is_none(rig: Rig) -> None:
    rig.floor.interrupt()
    rig.floor.typed()
    assert rig.told == []
    rig.hear(0)
    rig.floor.interrupt()
    rig.floor.interrupt()
    assert rig.silenced() == [0]
